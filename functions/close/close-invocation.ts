import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type * as z from 'zod';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { EventBridgeAnnouncements, lazyEventBridge } from '#adapters/event-bridge-announcements.ts';
import { FunctionEnvironment } from '#adapters/function-environment.ts';
import { KinesisCanaries } from '#adapters/kinesis-canaries.ts';
import { KinesisStreamState } from '#adapters/kinesis-stream-state.ts';
import { nodeCompression } from '#adapters/node-compression.ts';
import { MetricPublisher } from '#adapters/publish-metrics.ts';
import { tableService } from '#adapters/resilience/guard-client.ts';
import { StreamIdentities } from '#adapters/stream-identity.ts';
import { closePipeline } from '#app/close/close-pipeline.ts';
import type { CloseReport } from '#app/close/close-report.ts';
import type { Announcements } from '#app/ports/announcements.ts';
import { CLOSE_METRICS } from '#contracts/close-metrics.ts';
import { ENVIRONMENT_METRICS } from '#contracts/environment-metrics.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { closeEnv } from './env.ts';

/** How long before the deadline no further step is begun, in milliseconds. */
const RESERVE_MS = 10_000;

const NOBODY: Announcements = { announce: async () => {} };

/** Wires the use case to AWS, once an execution environment; what it returns is called once an invocation. */
export function closeInvocation(pipeline: Pipeline, env: z.output<typeof closeEnv>) {
  const environment = new FunctionEnvironment();
  const { makeClient } = environment;
  const identities = new StreamIdentities(makeClient);
  const metrics = new MetricPublisher(pipeline.name, { ...CLOSE_METRICS, ...ENVIRONMENT_METRICS });
  const kinesis = makeClient(
    (config) => new KinesisClient(config),
    (command) => (command.startsWith('PutRecords') ? 'stream_puts' : 'stream_reads'),
  );
  const canaries = env.WEIR_CANARY === 'on' ? new KinesisCanaries(kinesis, env.WEIR_STREAM) : undefined;
  const dynamo = makeClient((config) => new DynamoDBClient(config), tableService);
  const table = new DynamoTable(dynamo, env.WEIR_TABLE, pipeline.name);
  const announcements =
    env.WEIR_EVENT_BUS === undefined
      ? NOBODY
      : new EventBridgeAnnouncements(env.WEIR_EVENT_BUS, pipeline.name, lazyEventBridge(makeClient));

  const close = async (deadline: number): Promise<CloseReport> => {
    const identity = await identities.of(env.WEIR_STREAM);
    const stream = new KinesisStreamState(kinesis, env.WEIR_STREAM, identity);
    const deps = {
      ...{ pipeline, table, stream, announcements, canaries },
      ...{ compression: nodeCompression, now: Date.now },
    };
    return closePipeline(deps, deadline - RESERVE_MS);
  };
  const invoke = async (deadline: number): Promise<CloseReport> => {
    const started = Date.now();
    const report = await close(deadline).catch((error: unknown) => {
      // A run that fails is an error of the function; what it failed of is in how its environment fares.
      const values = environment.takeMetrics();
      if (Object.keys(values).length > 0) metrics.publish(values);
      throw error;
    });
    const ended = Date.now();
    metrics.publish({
      WindowsClosed: report.finals,
      CloseDuration: ended - started,
      CloseConflicts: report.unfinished === 'conflict' ? 1 : 0,
      ...(report.live &&
        report.finalThrough !== null && { FinalAge: Math.max(0, ended - report.finalThrough) }),
      ...environment.takeMetrics(),
      ...(report.freshnessMs !== null && { Freshness: report.freshnessMs }),
    });
    return report;
  };
  return (deadline: number): Promise<CloseReport> => environment.invocation(deadline, () => invoke(deadline));
}
