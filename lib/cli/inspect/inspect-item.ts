import { nodeCompression } from '#adapters/node-compression.ts';
import type { Table } from '#app/ports/table.ts';
import { readHeads } from '#app/query/read-heads.ts';
import { decodeGroups } from '#core/block-codec.ts';
import type { WindowStart } from '#core/brand.ts';
import { groupValuesOf } from '#core/group-key.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { Block } from '#core/protocol/block.ts';
import type { Head, PendingDelta } from '#core/protocol/head.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { aggregateNamed, parseInstant } from '../arguments.ts';
import { didYouMean } from '../nearest.ts';
import { UsageError } from '../usage-error.ts';

/** Whatever it is that an item holds, decoded, as JSON has it. */
export type Inspected = unknown;

const KINDS = ['registry', 'head', 'block'];

/**
 * Reads items of a pipeline and decodes them. `path` is `registry`, `head[/<shard>]`, `block/<aggregate>` (all of its
 * blocks, without their groups) or `block/<aggregate>/<window start>[/<shard>]`.
 */
export async function inspectItem(path: string, pipeline: Pipeline, table: Table): Promise<Inspected> {
  const [kind = '', first, second, third] = path.split('/');
  if (kind === 'registry') return (await table.readRegistry()) ?? nothing('registry');
  if (kind === 'head') return inspectHeads(pipeline, table, first);
  if (kind === 'block') {
    if (first === undefined)
      throw new UsageError(`Name the aggregate: block/${pipeline.aggregates[0]?.name}.`);
    return inspectBlocks(pipeline, table, first, second, third);
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
  aggregateName: string,
  windowText: string | undefined,
  shardName: string | undefined,
): Promise<Inspected> {
  const aggregate = aggregateNamed(pipeline, aggregateName);
  const from = windowText === undefined ? undefined : parseInstant(windowText);
  const range = from === undefined ? {} : { from, to: (from + 1) as WindowStart };
  const shown: Inspected[] = [];
  for (const { shard } of await readHeads(table)) {
    if (shardName !== undefined && shard.shard !== shardName) continue;
    for await (const block of table.readBlocks(shard, aggregate, range)) {
      shown.push(blockAsJson(shard, block, pipeline, from !== undefined));
    }
  }
  return shown.length > 0 || from === undefined
    ? shown
    : nothing(`block of ${aggregateName} for ${windowText}`);
}

function headAsJson(head: Head, pipeline: Pipeline): object {
  return {
    ...head,
    watermark: head.watermark === null ? null : isoTime(head.watermark),
    blockBytes: Object.fromEntries(head.blockBytes),
    pending: head.pending.map((delta) => deltaAsJson(delta, pipeline)),
  };
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

/** Blocks say themselves what their metrics are; the names of their groups' fields are the definition's. */
function groupsAsJson(bytes: Uint8Array, key: Block['key'], pipeline: Pipeline): object[] {
  const { aggregate, generation } = key;
  const definition = pipeline.aggregates.find(
    (one) => one.name === aggregate && one.generation === generation,
  );
  const groups = decodeGroups(bytes, nodeCompression);
  return [...groups.keys()].map((groupKey) => {
    const values = groups.values(groups.row(groupKey));
    const fields = definition?.groupBy;
    const names = fields && groupValuesOf(groupKey, fields.length).map((value, at) => [fields[at], value]);
    return {
      group: names === undefined ? groupKey : Object.fromEntries(names),
      ...Object.fromEntries(groups.layout.map(({ name }, at) => [name, values[at]])),
    };
  });
}

function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

function nothing(what: string): never {
  throw new UsageError(`There is no ${what} yet: has the pipeline been given events?`);
}
