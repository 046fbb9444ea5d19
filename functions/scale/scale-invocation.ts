import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type * as z from 'zod';
import { awsConfig } from '#adapters/aws-config.ts';
import { DynamoScaleStates } from '#adapters/dynamodb/scale-states.ts';
import { KinesisShardControl } from '#adapters/kinesis-shard-control.ts';
import { MetricPublisher } from '#adapters/publish-metrics.ts';
import { adviceOn } from '#app/scale/advice.ts';
import { type ScaleReport, scaleStream } from '#app/scale/scale-stream.ts';
import { SCALE_METRICS } from '#contracts/scale-metrics.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { scaleEnv } from './env.ts';

/** Of the schedule's period: between two looks at whether the stream is ready for the next move. */
const WAITS_A_PERIOD = 30;

/** Wires the use case to AWS, once an execution environment; what it returns is called once an invocation. */
export function scaleInvocation(pipeline: Pipeline, env: z.output<typeof scaleEnv>) {
  const metrics = new MetricPublisher(pipeline.name, SCALE_METRICS);
  const stream = new KinesisShardControl(new KinesisClient(awsConfig()), env.WEIR_STREAM);
  const states = new DynamoScaleStates(new DynamoDBClient(awsConfig()), env.WEIR_TABLE, pipeline.name);
  const periodMs = env.WEIR_SCALE_EVERY_SECONDS * 1000;
  const settings = {
    shardsMin: env.WEIR_SHARDS_MIN,
    shardsMax: env.WEIR_SHARDS_MAX,
    capacity: {
      bytesPerSecond: env.WEIR_SHARD_BYTES_PER_SECOND,
      recordsPerSecond: env.WEIR_SHARD_RECORDS_PER_SECOND,
    },
    periodMs,
    calmMs: env.WEIR_SCALE_CALM_MINUTES * 60_000,
  };

  return async (deadline: number): Promise<ScaleReport> => {
    const wait = () => sleep(periodMs / WAITS_A_PERIOD);
    const deps = { stream, states, settings, now: Date.now, random: Math.random, wait };
    const report = await scaleStream(deps, deadline);
    publish(metrics, report);
    log(report);
    return report;
  };
}

function publish(metrics: MetricPublisher<keyof typeof SCALE_METRICS>, report: ScaleReport): void {
  const { findings, loadMax, loadMean, moves, shards, unfinished } = report;
  const found = (type: string) => findings.filter((finding) => finding.type === type).length;
  const isDone = unfinished === undefined || unfinished === 'deadline';
  metrics.publish({
    // Without it, the alarm scaling-failed goes off in the end.
    ...(isDone && { ShardsOpen: shards }),
    ShardLoadMax: 100 * loadMax,
    ...(loadMean > 0 && { ShardSkew: (100 * loadMax) / loadMean }),
    ShardMoves: moves.length,
    ShardsAtMaximum: found('at_maximum'),
    ShardHotKeys: found('hot_key'),
  });
}

/** One line of a run that did or found something: each move with its reason; keys by their hashes alone. */
function log({ error, findings, moves, shards, unfinished }: ScaleReport): void {
  if (moves.length === 0 && findings.length === 0 && unfinished === undefined) return;
  const isFine = findings.length === 0 && unfinished === undefined;
  const line = JSON.stringify({
    level: isFine ? 'INFO' : 'WARN',
    message: 'shards',
    shards,
    moves,
    findings: findings.map((finding) => ({ ...finding, advice: adviceOn(finding) })),
    unfinished,
    error: error?.message,
  });
  if (isFine) console.log(line);
  else console.warn(line);
}
