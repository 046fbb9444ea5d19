import type { LateBlock, Table, WindowRange } from '#app/ports/table.ts';
import { readHeads } from '#app/query/read-heads.ts';
import type { WindowStart } from '#core/brand.ts';
import { IdList } from '#core/duplicates/id-list.ts';
import type { SeenIds } from '#core/duplicates/seen-ids.ts';
import type { Aggregate, Pipeline } from '#core/pipeline/pipeline.ts';
import type { Block } from '#core/protocol/block.ts';
import type { Final } from '#core/protocol/final.ts';
import type { Head, PendingDelta } from '#core/protocol/head.ts';
import type { Registry, ShardKey } from '#core/protocol/registry.ts';
import { formatDuration } from '#core/time/duration.ts';
import { aggregateNamed, levelOfSize, parseInstant } from '../arguments.ts';
import { didYouMean } from '../nearest.ts';
import { UsageError } from '../usage-error.ts';
import { groupsAsJson } from './groups-json.ts';

/** Whatever it is that an item holds, decoded, as JSON has it. */
export type Inspected = unknown;

const KINDS = ['registry', 'head', 'block', 'late', 'final', 'segment'];

/**
 * Reads items of a pipeline and decodes them. `path` is `registry`, `head[/<shard>]`, `block/<aggregate>` (all of its
 * blocks, without their groups) or `block/<aggregate>/<window start>[/<shard>]`, the same for late blocks with `late`,
 * `final/<aggregate>/<window size>[/<window start>]`, or `segment/<name>`, with a name that a head has.
 */
export async function inspectItem(path: string, pipeline: Pipeline, table: Table): Promise<Inspected> {
  const [kind = '', first, second, third] = path.split('/');
  if (kind === 'registry') return registryAsJson((await table.readRegistry()) ?? nothing('registry'));
  if (kind === 'head') return inspectHeads(pipeline, table, first);
  if (kind === 'segment') {
    if (first === undefined) throw new UsageError('Name the segment as a head does: segment/<name>.');
    return inspectSegment(table, first);
  }
  if (kind === 'block' || kind === 'late' || kind === 'final') {
    if (first === undefined)
      throw new UsageError(`Name the aggregate: ${kind}/${pipeline.aggregates[0]?.name}.`);
    if (kind === 'final') return inspectFinals(pipeline, table, first, second, third);
    return inspectBlocks(pipeline, table, kind, first, second, third);
  }
  throw new UsageError(`There is no item ${path}. ${didYouMean(kind, KINDS)}`);
}

async function inspectHeads(pipeline: Pipeline, table: Table, shard: string | undefined): Promise<Inspected> {
  const heads = await readHeads(table);
  const shown = heads.filter((one) => shard === undefined || one.shard.shard === shard);
  if (shown.length === 0) return nothing(shard === undefined ? 'head' : `head of ${shard}`);
  return shown.map((one) => ({ ...one.shard, ...headAsJson(one.head, pipeline) }));
}

async function inspectBlocks(
  pipeline: Pipeline,
  table: Table,
  kind: 'block' | 'late',
  aggregateName: string,
  windowText: string | undefined,
  shardName: string | undefined,
): Promise<Inspected> {
  const aggregate = aggregateNamed(pipeline, aggregateName);
  const range = rangeOf(windowText);
  const shown: Inspected[] = [];
  const blocks = kind === 'late' ? table.readLateBlocks(aggregate, range) : blocksOf(table, aggregate, range);
  for await (const { shard, block } of blocks) {
    if (shardName !== undefined && shard.shard !== shardName) continue;
    shown.push(blockAsJson(shard, block, pipeline, windowText !== undefined));
  }
  return shown.length > 0 || windowText === undefined
    ? shown
    : nothing(`${kind === 'late' ? 'late block' : 'block'} of ${aggregateName} for ${windowText}`);
}

