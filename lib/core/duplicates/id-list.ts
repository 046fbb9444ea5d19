import { ByteReader } from '#core/bytes/byte-reader.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import type { IdTable } from './id-table.ts';

/** The version of the bytes; every older one must still be read. */
const VERSION = 1;
const BYTES_A_HASH = 8;

/** An id's hash, and the second in which it was seen. */
export interface SeenId {
  readonly high: number;
  readonly low: number;
  readonly second: number;
}

/** Ids in the order in which they were seen. */
export class IdList implements Iterable<SeenId> {
  readonly #highs: number[] = [];
  readonly #lows: number[] = [];
  readonly #seconds: number[] = [];

  get size(): number {
    return this.#seconds.length;
  }

  /** The second of the first id, and of the last; 0 where there is none. */
  get from(): number {
    return this.#seconds[0] ?? 0;
  }

  get to(): number {
    return this.#seconds.at(-1) ?? 0;
  }

  add(high: number, low: number, second: number): void {
    this.#highs.push(high);
    this.#lows.push(low);
    this.#seconds.push(second);
  }

  *[Symbol.iterator](): Generator<SeenId> {
    for (let i = 0; i < this.size; i++) yield this.#at(i);
  }

  addTo(table: IdTable): void {
    for (let i = 0; i < this.size; i++) {
      table.set(this.#highs[i] as number, this.#lows[i] as number, this.#seconds[i] as number);
    }
  }

  /** Ids `start` up to `end`, as a list. */
  slice(start: number, end: number): IdList {
    const part = new IdList();
    for (let i = start; i < Math.min(end, this.size); i++) part.#push(this.#at(i));
    return part;
  }

  /** Those of several lists that were seen in `fromSecond` or later, in the order of their seconds. */
  static merged(lists: readonly IdList[], fromSecond: number): IdList {
    const merged = new IdList();
    let isInOrder = true;
    for (const list of lists) {
      for (let i = 0; i < list.size; i++) {
        const second = list.#seconds[i] as number;
        if (second < fromSecond) continue;
        if (second < merged.to) isInOrder = false;
        merged.add(list.#highs[i] as number, list.#lows[i] as number, second);
      }
    }
    return isInOrder ? merged : merged.#sorted();
  }

  /** A byte of version, the seconds with the number of ids of each, then 8 bytes an id: hashes do not compress. */
  encode(): Uint8Array {
    const out = new ByteWriter();
    out.byte(VERSION);
    const runs = this.#runs();
    out.varint(runs.length);
    let before = 0;
    for (const { second, count } of runs) {
      out.varint(second - before);
      out.varint(count);
      before = second;
    }
    const hashes = new Uint8Array(this.size * BYTES_A_HASH);
    const view = new DataView(hashes.buffer);
    for (let i = 0; i < this.size; i++) {
      view.setUint32(i * BYTES_A_HASH, this.#highs[i] as number);
      view.setUint32(i * BYTES_A_HASH + 4, this.#lows[i] as number);
    }
    out.raw(hashes);
    return out.finish();
  }

  /** Throws `CorruptError` for what `encode` has not written. */
  static decode(bytes: Uint8Array): IdList {
    const reader = new ByteReader(bytes);
    const version = reader.byte('the version of a list of ids');
    if (version !== VERSION) throw reader.corrupt(`version ${VERSION} of a list of ids`, `${version}`);
    const runs: { second: number; count: number }[] = [];
    let second = 0;
    let ids = 0;
    for (let left = reader.count(2, 'the number of seconds'); left > 0; left--) {
      second += reader.varint('a second');
      const count = reader.varint('the ids of a second');
      if (second === 0 || count === 0) throw reader.corrupt('seconds with ids', 'one without');
      runs.push({ second, count });
      ids += count;
    }
    if (reader.remaining !== ids * BYTES_A_HASH) {
      throw reader.corrupt(`${BYTES_A_HASH} bytes for each of ${ids} ids`, `${reader.remaining}`);
    }
    const hashes = reader.raw(reader.remaining);
    const view = new DataView(hashes.buffer, hashes.byteOffset, hashes.byteLength);
    const list = new IdList();
    let at = 0;
    for (const run of runs) {
      for (let i = 0; i < run.count; i++, at += BYTES_A_HASH) {
        list.add(view.getUint32(at), view.getUint32(at + 4), run.second);
      }
    }
    return list;
  }

  #sorted(): IdList {
    const sorted = new IdList();
    for (const id of [...this].sort((a, b) => a.second - b.second)) sorted.#push(id);
    return sorted;
  }

  #runs(): { second: number; count: number }[] {
    const runs: { second: number; count: number }[] = [];
    for (const second of this.#seconds) {
      const last = runs.at(-1);
      if (last?.second === second) last.count += 1;
      else runs.push({ second, count: 1 });
    }
    return runs;
  }

  #at(i: number): SeenId {
    return {
      high: this.#highs[i] as number,
      low: this.#lows[i] as number,
      second: this.#seconds[i] as number,
    };
  }

  #push({ high, low, second }: SeenId): void {
    this.add(high, low, second);
  }
}

/** Bytes of a list of no ids. */
export const NO_IDS: Uint8Array = new IdList().encode();
