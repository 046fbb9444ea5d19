import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test } from 'vitest';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { nodeCompression } from '#adapters/node-compression.ts';
import { recordTools } from '#adapters/record-tools.ts';
import { StreamIdentities } from '#adapters/stream-identity.ts';
import { aggregateBatch } from '#app/aggregate/aggregate-batch.ts';
import { AGGREGATE_LIMITS } from '#app/aggregate/limits.ts';
import { WarmCache } from '#app/aggregate/warm-cache.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import type { EpochMs, ShardId } from '#core/brand.ts';
import { NO_LOAD } from '#core/degradation/ladder.ts';
import { EMPTY_HEAD } from '#core/protocol/head.ts';
import { parseSequence } from '#core/protocol/position.ts';
import { EMPTY_REGISTRY, withShard } from '#core/protocol/registry.ts';
import { bundleFunction } from '#local/bundle-function.ts';
import { createResources } from '#local/create-resources.ts';
import { FunctionHost } from '#local/function-host/function-host.ts';
import { LOCAL_REGION, resourceNames } from '#local/resource-names.ts';
import { startServices } from '../support/emulators.ts';
import pipeline from './fixtures/deadly-orders.ts';

const names = resourceNames('orders');
/** One kills the function's process, one keeps it busy until its time is up. */
const AMOUNTS = [1, 666, 2, 667, 3];
const RUNS_MAX = 40;

test('events that kill or hang the bundle of repair are set aside, and the others are added, once', async () => {
  const services = await startServices();
  onTestFinished(() => services.stop());
  const { clients, endpoints } = services;
  const { deadLetterQueueUrl } = await createResources(clients, names, 1);
  const table = new DynamoTable(clients.dynamodb, names.table, pipeline.name);

  // Counted at level 2, under which all of them wait.
  const at = new Date().toISOString();
  const data = Buffer.from(AMOUNTS.map((amount) => JSON.stringify({ at, amount })).join('\n'));
  const put = await clients.kinesis.send(
    new PutRecordCommand({ StreamName: names.stream, PartitionKey: 'any', Data: data }),
  );
  const shard = {
    stream: await new StreamIdentities().of(names.stream),
    shard: put.ShardId as ShardId,
  };
  await table.writeRegistry(withShard(EMPTY_REGISTRY, shard));
  await table.writeHead(shard, { ...EMPTY_HEAD, rev: 1, load: { ...NO_LOAD, level: 2 } });
  const record = {
    sequence: parseSequence(put.SequenceNumber ?? ''),
    arrival: Date.now() as EpochMs,
    data: new Uint8Array(data),
  };
  const deps = {
    ...{ pipeline, table, compression: nodeCompression, tools: recordTools, limits: AGGREGATE_LIMITS },
    ...{ cache: new WarmCache(), now: Date.now, deadLetters: { send: async () => {} } },
  };
  const counted = await aggregateBatch(deps, { shard, records: [record] }, Date.now() + 60_000);
  expect(counted.ledger).toMatchObject({ received: AMOUNTS.length, held: AMOUNTS.length });

  const folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const bundle = await bundleFunction({
    entryFile: resolve('functions/repair/handler.ts'),
    pipelineFile: resolve('test/local/fixtures/deadly-orders.ts'),
    outputFolder: folder,
  });
  const results: string[] = [];
  const host = await FunctionHost.start({
    settings: {
      name: names.repairFunction,
      entryFile: bundle.entryFile,
      // Each run has time for one commit: it keeps more than that back to end in good order.
      timeoutMs: 3000,
      memoryMegabytes: 256,
      region: LOCAL_REGION,
      environment: {
        AWS_ENDPOINT_URL_KINESIS: endpoints.kinesis,
        AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
        AWS_ENDPOINT_URL_SQS: endpoints.sqs,
        AWS_ENDPOINT_URL_S3: endpoints.s3,
        WEIR_TABLE: names.table,
        WEIR_STREAM: names.stream,
        WEIR_DEAD_LETTER_QUEUE_URL: deadLetterQueueUrl,
        WEIR_DEAD_LETTER_BUCKET: names.deadLetterBucket,
        DEADLY: 'yes',
      },
    },
    workFolder: folder,
    processesMax: 1,
    onLog: () => {},
    onMetrics: () => {},
  });
  onTestFinished(() => host.stop());

  for (let run = 0; run < RUNS_MAX; run++) {
    const result = await host.invoke('{}');
    results.push(result.type);
    if (result.type === 'response' && JSON.parse(result.payload).unfinished === undefined) break;
  }
  // The first with its neighbours, then by itself three times; the other by itself alone.
  expect(results.filter((type) => type === 'crashed')).toHaveLength(4);
  expect(results.filter((type) => type === 'timeout').length).toBeGreaterThanOrEqual(3);
  expect(results.at(-1)).toBe('response');

  const { total } = await readLedger(table);
  expect(total).toMatchObject({ received: 5, aggregated: 3, invalid: 2, held: 0 });
  const [aggregate] = pipeline.aggregates;
  if (aggregate === undefined) throw new Error('a pipeline without aggregates');
  const { rows } = await answerAggregate({ table, compression: nodeCompression }, aggregate);
  expect(rows.map(({ metrics }) => metrics)).toEqual([{ orders: 3, turnover: 6 }]);
  const { Messages = [] } = await clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: deadLetterQueueUrl, MaxNumberOfMessages: 10 }),
  );
  const letters = Messages.map(({ Body = '' }) => JSON.parse(Body));
  expect(letters.map(({ reason }) => reason)).toEqual(['crashed', 'crashed']);
  const payloads = letters.map(({ payload }) => JSON.parse(payload).amount);
  expect(new Set(payloads)).toEqual(new Set([666, 667]));
}, 90_000);