async function* blocksOf(table: Table, aggregate: Aggregate, range: WindowRange): AsyncGenerator<LateBlock> {
  for (const { shard } of await readHeads(table)) {
    for await (const block of table.readBlocks(shard, aggregate, range)) yield { shard, block };
  }
}

async function inspectFinals(
  pipeline: Pipeline,
  table: Table,
  aggregateName: string,
  size: string | undefined,
  windowText: string | undefined,
): Promise<Inspected> {
  const aggregate = aggregateNamed(pipeline, aggregateName);
  if (size === undefined) {
    const own = formatDuration(aggregate.window.sizeMs);
    throw new UsageError(`Name the size of the windows: final/${aggregateName}/${own}.`);
  }
  const { sizeMs } = levelOfSize(aggregate, size);
  const shown: Inspected[] = [];
  for await (const final of table.readFinals(aggregate, sizeMs, rangeOf(windowText))) {
    shown.push(finalAsJson(final, pipeline, windowText !== undefined));
  }
  return shown.length > 0 || windowText === undefined
    ? shown
    : nothing(`final of ${aggregateName} for ${windowText}`);
}

function finalAsJson({ key, bytes }: Final, pipeline: Pipeline, withGroups: boolean): object {
  return {
    ...key,
    windowStart: isoTime(key.windowStart),
    bytes: bytes.length,
    ...(withGroups && { groups: groupsAsJson(bytes, key, pipeline) }),
  };
}

/** The one window that begins then, or all. */
function rangeOf(windowText: string | undefined): WindowRange {
  if (windowText === undefined) return {};
  const from = parseInstant(windowText);
  return { from, to: (from + 1) as WindowStart };
}

function registryAsJson({ closedThrough, finalThrough, ...registry }: Registry): object {
  const time = (epochMs: number | null) => (epochMs === null ? null : isoTime(epochMs));
  return { ...registry, closedThrough: time(closedThrough), finalThrough: time(finalThrough) };
}

function headAsJson(head: Head, pipeline: Pipeline): object {
  return {
    ...head,
    watermark: head.watermark === null ? null : isoTime(head.watermark),
    blockBytes: Object.fromEntries(head.blockBytes),
    pending: head.pending.map((delta) => deltaAsJson(delta, pipeline)),
    seen: head.seen === null ? null : seenAsJson(head.seen),
  };
}

/** Ids are hashes, which tell nobody anything: their numbers and times are shown. */
function seenAsJson({ arrived, forgotten, recent, segments }: SeenIds): object {
  return {
    arrived: isoSecond(arrived),
    forgotten: forgotten === 0 ? null : isoSecond(forgotten),
    recentIds: IdList.decode(recent).size,
    segments: segments.map(({ from, to, ...ref }) => ({ ...ref, from: isoSecond(from), to: isoSecond(to) })),
  };
}

async function inspectSegment(table: Table, name: string): Promise<Inspected> {
  const bytes = (await table.readSegment(name)) ?? nothing(`segment ${name}`);
  const ids = IdList.decode(bytes);
  return { name, bytes: bytes.length, ids: ids.size, from: isoSecond(ids.from), to: isoSecond(ids.to) };
}

function isoSecond(second: number): string {
  return isoTime(second * 1000);
}

function deltaAsJson({ key, bytes, windowEnd, ...rest }: PendingDelta, pipeline: Pipeline): object {
  const times = { windowStart: isoTime(key.windowStart), windowEnd: isoTime(windowEnd) };
  return { ...key, ...times, ...rest, bytes: bytes.length, groups: groupsAsJson(bytes, key, pipeline) };
}

function blockAsJson(
  shard: ShardKey,
  { key, n, bytes }: Block,
  pipeline: Pipeline,
  withGroups: boolean,
): object {
  return {
    ...shard,
    ...key,
    windowStart: isoTime(key.windowStart),
    n,
    bytes: bytes.length,
    ...(withGroups && { groups: groupsAsJson(bytes, key, pipeline) }),
  };
}

function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function nothing(what: string): never {
  throw new UsageError(`There is no ${what} yet: has the pipeline been given events?`);
}
