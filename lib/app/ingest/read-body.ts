import { INGEST_LIMITS, INGEST_MEDIA_TYPES } from '#contracts/ingest-function.ts';
import type { RecordTools } from '#core/records/decoded-event.ts';
import type { HttpRequest } from '../http/http.ts';
import { malformed, tooLarge, unsupportedType } from './request-error.ts';

export type BodyType = (typeof INGEST_MEDIA_TYPES)[number];

/** A body as text, and what it says it is. */
export interface Body {
  readonly type: BodyType;
  readonly text: string;
}

const BYTE_ORDER_MARK = '\uFEFF';

/** Undoes what a body was packed in. Throws `RequestError` for what is not taken, too large, or damaged. */
export function readBody({ body, headers }: HttpRequest, tools: RecordTools): Body {
  const type = readType(headers['content-type'] ?? '');
  const plain = decompress(body, headers['content-encoding'] ?? '', tools);
  const text = tools.text(plain);
  if (text === undefined) throw malformed('the body is not UTF-8: send JSON in UTF-8');
  return { type, text: text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text };
}

function readType(header: string): BodyType {
  const [essence = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase());
  if (essence === '') throw unsupportedType('the request has no Content-Type');
  const type = INGEST_MEDIA_TYPES.find((known) => known === essence);
  if (type === undefined) throw unsupportedType('the Content-Type is another one');
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  if (charset !== undefined && !/^charset="?(?:utf-8|us-ascii)"?$/.test(charset)) {
    throw unsupportedType('the charset is another one');
  }
  return type;
}

function decompress(body: Uint8Array, header: string, tools: RecordTools): Uint8Array {
  const { bodyBytesMax } = INGEST_LIMITS;
  if (body.length > bodyBytesMax) throw tooLarge(`the body has ${body.length} bytes`);
  const encoding = header.trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return body;
  if (encoding !== 'gzip' && encoding !== 'x-gzip')
    throw unsupportedType('the Content-Encoding is another one');
  try {
    return tools.gunzip(body, bodyBytesMax);
  } catch (error) {
    // By its name: a RangeError of another realm (a test runner's, a worker's) is not `instanceof` ours.
    if (error instanceof Error && error.name === 'RangeError')
      throw tooLarge('decompressed, the body has more');
    throw malformed('the body is no gzip, or is damaged or cut off, though its Content-Encoding is gzip');
  }
}
