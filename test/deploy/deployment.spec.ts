import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from '@aws-sdk/client-lambda';
import { GetBucketEncryptionCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, describe, expect, it } from 'vitest';
import { kinesisClient } from '#adapters/aws-clients.ts';
import { awsConfig } from '#adapters/aws-config.ts';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { nodeCompression } from '#adapters/node-compression.ts';
import type { CloseReport } from '#app/close/close-report.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import { queryAggregate } from '#app/query/query-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import { pipelineAlarms } from '#contracts/alarms.ts';
import { CLOSE_FUNCTION } from '#contracts/close-function.ts';
import { EVENT_SOURCE } from '#contracts/event-source.ts';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';
import { pipelineOptions } from '#infra/options.ts';
import { alarmSettings } from '#infra/pipeline-stack.ts';
import flights from '#pipelines/flights.ts';
import { duckdb } from '#test/cli/duckdb-answer.ts';
import { expectFlights } from '#test/cli/flights-answer.ts';
import { createProducer } from '../../lib/producer.ts';
import { Cdk, type StackOutputs } from './cdk.ts';
import { removeRetained, retainedLeft } from './retained.ts';
import type { Feature, Target } from './targets.ts';

const target = JSON.parse(process.env['WEIR_DEPLOY_TARGET'] ?? '') as Target;
const has = (feature: Feature) => !target.lacks.includes(feature);
const cdk = new Cdk(target, process.env['WEIR_DEPLOY_FOLDER'] ?? '', flights.name);
const kinesis = kinesisClient();
const dynamodb = new DynamoDBClient(awsConfig());
// An emulator may give its queues AWS's own addresses.
const sqs = new SQSClient({ ...awsConfig(), useQueueUrlAsEndpoint: false });
const s3 = new S3Client({ ...awsConfig(), forcePathStyle: true });
// An invocation takes as long as it takes, and is not to be made twice.
const lambda = new LambdaClient({
  ...awsConfig(),
  maxAttempts: 1,
  requestHandler: { requestTimeout: CLOSE_FUNCTION.timeoutSeconds * 1000 },
});
const eventBridge = new EventBridgeClient(awsConfig());
const cloudwatch = new CloudWatchClient(awsConfig());

const dataFolder = resolve(import.meta.dirname, '../../node_modules/vega-datasets/data');
const AGGREGATION_WAIT_MS = 120_000;

let outputs: StackOutputs = {};
const output = (name: string) => outputs[name] ?? expect.fail(`the stack has no output ${name}`);
const table = () => new DynamoTable(dynamodb, output('TableName'), flights.name);

afterAll(() => {
  for (const client of [kinesis, dynamodb, sqs, s3, lambda, cloudwatch, eventBridge]) client.destroy();
});

/** Sends a file of flights through the stream, and waits until `total` events are in the ledger. */
async function send(file: string, total: number): Promise<void> {
  // One call at a time keeps the file's order: in a replay, a moment is days.
  const producer = createProducer({ stream: output('StreamName'), client: kinesis, callsMax: 1 });
  for (const flight of JSON.parse(readFileSync(`${dataFolder}/${file}`, 'utf8')) as object[])
    await producer.put(flight);
  await producer.close();
  const deadline = Date.now() + AGGREGATION_WAIT_MS;
  for (;;) {
    const { received } = (await readLedger(table())).total;
    if (received === total) return;
    if (Date.now() > deadline) expect.fail(`${received} events of ${total} were aggregated in time`);
    await sleep(500);
  }
}

/** All answers, against those of DuckDB for the same flights. */
async function expectAnswers(source: string): Promise<void> {
  const rows = await Promise.all(
    flights.aggregates.map(async (aggregate) => {
      const answers = await queryAggregate({ table: table(), compression: nodeCompression }, aggregate);
      const printed = answers.map(({ group, metrics, windowEnd, windowStart }) => ({
        group,
        windowStart: new Date(windowStart).toISOString(),
        windowEnd: new Date(windowEnd).toISOString(),
        ...metrics,
      }));
      return [aggregate.name, printed] as const;
    }),
  );
  await expectFlights(Object.fromEntries(rows), source, "strptime(date, '%Y/%m/%d %H:%M')");
}

