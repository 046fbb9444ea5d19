const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Bytes `[start, end)` of the block that was given to `scan`: one element of the array. */
export interface ElementRange {
  readonly start: number;
  readonly end: number;
}

/** The array's brackets, strings or commas don't match. */
export interface ArrayProblem {
  /** In bytes from the start of the text. */
  readonly offset: number;
  readonly found: string;
}

type State =
  | 'array'
  | 'first element'
  | 'element'
  | 'separator'
  | 'end'
  | 'in scalar'
  | 'in string'
  | 'in nested';

/**
 * Finds the elements of a JSON array in its bytes without reading them: only brackets, strings and commas are
 * looked at. So memory is bounded by the largest element, and an element that is no JSON harms no other.
 */
export class JsonArraySplitter {
  private state: State = 'array';
  /** The brackets that have to be closed before the element ends. */
  private readonly closing: number[] = [];
  private inString = false;
  private escaped = false;
  /** Bytes before the block that is scanned. */
  private blockOffset = 0;

  /**
   * Takes a block of bytes. The next one must begin with this one's bytes from `rest` on (the beginning of an
   * element that is not complete yet), and `scannedBytes` must say how many those are.
   */
  scan(block: Buffer, scannedBytes: number): { elements: ElementRange[]; rest: number } | ArrayProblem {
    const elements: ElementRange[] = [];
    const offset = this.blockOffset - scannedBytes;
    let start = 0;
    let index = scannedBytes;
    while (index < block.length) {
      const byte = block[index] ?? 0;
      if (this.inElement()) {
        const end = this.elementEnd(block, index);
        if (typeof end !== 'number') return { offset: offset + end.index, found: end.found };
        if (end === -1) break;
        elements.push({ start, end });
        this.state = 'separator';
        index = end;
      } else if (isSpace(byte)) {
        index++;
      } else {
        const found = this.step(byte);
        if (found !== undefined) return { offset: offset + index, found };
        if (this.inElement()) start = index;
        if (this.state !== 'in scalar') index++;
      }
    }
    this.blockOffset = offset + block.length;
    return { elements, rest: this.inElement() ? start : block.length };
  }

  /** What is wrong when the text ends here, if anything. */
  end(): ArrayProblem | undefined {
    if (this.state === 'end') return undefined;
    const where = this.inString
      ? 'inside a string'
      : this.inElement()
        ? 'inside an element'
        : 'before the closing ]';
    return { offset: this.blockOffset, found: `the end of the file ${where}` };
  }

  private inElement(): boolean {
    return this.state === 'in scalar' || this.state === 'in string' || this.state === 'in nested';
  }

  /** Takes one byte between elements. Says what is wrong with it, if anything. */
  private step(byte: number): string | undefined {
    switch (this.state) {
      case 'array':
        if (byte !== OPEN_BRACKET) return `${shown(byte)} where the array should begin`;
        this.state = 'first element';
        return undefined;
      case 'separator':
        if (byte !== COMMA && byte !== CLOSE_BRACKET)
          return `${shown(byte)} where a comma or the closing ] should be`;
        this.state = byte === COMMA ? 'element' : 'end';
        return undefined;
      case 'end':
        return `${shown(byte)} after the end of the array`;
      default:
        if (byte === CLOSE_BRACKET && this.state === 'first element') {
          this.state = 'end';
          return undefined;
        }
        return this.beginElement(byte);
    }
  }

  private beginElement(byte: number): string | undefined {
    if (byte === COMMA || byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      return `${shown(byte)} where an element should be`;
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.state = 'in nested';
      this.closing.push(byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET);
    } else {
      this.inString = byte === QUOTE;
      this.state = this.inString ? 'in string' : 'in scalar';
    }
    return undefined;
  }

  /** The index after the element's last byte, −1 where the block ends before, or the bracket that does not match. */
  private elementEnd(block: Buffer, from: number): number | { index: number; found: string } {
    for (let index = from; index < block.length; index++) {
      const byte = block[index] ?? 0;
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (byte === BACKSLASH) this.escaped = true;
        else if (byte === QUOTE) {
          this.inString = false;
          if (this.state === 'in string') return index + 1;
        }
      } else if (this.state === 'in scalar') {
        if (byte === COMMA || byte === CLOSE_BRACKET) return index;
      } else if (byte === QUOTE) {
        this.inString = true;
      } else if (byte === OPEN_BRACE) {
        this.closing.push(CLOSE_BRACE);
      } else if (byte === OPEN_BRACKET) {
        this.closing.push(CLOSE_BRACKET);
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        const wanted = this.closing.pop();
        if (byte !== wanted) return { index, found: `${shown(byte)} where ${shown(wanted ?? 0)} should be` };
        if (this.closing.length === 0) return index + 1;
      }
    }
    return -1;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function shown(byte: number): string {
  if (byte > 0x20 && byte < 0x7f) return `"${String.fromCharCode(byte)}"`;
  return `the byte 0x${byte.toString(16).padStart(2, '0')}`;
}
