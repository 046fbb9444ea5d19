import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type * as z from 'zod';
import { DynamoScaleStates } from '#adapters/dynamodb/scale-states.ts';
import { FunctionEnvironment } from '#adapters/function-environment.ts';
import { KinesisShardControl } from '#adapters/kinesis-shard-control.ts';
import { MetricPublisher } from '#adapters/publish-metrics.ts';
import { tableService } from '#adapters/resilience/guard-client.ts';
import { adviceOn } from '#app/scale/advice.ts';
import { metricsOf } from '#app/scale/metrics-of.ts';
import { type ScaleReport, scaleStream } from '#app/scale/scale-stream.ts';
import { ENVIRONMENT_METRICS } from '#contracts/environment-metrics.ts';
import { SCALE_METRICS } from '#contracts/scale-metrics.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { scaleEnv } from './env.ts';

/** Of the schedule's period: between two looks at whether the stream is ready for the next move. */
const WAITS_A_PERIOD = 30;

/** Wires the use case to AWS, once an execution environment; what it returns is called once an invocation. */
export function scaleInvocation(pipeline: Pipeline, env: z.output<typeof scaleEnv>) {
  const environment = new FunctionEnvironment();
  const { makeClient } = environment;
  const metrics = new MetricPublisher(pipeline.name, { ...SCALE_METRICS, ...ENVIRONMENT_METRICS });
  const kinesis = makeClient(
    (config) => new KinesisClient(config),
    () => 'stream_reads',
  );
  const dynamo = makeClient((config) => new DynamoDBClient(config), tableService);
  const stream = new KinesisShardControl(kinesis, env.WEIR_STREAM);
  const states = new DynamoScaleStates(dynamo, env.WEIR_TABLE, pipeline.name);
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

  const invoke = async (deadline: number): Promise<ScaleReport> => {
    const wait = () => sleep(periodMs / WAITS_A_PERIOD);
    const deps = { stream, states, settings, now: Date.now, random: Math.random, wait };
    const report = await scaleStream(deps, deadline);
    metrics.publish({ ...metricsOf(report), ...environment.takeMetrics() });
    log(report);
    return report;
  };
  return (deadline: number): Promise<ScaleReport> => environment.invocation(deadline, () => invoke(deadline));
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
