import { buildApp } from 'fauxqs';
import type { Emulator } from './emulator.ts';
import { FauxqsJournal } from './fauxqs-journal.ts';

/**
 * Those that answer with queues' URLs. fauxqs makes them of host names below `localhost`, which not every machine can
 * resolve; outside of it they have the address that it listens on.
 */
const URL_OPERATIONS = new Set(['AmazonSQS.CreateQueue', 'AmazonSQS.GetQueueUrl', 'AmazonSQS.ListQueues']);

/**
 * SQS and S3 by fauxqs, in this process.
 *
 * @param options.journalFile keeps queues, messages, buckets and objects over restarts, also over a killed process;
 *   fauxqs itself keeps nothing, see `FauxqsJournal`
 */
export async function startFauxqs(options: {
  readonly region: string;
  readonly journalFile?: string | undefined;
}): Promise<Emulator> {
  const app = buildApp({ logger: false, defaultRegion: options.region });
  app.addHook('preHandler', async ({ body }) => {
    const queue = body as { QueueUrl?: string } | null | undefined;
    if (typeof queue?.QueueUrl === 'string') {
      queue.QueueUrl = queue.QueueUrl.replace('//127.0.0.1:', `//sqs.${options.region}.localhost:`);
    }
  });
  app.addHook('onSend', async ({ headers }, _reply, payload) => {
    const target = headers['x-amz-target'];
    if (typeof payload !== 'string' || !URL_OPERATIONS.has(String(target))) return payload;
    return payload.replaceAll(`//sqs.${options.region}.localhost:`, '//127.0.0.1:');
  });
  const { journalFile } = options;
  const journal = journalFile === undefined ? undefined : await FauxqsJournal.open(app, journalFile);
  const endpoint = await app.listen({ host: '127.0.0.1', port: 0 });
  await journal?.replay(new URL(endpoint).host);
  const stop = async () => {
    await app.close();
    await journal?.close();
  };
  let stopped: Promise<void> | undefined;
  return {
    endpoint,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