describe(`a deployment to ${target.name}`, () => {
  it('bootstraps the account and deploys the stack', async () => {
    await cdk.bootstrap();
    ({ outputs } = await cdk.deploy());
    expect(Object.keys(outputs).sort()).toEqual([
      'AlarmTopicArn',
      'CloseFunctionName',
      'DashboardName',
      'DeadLetterBucketName',
      'DeadLetterQueueUrl',
      'FailureQueueUrl',
      'FunctionName',
      'LogGroupName',
      'StreamName',
      'TableName',
    ]);
  });

  it('made a stream that is encrypted and kept for a day', async () => {
    const { StreamDescriptionSummary: stream } = await kinesis.send(
      new DescribeStreamSummaryCommand({ StreamName: output('StreamName') }),
    );
    expect(stream).toMatchObject({ OpenShardCount: 1, RetentionPeriodHours: 24, StreamStatus: 'ACTIVE' });
    if (has('stream encryption')) expect(stream?.EncryptionType).toBe('KMS');
  });

  it('made a table with its keys, a TTL and point-in-time recovery', async () => {
    const TableName = output('TableName');
    const { Table: described } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    expect(described?.KeySchema).toEqual([
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ]);
    expect(described?.BillingModeSummary?.BillingMode).toBe('PAY_PER_REQUEST');
    if (has('TTL')) {
      const { TimeToLiveDescription: ttl } = await dynamodb.send(
        new DescribeTimeToLiveCommand({ TableName }),
      );
      expect(ttl).toMatchObject({ AttributeName: 'expires', TimeToLiveStatus: 'ENABLED' });
    }
    if (has('deletion protection')) expect(described?.DeletionProtectionEnabled).toBe(true);
    if (has('point-in-time recovery')) {
      const { ContinuousBackupsDescription: backups } = await dynamodb.send(
        new DescribeContinuousBackupsCommand({ TableName }),
      );
      expect(backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe('ENABLED');
    }
  });

  it('made queues that keep messages for 14 days and refuse plain connections, and an encrypted bucket', async () => {
    for (const name of ['DeadLetterQueueUrl', 'FailureQueueUrl']) {
      const { Attributes: attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: output(name), AttributeNames: ['All'] }),
      );
      expect(attributes?.['MessageRetentionPeriod']).toBe(String(14 * 86_400));
      if (has('queue policies')) expect(attributes?.['Policy']).toContain('aws:SecureTransport');
    }
    const { ServerSideEncryptionConfiguration: encryption } = await s3.send(
      new GetBucketEncryptionCommand({ Bucket: output('DeadLetterBucketName') }),
    );
    expect(encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe('AES256');
  });

  it('made the function, and a mapping with the settings of the contract', async () => {
    const fn = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: output('FunctionName') }),
    );
    expect(fn).toMatchObject({
      Handler: 'handler.handler',
      MemorySize: 1769,
      Timeout: 60,
      Runtime: 'nodejs24.x',
    });
    const { EventSourceMappings: all = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
    const mappings = all.filter(({ FunctionArn: arn }) => arn?.includes(output('FunctionName')));
    expect(mappings).toHaveLength(1);
    expect(mappings[0]).toMatchObject({
      BatchSize: EVENT_SOURCE.batchSize,
      StartingPosition: EVENT_SOURCE.startingPosition,
      ...(has('mapping settings') && {
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MaximumRetryAttempts: -1,
      }),
    });
  });

  it.runIf(has('alarms'))('made every alarm that the target can make, telling the topic', async () => {
    const { MetricAlarms: alarms = [] } = await cloudwatch.send(
      new DescribeAlarmsCommand({ MaxRecords: 100 }),
    );
    const wanted = pipelineAlarms(alarmSettings(pipelineOptions.parse({}), flights))
      .map(({ name }) => name)
      .filter((name) => !target.alarmsWithout.includes(name));
    const made = alarms.filter(({ AlarmActions: actions }) => actions?.includes(output('AlarmTopicArn')));
    const runbooks = made.map(
      ({ AlarmDescription: text }) => /runbooks\/(.*)\.md$/.exec(text ?? '')?.[1] ?? '',
    );
    expect(runbooks.sort()).toEqual(wanted.sort());
  });

  it.runIf(has('functions'))('aggregates 10,000 real flights exactly as DuckDB does', async () => {
    await send('flights-10k.json', 10_000);
    const { total } = await readLedger(table());
    expect(total).toEqual({ ...EMPTY_LEDGER, received: 10_000, aggregated: 10_000 });
    await expectAnswers(`read_json('${dataFolder}/flights-10k.json')`);
  });

  it('made the function that closes windows, and a schedule that calls it', async () => {
    const name = output('CloseFunctionName');
    const fn = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    expect(fn).toMatchObject({
      Handler: 'handler.handler',
      MemorySize: CLOSE_FUNCTION.memoryMegabytes,
      Timeout: CLOSE_FUNCTION.timeoutSeconds,
    });
    if (!has('schedules')) return;
    const { Rules: rules = [] } = await eventBridge.send(new ListRulesCommand({}));
    const targets = await Promise.all(
      rules
        .filter(({ ScheduleExpression: schedule }) => schedule === 'rate(1 minute)')
        .map(({ Name }) => eventBridge.send(new ListTargetsByRuleCommand({ Rule: Name }))),
    );
    const arns = targets.flatMap(({ Targets = [] }) => Targets.map(({ Arn = '' }) => Arn));
    expect(arns.filter((arn) => arn.includes(name))).toHaveLength(1);
  });

  it.runIf(has('functions'))('closes the windows that are over, and changes no answer', async () => {
    const source = `read_json('${dataFolder}/flights-10k.json')`;
    const invoked = await lambda.send(
      new InvokeCommand({ FunctionName: output('CloseFunctionName'), Payload: Buffer.from('{}') }),
    );
    const report = JSON.parse(Buffer.from(invoked.Payload ?? []).toString()) as CloseReport;
    const [newest] = await duckdb(
      `SELECT epoch_ms(max(strptime(date, '%Y/%m/%d %H:%M')))::DOUBLE AS ms FROM ${source}`,
    );
    const through = Number(newest?.['ms']) - flights.allowedLatenessMs;
    expect(report).toMatchObject({ finalThrough: through, closedThrough: through, live: false });
    for (const aggregate of flights.aggregates) {
      const deps = { table: table(), compression: nodeCompression };
      const { windows } = await answerAggregate(deps, aggregate);
      expect(windows.filter(({ final }) => final).length).toBeGreaterThan(80);
      expect(windows.map(({ final }) => final)).toEqual(windows.map(({ windowEnd }) => windowEnd <= through));
    }
    await expectAnswers(source);
  });

  it('has nothing to do when it is deployed again', async () => {
    const { said } = await cdk.deploy();
    expect(said).toContain('(no changes)');
  });

  it('deploys a change, and goes on where it was', async () => {
    const again = await cdk.deploy({ stream: { retentionHours: 48 }, function: { logLevel: 'DEBUG' } });
    expect(again.said).not.toContain('(no changes)');
    expect(again.outputs).toEqual(outputs);
    const { StreamDescriptionSummary: stream } = await kinesis.send(
      new DescribeStreamSummaryCommand({ StreamName: output('StreamName') }),
    );
    expect(stream?.RetentionPeriodHours).toBe(48);
    if (!has('functions')) return;
    await send('flights-2k.json', 12_000);
    await expectAnswers(
      `(FROM read_json('${dataFolder}/flights-10k.json') UNION ALL FROM read_json('${dataFolder}/flights-2k.json'))`,
    );
  });

  it('leaves what holds data when it is torn down, and that can be removed too', async () => {
    await cdk.destroy();
    const clients = { dynamodb, kinesis, s3, sqs };
    expect(await retainedLeft(clients, outputs)).toEqual([
      'stream',
      'table',
      'dead-letter queue',
      'failure queue',
      'bucket',
    ]);
    await removeRetained(clients, outputs);
    expect(await retainedLeft(clients, outputs)).toEqual([]);
  });
});
