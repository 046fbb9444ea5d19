import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import type * as z from 'zod';
import { lazyDeadLetterServices } from '#adapters/dead-letters/lazy-services.ts';
import { QueueDeadLetters } from '#adapters/dead-letters/queue-dead-letters.ts';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { DynamoReferenceData } from '#adapters/dynamodb/reference-table.ts';
import { FunctionEnvironment } from '#adapters/function-environment.ts';
import { InvocationLog } from '#adapters/invocation-log.ts';
import { fromKinesisEvent, type KinesisBatch } from '#adapters/kinesis-event.ts';
import { KinesisLineage } from '#adapters/kinesis-lineage.ts';
import type { ClientConfig } from '#adapters/make-client.ts';
import { nodeCompression } from '#adapters/node-compression.ts';
import { MetricPublisher } from '#adapters/publish-metrics.ts';
import { recordTools } from '#adapters/record-tools.ts';
import { tableService } from '#adapters/resilience/guard-client.ts';
import { StreamIdentities } from '#adapters/stream-identity.ts';
import { aggregateBatch } from '#app/aggregate/aggregate-batch.ts';
import type { BatchReport } from '#app/aggregate/batch-report.ts';
import type { AggregateDeps } from '#app/aggregate/deps.ts';
import { AGGREGATE_LIMITS } from '#app/aggregate/limits.ts';
import { loadMetricsOf } from '#app/aggregate/load-metrics-of.ts';
import { lookupMetricsOf } from '#app/aggregate/lookup-metrics-of.ts';
import { WarmCache } from '#app/aggregate/warm-cache.ts';
import { Lookups } from '#app/enrich/lookups.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import { DUPLICATE_METRICS } from '#contracts/duplicate-metrics.ts';
import { ENVIRONMENT_METRICS, type EnvironmentMetricName } from '#contracts/environment-metrics.ts';
import { LOAD_METRICS } from '#contracts/load-metrics.ts';
import { LOOKUP_METRICS } from '#contracts/lookup-metrics.ts';
import { METRICS, type MetricName } from '#contracts/metrics.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { aggregateEnv } from './env.ts';

/** Wires the use case to AWS, once an execution environment; what it returns is called once an invocation. */
export function aggregateInvocation(pipeline: Pipeline, env: z.output<typeof aggregateEnv>) {
  const log = new InvocationLog();
  const environment = new FunctionEnvironment(log.circuit);
  const { makeClient } = environment;
  const identities = new StreamIdentities(makeClient);
  const metrics = new MetricPublisher(pipeline.name, {
    ...METRICS,
    ...LOOKUP_METRICS,
    ...DUPLICATE_METRICS,
    ...LOAD_METRICS,
    ...ENVIRONMENT_METRICS,
  });
  const lineage = new KinesisLineage((stream) => identities.nameOf(stream), makeClient);
  const newDynamo = (config: ClientConfig) => new DynamoDBClient(config);
  const deps: AggregateDeps = {
    pipeline,
    table: new DynamoTable(makeClient(newDynamo, tableService), env.WEIR_TABLE, pipeline.name),
    deadLetters: new QueueDeadLetters(
      lazyDeadLetterServices(makeClient),
      env.WEIR_DEAD_LETTER_QUEUE_URL,
      env.WEIR_DEAD_LETTER_BUCKET,
    ),
    compression: nodeCompression,
    tools: recordTools,
    cache: new WarmCache(),
    limits: { ...AGGREGATE_LIMITS, suspectAfterMs: env.WEIR_SUSPECT_AFTER_SECONDS * 1000 },
    lookups:
      pipeline.lookups.length === 0
        ? undefined
        : new Lookups(
            pipeline,
            new DynamoReferenceData(
              makeClient(newDynamo, () => 'reference_table'),
              env.WEIR_REFERENCE_TABLES,
            ),
            Date.now,
          ),
    duplicates: pipeline.duplicates === undefined ? undefined : { lineage, hashKeys: lineage, newName },
    now: Date.now,
  };

  environment.watchCache(deps.cache);
  for (const cache of deps.lookups?.caches ?? []) environment.watchCache(cache);

  const invoke = async (batch: KinesisBatch, deadline: number): Promise<KinesisStreamBatchResponse> => {
    const started = deps.now();
    const [first] = batch.records;
    try {
      const stream = await identities.of(batch.streamArn);
      const report = await aggregateBatch(
        deps,
        { shard: { stream, shard: batch.shard }, records: batch.records },
        deadline,
      );
      publish(metrics, batch, report, started, deps, environment);
      if (report.firstUncommitted === undefined) {
        log.end(sampleOf(batch, report, deps.now() - started));
        return { batchItemFailures: [] };
      }
      warn(log, batch, report.unfinished, report.error);
      log.end();
      return { batchItemFailures: [{ itemIdentifier: report.firstUncommitted }] };
    } catch (error) {
      // A dependency that fails is no reason for Lambda to cut the batch in halves: hand all of it back.
      if (!(error instanceof DependencyError) || first === undefined) throw error;
      metrics.publish({
        BatchRecords: batch.records.length,
        BatchesUnfinished: 1,
        ...environment.takeMetrics(),
      });
      warn(log, batch, error.failure, error);
      log.end();
      return { batchItemFailures: [{ itemIdentifier: first.sequence }] };
    }
  };
  return async (event: KinesisStreamEvent, deadline: number): Promise<KinesisStreamBatchResponse> => {
    const batch = fromKinesisEvent(event);
    return environment.invocation(deadline, () => invoke(batch, deadline));
  };
}

