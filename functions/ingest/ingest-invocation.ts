import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { APIGatewayProxyResult } from 'aws-lambda';
import type * as z from 'zod';
import { fromResponse } from '#adapters/api-gateway/from-response.ts';
import { type ProxyEvent, toRequest } from '#adapters/api-gateway/to-request.ts';
import { FunctionEnvironment } from '#adapters/function-environment.ts';
import { InvocationLog } from '#adapters/invocation-log.ts';
import { KinesisRecordSink } from '#adapters/kinesis-record-sink.ts';
import { MetricPublisher } from '#adapters/publish-metrics.ts';
import { recordTools } from '#adapters/record-tools.ts';
import { Ingest, type IngestReport } from '#app/ingest/ingest.ts';
import { ENVIRONMENT_METRICS } from '#contracts/environment-metrics.ts';
import { INGEST_METRICS } from '#contracts/ingest-metrics.ts';
import type { EpochMs } from '#core/brand.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { ingestEnv } from './env.ts';

/** The SDK's messages are short; this is for those that are not. */
const MESSAGE_LENGTH_MAX = 300;

const encoder = new TextEncoder();

/** Wires the use case to AWS, once an execution environment; what it returns is called once an invocation. */
export function ingestInvocation(pipeline: Pipeline, env: z.output<typeof ingestEnv>) {
  const metrics = new MetricPublisher(pipeline.name, { ...INGEST_METRICS, ...ENVIRONMENT_METRICS });
  const log = new InvocationLog();
  const environment = new FunctionEnvironment(log.circuit);
  const kinesis = environment.makeClient(
    (config) => new KinesisClient(config),
    () => 'stream_puts',
  );
  const ingest = new Ingest({
    pipeline,
    sink: new KinesisRecordSink(kinesis, env.WEIR_STREAM, false),
    clock: { nowMs: () => performance.now(), sleep: (ms) => sleep(ms) },
    random: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
    tools: {
      ...recordTools,
      gzip: (bytes) => gzipSync(bytes),
      utf8: (text) => encoder.encode(text),
    },
    now: () => Date.now() as EpochMs,
  });

  return async (event: ProxyEvent, deadline: number): Promise<APIGatewayProxyResult> => {
    const report = await environment.invocation(deadline, () => ingest.take(toRequest(event)));
    const { accepted, rejected, undelivered } = report;
    if (accepted + rejected + undelivered > 0) {
      metrics.publish({
        IngestAccepted: accepted,
        IngestRejected: rejected,
        IngestUndelivered: undelivered,
        ...environment.takeMetrics(),
      });
    }
    if (undelivered > 0) warn(log, report);
    log.end();
    return fromResponse(report.response);
  };
}

/** A request that is to be sent again, without anything of its events. */
function warn(log: InvocationLog, { accepted, failure, rejected, undelivered }: IngestReport): void {
  const code = failure?.code ?? 'busy';
  const error = failure?.message.slice(0, MESSAGE_LENGTH_MAX);
  log.warn(code, 'events undelivered', { accepted, rejected, undelivered, code, error });
}
