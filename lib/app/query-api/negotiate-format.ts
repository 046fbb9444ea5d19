import type { HttpResponse } from '../http/http.ts';
import { problemResponse } from '../http/problem.ts';
import type { Parameters } from './parameters.ts';

/** The formats of answers, by the name that `format=` takes; the first one unless another is asked for. */
export const FORMATS = {
  json: { accepted: 'application/json', contentType: 'application/json' },
  ndjson: { accepted: 'application/x-ndjson', contentType: 'application/x-ndjson' },
  csv: { accepted: 'text/csv', contentType: 'text/csv; charset=utf-8; header=present' },
} as const;

export type Format = keyof typeof FORMATS;

export const FORMAT_NAMES = Object.keys(FORMATS) as Format[];

/** The client takes none of the formats that there are. */
export class NotAcceptable extends Error {
  override readonly name = 'NotAcceptable';
  readonly formats: readonly Format[];

  constructor(formats: readonly Format[]) {
    super(`no acceptable format among ${formats.join(', ')}`);
    this.formats = formats;
  }

  toResponse(): HttpResponse {
    const types = this.formats.map((format) => FORMATS[format].accepted).join(', ');
    return problemResponse({
      status: 406,
      name: 'not-acceptable',
      title: 'The answer has none of the formats that the client accepts.',
      detail: `Accept names none of ${types}; name one, or leave it out, or give format=.`,
    });
  }
}

/**
 * The format of the answer: what `format=` says, else what `Accept` likes best, after RFC 9110, section 12.5.1. Throws
 * `NotAcceptable` where it likes none; a client that does not care gets the first.
 */
export function negotiateFormat(
  parameters: Parameters,
  accept: string | undefined,
  formats: readonly Format[] = FORMAT_NAMES,
): Format {
  const asked = parameters.choice('format', formats);
  if (asked !== undefined) return asked;
  if (accept === undefined || accept.trim() === '') return formats[0] ?? 'json';
  const ranges = accept.split(',').map(toRange);
  const liked = formats
    .map((format) => ({ format, quality: qualityOf(FORMATS[format].accepted, ranges) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  const [best] = liked;
  if (best === undefined) throw new NotAcceptable(formats);
  return best.format;
}

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

function toRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/** By the range that names the type most precisely. */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  const wildcards = [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*'];
  for (const wanted of wildcards) {
    const range = ranges.find((each) => each.type === wanted);
    if (range !== undefined) return range.quality;
  }
  return 0;
}
