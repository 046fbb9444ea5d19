/**
 * Bytes of an item or key as DynamoDB counts them for capacity: the UTF-8 length of each attribute's name plus its
 * value's size. Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
 *
 * @param item attributes in DynamoDB's JSON
 */
export function itemBytes(item: Readonly<Record<string, unknown>>): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) bytes += Buffer.byteLength(name) + valueBytes(value);
  return bytes;
}

function valueBytes(value: unknown): number {
  // One type and its value, e.g. {"S":"text"}.
  const [type, content] = Object.entries(asObject(value))[0] ?? [];
  switch (type) {
    case 'S':
      return Buffer.byteLength(String(content));
    case 'B':
      return Buffer.byteLength(String(content), 'base64');
    case 'N':
      return numberBytes(String(content));
    case 'SS':
      return sum(content, (text) => Buffer.byteLength(String(text)));
    case 'BS':
      return sum(content, (text) => Buffer.byteLength(String(text), 'base64'));
    case 'NS':
      return sum(content, (text) => numberBytes(String(text)));
    case 'L':
      return 3 + sum(content, (element) => 1 + valueBytes(element));
    case 'M':
      return 3 + mapBytes(content);
    default:
      return 1; // BOOL and NULL
  }
}

/** About one byte for every two significant digits, and one; a sign takes one more. */
function numberBytes(text: string): number {
  const digits = text
    .replace(/e.*$/i, '')
    .replace(/[-+.]/g, '')
    .replace(/^0+|0+$/g, '').length;
  return Math.ceil(digits / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

function mapBytes(content: unknown): number {
  const map = asObject(content);
  return itemBytes(map) + Object.keys(map).length;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function sum(content: unknown, bytesOf: (element: unknown) => number): number {
  return Array.isArray(content)
    ? (content as unknown[]).reduce<number>((all, one) => all + bytesOf(one), 0)
    : 0;
}
