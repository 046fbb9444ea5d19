import { toPackableEvent } from '#core/records/packable-event.ts';
import { encodePackedColumns } from '#core/records/packed-columns.ts';
import { type ExpectedEvent, type NewRecord, rejected, unreadable } from './expected-event.ts';
import type { EventMaker, MadeEvent } from './make-events.ts';
import type { Random } from './random.ts';
import { storedGzip } from './stored-compression.ts';

const encoder = new TextEncoder();
const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** How the text of a record that kills its decoder begins. */
export const KILLS_DECODING = '{"kills":"decoding"';

/** A record of some of the formats, with `count` events in it where the format holds several. */
export function makeRecord(random: Random, maker: EventMaker, count: number, nowMs: number): NewRecord {
  const made = Array.from({ length: count }, () => maker.make(nowMs));
  const expected = made.map((event) => event.expected);
  const gzips = random.chance(0.3);
  const text = (plain: string) => (gzips ? storedGzip(utf8(plain)) : utf8(plain));
  // A record of one event is never one with an id: whether it, or its event, was rejected could not be told.
  const id = count > 1 && random.chance(0.6) ? `r${random.int(0, 2 ** 40)}` : undefined;
  const packed = random.chance(0.25) ? asPacked(made, id) : undefined;
  if (packed !== undefined)
    return { data: packed, events: id === undefined ? expected : asWhole(expected, id) };
  const lines = made.map(({ value }) => JSON.stringify(value));
  // Lines of which the first is a list would be taken for one list.
  const isList = random.chance(0.4) || lines[0]?.startsWith('[');
  return { data: text(isList ? `[${lines.join()}]` : lines.join('\n')), events: expected };
}

/** A record that has something wrong with it, beside what may be wrong with its events. */
export function makeBadRecord(random: Random, maker: EventMaker, count: number, nowMs: number): NewRecord {
  const made = Array.from({ length: count }, () => maker.make(nowMs));
  const lines = made.map(({ value }) => JSON.stringify(value));
  const array = `[${lines.join()}]`;
  switch (random.int(0, 8)) {
    case 0:
      return whole('not_utf8', Uint8Array.of(0xff, 0xfd, random.int(0, 255)));
    case 1: {
      const damaged = storedGzip(utf8(array));
      const inChecksum = damaged.length - random.int(5, 8);
      damaged[inChecksum] = (damaged[inChecksum] ?? 0) ^ 1;
      return whole('bad_compression', damaged);
    }
    case 2: {
      const packed = asPacked(made) ?? encodePackedColumns([], { gzip: storedGzip, utf8 });
      return whole('bad_compression', packed.subarray(0, packed.length - random.int(1, 8)));
    }
    case 3:
      return whole('bad_compression', storedGzip(storedGzip(utf8(array))));
    case 4:
      return whole('not_json', array.slice(0, -1), utf8(array.slice(0, -1)));
    case 5: {
      const empty = random.pick(['', ' \n', '[]']);
      return whole('not_json', empty, utf8(empty));
    }
    case 6: {
      const deep = `${'['.repeat(102)}${']'.repeat(102)}`;
      return whole('too_large', deep, utf8(deep));
    }
    case 7: {
      const deep = `{"v":${'['.repeat(101)}${']'.repeat(101)}}`;
      return withLine(random, made, deep, unreadable('too_large', deep));
    }
    default: {
      const broken = random.pick(['no JSON', '{"t":1,', '"', '{"g":"g1"}}']);
      return withLine(random, made, broken, unreadable('not_json', broken));
    }
  }
}

/** A record on which the function dies before it knows any of its events. */
export function makeKillingRecord(random: Random): NewRecord {
  const data = utf8(`${KILLS_DECODING},"n":${random.int(0, 1e9)}}`);
  return {
    data,
    events: [{ ...rejected('crashed', undefined), payload: { raw: data }, killsDecoding: true }],
  };
}

function whole(
  verdict: Parameters<typeof unreadable>[0],
  raw: string | Uint8Array,
  data = raw as Uint8Array,
): NewRecord {
  return { data, events: [unreadable(verdict, raw)] };
}

function withLine(
  random: Random,
  made: readonly MadeEvent[],
  line: string,
  expected: ExpectedEvent,
): NewRecord {
  const startsLikeList = Array.isArray(made[0]?.value);
  const at = startsLikeList ? 0 : random.int(0, made.length);
  const lines = made.map(({ value }) => JSON.stringify(value)).toSpliced(at, 0, line);
  return {
    data: utf8(lines.join('\n')),
    events: made.map((event) => event.expected).toSpliced(at, 0, expected),
  };
}

function asWhole(events: readonly ExpectedEvent[], id: string): ExpectedEvent[] {
  return events.map((event, i) => ({ ...event, whole: { id, isLast: i + 1 === events.length } }));
}

function asPacked(made: readonly MadeEvent[], id?: string): Uint8Array | undefined {
  const packable = made.map(({ value }) => toPackableEvent(value));
  const events = packable.filter((event) => event !== undefined);
  return events.length < made.length
    ? undefined
    : encodePackedColumns(events, { gzip: storedGzip, utf8 }, id);
}
