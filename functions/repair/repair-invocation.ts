import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type * as z from 'zod';
import { lazyDeadLetterServices } from '#adapters/dead-letters/lazy-services.ts';
import { QueueDeadLetters } from '#adapters/dead-letters/queue-dead-letters.ts';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { DynamoReferenceData } from '#adapters/dynamodb/reference-table.ts';
import { FunctionEnvironment } from '#adapters/function-environment.ts';
import { KinesisStoredRecords } from '#adapters/kinesis-stored-records.ts';
import { KinesisStreamState } from '#adapters/kinesis-stream-state.ts';
import { nodeCompression } from '#adapters/node-compression.ts';
import { MetricPublisher } from '#adapters/publish-metrics.ts';
import { recordTools } from '#adapters/record-tools.ts';
import { tableService } from '#adapters/resilience/guard-client.ts';
import { StreamIdentities } from '#adapters/stream-identity.ts';
import { AGGREGATE_LIMITS } from '#app/aggregate/limits.ts';
import { WarmCache } from '#app/aggregate/warm-cache.ts';
import { Lookups } from '#app/enrich/lookups.ts';
import { repairMetricsOf } from '#app/repair/repair-metrics-of.ts';
import { repairPipeline } from '#app/repair/repair-pipeline.ts';
import type { RepairReport } from '#app/repair/repair-report.ts';
import { ENVIRONMENT_METRICS } from '#contracts/environment-metrics.ts';
import { LOAD_METRICS } from '#contracts/load-metrics.ts';
import { REPAIR_FUNCTION } from '#contracts/repair-function.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { repairEnv } from './env.ts';

/** How long before the deadline no further commit is begun, in milliseconds. */
const RESERVE_MS = 30_000;
/**
 * How long a run goes on at most: the next one comes every minute, would take what this one has begun for something that
 * it died of, and goes on where it stops. The function's timeout is for what does not come back.
 */
const RUN_MS_MAX = REPAIR_FUNCTION.everyMinutes * 60_000 - 10_000;

/** Wires the use case to AWS, once an execution environment; what it returns is called once an invocation. */
export function repairInvocation(pipeline: Pipeline, env: z.output<typeof repairEnv>) {
  const environment = new FunctionEnvironment();
  const { makeClient } = environment;
  const identities = new StreamIdentities(makeClient);
  const metrics = new MetricPublisher(pipeline.name, { ...LOAD_METRICS, ...ENVIRONMENT_METRICS });
  const newDynamo = (config: DynamoDBClientConfig) => new DynamoDBClient(config);
  const kinesis = makeClient(
    (config) => new KinesisClient(config),
    () => 'stream_reads',
  );
  const table = new DynamoTable(makeClient(newDynamo, tableService), env.WEIR_TABLE, pipeline.name);
  const deadLetters = new QueueDeadLetters(
    lazyDeadLetterServices(makeClient),
    env.WEIR_DEAD_LETTER_QUEUE_URL,
    env.WEIR_DEAD_LETTER_BUCKET,
  );
  const lookups =
    pipeline.lookups.length === 0
      ? undefined
      : new Lookups(
          pipeline,
          new DynamoReferenceData(
            makeClient(newDynamo, () => 'reference_table'),
            env.WEIR_REFERENCE_TABLES,
          ),
          Date.now,
        );

  const cache = new WarmCache();
  const invoke = async (deadline: number): Promise<RepairReport> => {
    const identity = await identities.of(env.WEIR_STREAM);
    const deps = {
      ...{ pipeline, table, deadLetters, lookups },
      ...{ compression: nodeCompression, tools: recordTools, limits: AGGREGATE_LIMITS, now: Date.now },
      cache,
      stream: new KinesisStreamState(kinesis, env.WEIR_STREAM, identity),
      records: new KinesisStoredRecords(kinesis, env.WEIR_STREAM),
    };
    const end = Math.min(deadline - RESERVE_MS, Date.now() + RUN_MS_MAX);
    const report = await repairPipeline(deps, end);
    metrics.publish({
      ...repairMetricsOf(report),
      ...environment.takeMetrics(),
    });
    if (report.unfinished === 'crash_limit') {
      console.warn(
        JSON.stringify({ level: 'WARN', message: 'repair unfinished', unfinished: 'crash_limit' }),
      );
    }
    return report;
  };
  return (deadline: number): Promise<RepairReport> =>
    environment.invocation(deadline, () => invoke(deadline));
}
