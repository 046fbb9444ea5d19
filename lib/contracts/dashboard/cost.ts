import { AGGREGATE_FUNCTION } from '../aggregate-function.ts';
import { LIST_PRICES } from '../list-prices.ts';
import { SERVICE_METRICS } from '../service-metrics.ts';
import { type DashboardSection, type GraphLine, graph, line } from './graph.ts';
import type { DashboardSettings } from './settings.ts';

const GIGABYTE_SECONDS_A_MS = AGGREGATE_FUNCTION.memoryMegabytes / 1024 / 1000;

export function cost({ scale, stream }: DashboardSettings): DashboardSection {
  const fixed =
    stream.mode === 'provisioned'
      ? shardsCost(scale ?? { shardsMin: stream.shards, shardsMax: stream.shards })
      : `the on-demand stream: $${LIST_PRICES.onDemandStreamHour.toFixed(2)} an hour`;
  const bytesIn: GraphLine =
    stream.mode === 'provisioned'
      ? {
          ...line('stream, records put', SERVICE_METRICS.streamIncomingRecords),
          dollars: LIST_PRICES.putUnit,
        }
      : {
          ...line('stream, bytes in', SERVICE_METRICS.streamIncomingBytes),
          dollars: LIST_PRICES.onDemandByteIn,
        };
  return {
    question: 'What does it cost?',
    reading: `Dollars an hour at list prices of us-east-1, at least: records up to 25 KB, and no storage. To it comes ${fixed}.`,
    graphs: [
      graph(
        'Dollars an hour',
        'US dollars',
        [
          bytesIn,
          {
            ...line('function, compute', SERVICE_METRICS.functionDuration),
            dollars: GIGABYTE_SECONDS_A_MS * LIST_PRICES.functionGigabyteSecond,
          },
          {
            ...line('function, requests', SERVICE_METRICS.functionInvocations),
            dollars: LIST_PRICES.functionInvocation,
          },
          { ...line('table, writes', SERVICE_METRICS.tableWriteUnits), dollars: LIST_PRICES.tableWriteUnit },
          { ...line('table, reads', SERVICE_METRICS.tableReadUnits), dollars: LIST_PRICES.tableReadUnit },
          { ...line('logs', SERVICE_METRICS.logBytes), dollars: LIST_PRICES.logByteIn },
        ],
        [],
        3600,
      ),
      graph('Table units a minute', 'units', [
        line('written', SERVICE_METRICS.tableWriteUnits),
        line('read', SERVICE_METRICS.tableReadUnits),
      ]),
    ],
  };
}

function shardsCost({
  shardsMax,
  shardsMin,
}: {
  readonly shardsMax: number;
  readonly shardsMin: number;
}): string {
  const range = (text: (shards: number) => string) =>
    shardsMin === shardsMax ? text(shardsMin) : `${text(shardsMin)} to ${text(shardsMax)}`;
  const cost = range((shards) => `$${(shards * LIST_PRICES.shardHour).toFixed(3)}`);
  return `${range(String)} shard${shardsMax === 1 ? '' : 's'}: ${cost} an hour`;
}
