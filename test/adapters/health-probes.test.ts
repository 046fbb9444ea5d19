import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type HealthEnvironment, healthProbes } from '#adapters/health-probes.ts';
import type { DependencyError } from '#app/ports/dependency-error.ts';
import { type CreatedResources, createResources } from '#local/create-resources.ts';
import { resourceNames } from '#local/resource-names.ts';
import { LOOKED_UP } from '#test/infra/looked-up-pipeline.ts';
import { startServices, type TestServices } from '../support/emulators.ts';

const names = resourceNames('flights');

let services: TestServices;
let resources: CreatedResources;
/** The one bus that there is: no emulator has any. */
const busses = createServer((request, response) => {
  let body = '';
  request.on('data', (data) => {
    body += String(data);
  });
  request.on('end', () => {
    const { Name } = JSON.parse(body) as { Name: string };
    const isThere = request.headers['x-amz-target'] === 'AWSEvents.DescribeEventBus' && Name === 'windows';
    response.writeHead(isThere ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(isThere ? { Name } : { __type: 'ResourceNotFoundException', message: Name }));
  });
});

beforeAll(async () => {
  services = await startServices();
  resources = await createResources(services.clients, names, 1);
  for (const table of ['airports', 'planes-test']) {
    await services.clients.dynamodb.send(
      new CreateTableCommand({
        TableName: table,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  }
  await new Promise<void>((done) => busses.listen(0, '127.0.0.1', done));
  vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', `http://127.0.0.1:${(busses.address() as AddressInfo).port}`);
});
afterAll(async () => {
  busses.closeAllConnections();
  busses.close();
  await services.stop();
});

/** What each probe says: nothing, or how the call failed. */
async function ask(environment: HealthEnvironment): Promise<Record<string, unknown>> {
  const answers = healthProbes(LOOKED_UP, environment).map(async (probe) => [
    probe.name,
    await probe.ask().then(
      () => 'ok',
      ({ dependency, failure }: DependencyError) => `${dependency} ${failure}`,
    ),
  ]);
  return Object.fromEntries(await Promise.all(answers)) as Record<string, unknown>;
}

const there = (): HealthEnvironment => ({
  WEIR_STREAM: names.stream,
  WEIR_DEAD_LETTER_QUEUE_URL: resources.deadLetterQueueUrl,
  WEIR_DEAD_LETTER_BUCKET: names.deadLetterBucket,
  WEIR_EVENT_BUS: 'windows',
  WEIR_REFERENCE_TABLES: { planes: 'planes-test' },
});

describe('what a pipeline needs', () => {
  test('is asked, each by itself; a table of several lookups once, and the one that is used in its place', async () => {
    expect(await ask(there())).toEqual({
      stream: 'ok',
      'dead-letter queue': 'ok',
      'dead-letter bucket': 'ok',
      'event bus': 'ok',
      'lookup to': 'ok',
      'lookup plane': 'ok',
    });
  });

  test.each<[string, string, HealthEnvironment]>([
    ['stream', 'stream refused', { WEIR_STREAM: 'none' }],
    [
      'dead-letter queue',
      'dead_letters refused',
      { WEIR_DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:1/0/none' },
    ],
    ['dead-letter bucket', 'dead_letters refused', { WEIR_DEAD_LETTER_BUCKET: 'none' }],
    ['event bus', 'announcements refused', { WEIR_EVENT_BUS: 'none' }],
    ['lookup plane', 'reference_data refused', { WEIR_REFERENCE_TABLES: {} }],
  ])('where the %s is not there, it says so, and the others are', async (name, failure, change) => {
    const answers = await ask({ ...there(), ...change });
    expect(answers[name]).toBe(failure);
    expect(Object.values(answers).filter((answer) => answer === 'ok')).toHaveLength(5);
  });

  test('is not asked where it is not named', async () => {
    expect(Object.keys(await ask({ WEIR_REFERENCE_TABLES: { planes: 'planes-test' } }))).toEqual([
      'lookup to',
      'lookup plane',
    ]);
  });
});
