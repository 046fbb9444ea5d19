/**
 * What each metric takes in a block, for each group: a block of some groups with the metric, less one of the same
 * groups without, deflated. docs/pipelines.md has the figures.
 *
 *     npx tsx bench/bytes-per-group.ts
 */
import { nodeCompression } from '#adapters/node-compression.ts';
import { encodeGroups } from '#core/block-codec.ts';
import type { EpochMs, GroupKey, SequenceNumber, ShardId } from '#core/brand.ts';
import { GroupTable } from '#core/group-table.ts';
import type { EventOrder } from '#core/metrics/event-order.ts';
import { metricKind } from '#core/metrics/metric-kinds.ts';

const KINDS = [
  'count',
  'rate',
  'sum',
  'min',
  'max',
  'mean',
  'stddev',
  'variance',
  'first',
  'last',
  'maxBy',
  'histogram(5,10,20,40,80,160,320,640,1280)',
  'distinct(12)',
  'quantile(0.01,0.95)',
  'topK(10,100)',
];
const EVENTS = [1, 10, 100, 1000, 10_000, 100_000];
const GROUPS = 50;
/** A record of a batch holds so many events; each event goes to one group after the other. */
const EVENTS_PER_RECORD = 1000;
const FIRST_SEQUENCE = 49590338271490256608559692538361571095921575989136588898n;

let seed = 1;
/** From 0 to 1; the same numbers in every run. A linear congruential generator, of Numerical Recipes. */
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}

/** About as response times are: most around 100, few beyond 1,000; in tenths. */
function latency(): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.round(1000 * Math.exp(normal)) / 10;
}

/** One of a million names, some of them far more often than others. */
function name(): string {
  return `user-${Math.floor(1e6 ** random())}`;
}

function blockBytes(kinds: readonly string[], eventsPerGroup: number): number {
  const table = GroupTable.empty(kinds.map((kind) => ({ name: kind, kind })));
  seed = 1;
  for (let group = 0; group < GROUPS; group++) table.row(`group ${group}` as GroupKey);
  for (let at = 0; at < eventsPerGroup * GROUPS; at++) {
    const order: EventOrder = {
      time: (1_700_000_000_000 + at) as EpochMs,
      shard: 'shardId-000000000003' as ShardId,
      sequence: String(FIRST_SEQUENCE + BigInt(Math.floor(at / EVENTS_PER_RECORD) * 97)) as SequenceNumber,
      index: at % EVENTS_PER_RECORD,
    };
    for (const [column, kind] of kinds.entries()) {
      const { input, isRanked } = metricKind(kind);
      const value = input === 'scalar' ? name() : latency();
      table.column(column).add(at % GROUPS, value, order, isRanked ? latency() : undefined);
    }
  }
  return encodeGroups(table, nodeCompression).length;
}

console.log(`bytes a group, after deflate, in a block of ${GROUPS} groups`);
console.log(`${'events a group'.padEnd(44)}${EVENTS.map((events) => String(events).padStart(8)).join('')}`);
for (const kind of KINDS) {
  const bytes = EVENTS.map((events) => (blockBytes([kind], events) - blockBytes([], 1)) / GROUPS);
  console.log(`${kind.padEnd(44)}${bytes.map((each) => each.toFixed(1).padStart(8)).join('')}`);
}
