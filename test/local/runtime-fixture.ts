import { fileURLToPath } from 'node:url';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { PutRecordsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { type EmulatorClients, emulatorClients } from '#local/emulator-clients.ts';
import type { FailedBatchMessage } from '#local/event-source-mapping/failed-batch-message.ts';
import type { Runtime } from '#local/runtime.ts';
import { type RuntimeOptions, startRuntime } from '#local/start-runtime.ts';
import type { SummedRecord } from './fixtures/summing-function.ts';

const HANDLER_FILE = fileURLToPath(new URL('./fixtures/summing-function.ts', import.meta.url));
const PIPELINE_FILE = fileURLToPath(new URL('../../pipelines/flights.ts', import.meta.url));

/** A runtime whose function sums numbers, and a client of it. */
export class SummingRuntime {
  readonly runtime: Runtime;
  readonly clients: EmulatorClients;

  private constructor(runtime: Runtime) {
    this.runtime = runtime;
    const at = (service: string) => runtime.environment[`AWS_ENDPOINT_URL_${service}`] ?? '';
    this.clients = emulatorClients({
      ...{ kinesis: at('KINESIS'), dynamodb: at('DYNAMODB'), sqs: at('SQS'), s3: at('S3') },
    });
  }

  static async start(options: Partial<RuntimeOptions> = {}): Promise<SummingRuntime> {
    const runtime = await startRuntime({
      pipelineFile: PIPELINE_FILE,
      pipelineName: 'sums',
      handlerFile: HANDLER_FILE,
      ...options,
      eventSource: { maxBatchingWindowSeconds: 0, ...options.eventSource },
    });
    return new SummingRuntime(runtime);
  }

  /** Spreads the records over the stream's shards. */
  async put(records: readonly SummedRecord[]): Promise<void> {
    const Records = records.map((record) => ({
      PartitionKey: String(record.value),
      Data: Buffer.from(JSON.stringify(record)),
    }));
    for (let start = 0; start < Records.length; start += 500) {
      const page = Records.slice(start, start + 500);
      const StreamName = this.runtime.environment['WEIR_STREAM'];
      await this.clients.kinesis.send(new PutRecordsCommand({ StreamName, Records: page }));
    }
  }

  async split(shardId: string): Promise<void> {
    await this.clients.kinesis.send(
      new SplitShardCommand({
        StreamName: this.runtime.environment['WEIR_STREAM'],
        ShardToSplit: shardId,
        NewStartingHashKey: (2n ** 127n).toString(),
      }),
    );
  }

  /** All shards' sums together. */
  async sum(): Promise<{ records: number; sum: number; shards: number }> {
    const { Items = [] } = await this.clients.dynamodb.send(
      new QueryCommand({
        TableName: this.runtime.environment['WEIR_TABLE'],
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :sum',
        ExpressionAttributeValues: { ':sum': { S: 'sum' } },
      }),
    );
    const total = (name: string) => Items.reduce((all, item) => all + Number(item[name]?.N ?? 0), 0);
    return { records: total('records'), sum: total('sum'), shards: Items.length };
  }

  /** What the on-failure destination was told. */
  async failures(): Promise<FailedBatchMessage[]> {
    const { Messages = [] } = await this.clients.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.runtime.environment['WEIR_FAILURE_QUEUE_URL'],
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
      }),
    );
    return Messages.map(({ Body = '' }) => JSON.parse(Body) as FailedBatchMessage);
  }

  async stop(): Promise<void> {
    this.clients.destroy();
    await this.runtime.stop();
  }
}

/** Records with the values `from` to `to - 1`. */
export function numbers(from: number, to: number): SummedRecord[] {
  return Array.from({ length: to - from }, (_, index) => ({ value: from + index }));
}

/** What they sum to, by Gauss. */
export function sumOf(from: number, to: number): number {
  return ((from + to - 1) * (to - from)) / 2;
}
