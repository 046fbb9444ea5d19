import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { makePlainClient } from '#adapters/make-client.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import { emulatorClients } from '#local/emulator-clients.ts';
import { serviceError, startFront } from '#local/limits/forwarding-server.ts';
import { resourceNames } from '#local/resource-names.ts';
import { startRuntime } from '#local/start-runtime.ts';

const PIPELINE = fileURLToPath(new URL('../../pipelines/flights.ts', import.meta.url));
/** Writes that the table takes in a second: far fewer than the function would make. */
const WRITES_A_SECOND = 15;
const RECORDS = 10;
const HOURS_A_RECORD = 10;

test('a table that throttles slows down the function that writes to it: all is counted, and little is asked in vain', async () => {
  let [written, refused, second, left] = [0, 0, 0, 0];
  const runtime = await startRuntime({
    pipelineFile: PIPELINE,
    pipelineName: 'flights',
    processesMax: 1,
    // A record a batch, so that there is much to commit and to fold.
    eventSource: { batchSize: 1, maxBatchingWindowSeconds: 0 },
    between: {
      endpoints: async (endpoints) => {
        const front = await startFront(endpoints.dynamodb, async (request, forward) => {
          if (request.operation !== 'PutItem') return forward(request);
          const now = Math.floor(Date.now() / 1000);
          if (now !== second) [second, left] = [now, WRITES_A_SECOND];
          if (left === 0) {
            refused += 1;
            return serviceError(400, 'ProvisionedThroughputExceededException', 'Too much.');
          }
          left -= 1;
          written += 1;
          return forward(request);
        });
        onTestFinished(() => front.stop());
        return { ...endpoints, dynamodb: front.endpoint };
      },
    },
  });
  onTestFinished(() => runtime.stop());
  const at = (service: string) => runtime.environment[`AWS_ENDPOINT_URL_${service}`] ?? '';
  const clients = emulatorClients({
    ...{ kinesis: at('KINESIS'), dynamodb: at('DYNAMODB'), sqs: at('SQS'), s3: at('S3') },
  });
  onTestFinished(() => clients.destroy());
  const events = (record: number) =>
    Array.from({ length: HOURS_A_RECORD }, (_, hour) => {
      const date = new Date(Date.UTC(2001, 0, 1 + record, hour)).toISOString();
      return JSON.stringify({ date, delay: 1, distance: 1, origin: 'DTW', destination: 'LAS' });
    });
  await clients.kinesis.send(
    new PutRecordsCommand({
      StreamName: runtime.environment['WEIR_STREAM'],
      Records: Array.from({ length: RECORDS }, (_, record) => ({
        PartitionKey: 'p',
        Data: Buffer.from(events(record).join('\n')),
      })),
    }),
  );
  await runtime.drained();
  const { failedInvocations } = runtime.usage();
  for (const [name, value] of Object.entries(runtime.environment)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const dynamo = makePlainClient(
    (config) => new DynamoDBClient(config),
    () => 'table_reads',
  );
  const { total } = await readLedger(new DynamoTable(dynamo, resourceNames('flights').table, 'flights'));
  expect(total).toMatchObject({ received: RECORDS * HOURS_A_RECORD, aggregated: RECORDS * HOURS_A_RECORD });
  // A batch that is handed back in good order is no failure, for which Lambda would halve it.
  expect(failedInvocations).toBe(0);
  console.log(`${written} writes, ${refused} refused`);
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(written / 2);
});
