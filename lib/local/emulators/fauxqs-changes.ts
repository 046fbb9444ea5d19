import { LRUCache } from 'lru-cache';
import type { JournalEntry } from './fauxqs-journal-entry.ts';

/** A request that fauxqs has done, as far as the journal needs it. */
export interface DoneRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed for SQS, bytes for S3. */
  readonly body: unknown;
  /** The response's body. */
  readonly response: unknown;
}

interface SqsBody {
  readonly QueueName?: string;
  readonly Attributes?: Record<string, string>;
  readonly QueueUrl?: string;
  readonly MessageBody?: string;
  readonly MessageAttributes?: Record<string, unknown>;
  readonly ReceiptHandle?: string;
  readonly Entries?: readonly (SqsBody & { readonly Id: string })[];
}

interface SqsResponse {
  readonly MessageId?: string;
  readonly Successful?: readonly { readonly Id: string; readonly MessageId: string }[];
  readonly Messages?: readonly { readonly MessageId: string; readonly ReceiptHandle: string }[];
}

/** Receipt handles that are remembered. A message whose handle is forgotten comes again after a restart. */
const HANDLES_MAX = 100_000;

/** Tells what a request to fauxqs has changed: the operations that Weir uses. */
export class FauxqsChanges {
  readonly #messageIdOfHandle = new LRUCache<string, string>({ max: HANDLES_MAX });

  of(request: DoneRequest): JournalEntry[] {
    const target = request.headers['x-amz-target'];
    if (typeof target === 'string') {
      const response = JSON.parse(String(request.response)) as SqsResponse;
      return this.#sqs(target.replace('AmazonSQS.', ''), request.body as SqsBody, response);
    }
    return s3Changes(request);
  }

  #sqs(action: string, body: SqsBody, response: SqsResponse): JournalEntry[] {
    const queue = body.QueueUrl?.split('/').at(-1) ?? '';
    switch (action) {
      case 'CreateQueue':
        return [{ type: 'queue', name: body.QueueName ?? '', attributes: body.Attributes ?? {} }];
      case 'SendMessage':
        return [sent(queue, response.MessageId, body)];
      case 'SendMessageBatch': {
        const ids = new Map(response.Successful?.map((done) => [done.Id, done.MessageId]));
        return (body.Entries ?? [])
          .filter(({ Id }) => ids.has(Id))
          .map((entry) => sent(queue, ids.get(entry.Id), entry));
      }
      case 'ReceiveMessage':
        for (const { MessageId, ReceiptHandle } of response.Messages ?? []) {
          this.#messageIdOfHandle.set(ReceiptHandle, MessageId);
        }
        return [];
      case 'DeleteMessage':
        return this.#deleted([body]);
      case 'DeleteMessageBatch': {
        const done = new Set(response.Successful?.map(({ Id }) => Id));
        return this.#deleted((body.Entries ?? []).filter(({ Id }) => done.has(Id)));
      }
      case 'PurgeQueue':
        return [{ type: 'purged', queue }];
      default:
        return [];
    }
  }

  #deleted(messages: readonly SqsBody[]): JournalEntry[] {
    return messages.flatMap(({ ReceiptHandle = '' }) => {
      const messageId = this.#messageIdOfHandle.get(ReceiptHandle);
      return messageId === undefined ? [] : [{ type: 'deleted', messageId }];
    });
  }
}

function sent(queue: string, messageId: string | undefined, message: SqsBody): JournalEntry {
  return {
    type: 'sent',
    queue,
    messageId: messageId ?? '',
    body: message.MessageBody ?? '',
    attributes: message.MessageAttributes ?? {},
  };
}

function s3Changes({ method, path, query, headers, body }: DoneRequest): JournalEntry[] {
  const isBucket = path.replace(/\/$/, '').split('/').length === 2;
  // Uploads in parts are not kept: what Weir stores is far below their size.
  if ('uploadId' in query || 'uploads' in query) return [];
  if (method === 'PUT' && isBucket) return [{ type: 'bucket', path }];
  if (method === 'PUT') {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    return [{ type: 'object', path, headers: objectHeaders(headers), body: bytes.toString('base64') }];
  }
  if (method === 'DELETE' && !isBucket) return [{ type: 'object_deleted', path }];
  return [];
}

function objectHeaders(headers: DoneRequest['headers']): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const matters = name === 'content-type' || name === 'content-encoding' || name.startsWith('x-amz-meta-');
    if (matters && typeof value === 'string') kept[name] = value;
  }
  return kept;
}
