import type { EpochMs } from '#core/brand.ts';
import { ByteReader } from '#core/bytes/byte-reader.ts';
import { ByteWriter } from '#core/bytes/byte-writer.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import type { Compression } from '#core/compression.ts';
import type { Position } from '#core/protocol/position.ts';
import type { FirstEvent } from './hole-builder.ts';

/** What became of an event: all metrics have it; only the essential ones do; none does. */
export const KEPT = 0;
export const REDUCED = 1;
export const HELD = 2;
export type Mark = typeof KEPT | typeof REDUCED | typeof HELD;

/**
 * What one commit left out: which events, and what of them. Part of that commit, so that it is true exactly if the
 * deltas beside it count. It names its events, since nobody could tell them later: which are invalid, duplicate or of
 * low priority is decided by the code and the definition of that moment.
 */
export interface Hole {
  /** The first event that the commit counted, and how far the shard was counted after it. */
  readonly first: FirstEvent;
  readonly last: Position;
  /** When the first event arrived: how long it will stay in the stream. */
  readonly arrival: EpochMs;
  /** Events of which only the essential metrics have something. */
  readonly reduced: number;
  /** Events that nothing has. */
  readonly held: number;
  /** What was left out of which events; see `HoleContent`. */
  readonly bytes: Uint8Array;
}

/** An aggregate of the definition that left something out. */
export interface ReducedAggregate {
  readonly name: string;
  readonly generation: string;
  /** Names of the metrics that have nothing of the reduced events. */
  readonly leftOut: readonly string[];
}

export interface HoleContent {
  /** All aggregates of the definition: the held events are in none of them. */
  readonly aggregates: readonly ReducedAggregate[];
  /** For each record, how many events were counted of it, in the stream's order. */
  readonly recordEvents: readonly number[];
  /** For each event, what became of it. */
  readonly marks: readonly Mark[];
}

const VERSION = 1;
/** Far beyond what one commit can count; so that small foreign bytes can't fill the memory. */
const BODY_BYTES_MAX = 16 * 1024 * 1024;
const EVENTS_MAX = 16 * 1024 * 1024;
const MARKS_A_BYTE = 4;

/*
 * Version 1: a byte, then deflated: the number of aggregates; for each its name, its generation, the number of metrics
 * that were left out, and their names; the number of runs of records with as many events each; for each run, how many
 * records and how many events; the marks, four a byte, the first in the lowest bits.
 */
export function encodeHole(
  { aggregates, marks, recordEvents }: HoleContent,
  compression: Compression,
): Uint8Array {
  const body = new ByteWriter();
  body.varint(aggregates.length);
  for (const { generation, leftOut, name } of aggregates) {
    body.text(name);
    body.text(generation);
    body.varint(leftOut.length);
    for (const metric of leftOut) body.text(metric);
  }
  const runs = runsOf(recordEvents);
  body.varint(runs.length);
  for (const { events, records } of runs) {
    body.varint(records);
    body.varint(events);
  }
  const packed = new Uint8Array(Math.ceil(marks.length / MARKS_A_BYTE));
  for (const [i, mark] of marks.entries()) {
    const at = Math.floor(i / MARKS_A_BYTE);
    packed[at] = (packed[at] ?? 0) | (mark << (2 * (i % MARKS_A_BYTE)));
  }
  body.raw(packed);
  const bytes = new ByteWriter();
  bytes.byte(VERSION);
  bytes.raw(compression.deflate(body.finish()));
  return bytes.finish();
}

/** Reads what `encodeHole` wrote. Throws `CorruptError` for any other bytes. */
export function decodeHole(bytes: Uint8Array, compression: Compression): HoleContent {
  const version = new ByteReader(bytes).byte('the version of a hole');
  if (version !== VERSION) {
    const hint = version > VERSION ? ', which newer code wrote: deploy that code' : '';
    throw new CorruptError(`a hole of version ${VERSION}`, 0, `version ${version}${hint}`);
  }
  const input = new ByteReader(inflate(bytes.subarray(1), compression));
  const aggregates: ReducedAggregate[] = [];
  for (let left = input.count(3, 'the number of aggregates'); left > 0; left--) {
    const name = input.text('the name of an aggregate');
    const generation = input.text('the generation of an aggregate');
    const leftOut: string[] = [];
    for (let metrics = input.count(1, 'the number of metrics'); metrics > 0; metrics--)
      leftOut.push(input.text('the name of a metric'));
    aggregates.push({ name, generation, leftOut });
  }
  const recordEvents = readRuns(input);
  const events = recordEvents.reduce((sum, count) => sum + count, 0);
  const packed = input.raw(Math.ceil(events / MARKS_A_BYTE), 'the marks of the events');
  input.end();
  const marks: Mark[] = [];
  for (let i = 0; i < events; i++) {
    const mark = ((packed[Math.floor(i / MARKS_A_BYTE)] ?? 0) >> (2 * (i % MARKS_A_BYTE))) & 3;
    if (mark === 3) throw input.corrupt('a mark from 0 to 2', '3');
    marks.push(mark as Mark);
  }
  return { aggregates, recordEvents, marks };
}

function readRuns(input: ByteReader): number[] {
  const recordEvents: number[] = [];
  let events = 0;
  for (let left = input.count(2, 'the number of runs'); left > 0; left--) {
    const records = input.varint('the number of records');
    const each = input.varint('the number of events');
    events += records * each;
    // So records are no more than that either.
    if (!(events <= EVENTS_MAX && each > 0)) throw input.corrupt(`1 to ${EVENTS_MAX} events`, String(events));
    for (let i = 0; i < records; i++) recordEvents.push(each);
  }
  return recordEvents;
}

function runsOf(recordEvents: readonly number[]): { records: number; events: number }[] {
  const runs: { records: number; events: number }[] = [];
  for (const events of recordEvents) {
    const run = runs.at(-1);
    if (run?.events === events) run.records += 1;
    else runs.push({ records: 1, events });
  }
  return runs;
}

function inflate(bytes: Uint8Array, compression: Compression): Uint8Array {
  try {
    return compression.inflate(bytes, BODY_BYTES_MAX);
  } catch (cause) {
    const found = cause instanceof RangeError ? `more than ${BODY_BYTES_MAX} bytes` : 'damaged ones';
    throw new CorruptError('deflated bytes', 1, found, { cause });
  }
}