/** 96 random bits: no two of a thousand million names are the same, but for 1 chance in 10^11. */
function newName(): string {
  return randomBytes(12).toString('base64url');
}

function publish(
  metrics: MetricPublisher<
    | MetricName
    | keyof typeof LOOKUP_METRICS
    | keyof typeof DUPLICATE_METRICS
    | keyof typeof LOAD_METRICS
    | EnvironmentMetricName
  >,
  batch: KinesisBatch,
  report: BatchReport,
  started: number,
  { duplicates, lookups, now, pipeline }: AggregateDeps,
  environment: FunctionEnvironment,
): void {
  const ended = now();
  metrics.publish({
    EventsReceived: report.ledger.received,
    EventsAggregated: report.ledger.aggregated,
    EventsLate: report.ledger.late,
    EventsExpired: report.ledger.expired,
    EventsInvalid: report.ledger.invalid,
    EventLag: Math.max(0, ended - (batch.records.at(-1)?.arrival ?? ended)),
    BatchRecords: batch.records.length,
    BatchDuration: ended - started,
    Commits: report.commits,
    Conflicts: report.conflicts,
    Folds: report.folds,
    HeadBytes: report.headBytes,
    GroupsOverflowed: report.overflowedGroups,
    BatchesUnfinished: report.unfinished === undefined ? 0 : 1,
    ...(batch.hotKeyShare !== undefined && { HotKeyShare: Math.round(100 * batch.hotKeyShare) }),
    ...(report.hotGroupShare !== undefined && { HotGroupShare: Math.round(100 * report.hotGroupShare) }),
    // Each metric costs money, also one that is always 0.
    ...(lookups !== undefined && lookupMetricsOf(pipeline, report)),
    ...(duplicates !== undefined && {
      EventsDuplicate: report.ledger.duplicate,
      IdsForgotten: report.idsForgotten,
    }),
    ...(pipeline.capacity !== null && loadMetricsOf(report)),
    ...environment.takeMetrics(),
  });
}

/** An unfinished batch, without anything of its events. */
function warn(
  log: InvocationLog,
  { records, shard }: KinesisBatch,
  unfinished: string | undefined,
  error: Error | undefined,
): void {
  const dependency = error instanceof DependencyError ? error.dependency : '';
  log.warn(`${dependency} ${unfinished}`.trim(), 'batch unfinished', {
    shard,
    records: records.length,
    unfinished,
    error: error?.message,
  });
}

function sampleOf({ records, shard }: KinesisBatch, { commits, folds, ledger }: BatchReport, ms: number) {
  return { shard, records: records.length, events: ledger.received, commits, folds, ms };
}
