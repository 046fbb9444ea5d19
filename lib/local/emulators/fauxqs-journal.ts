import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { buildApp } from 'fauxqs';
import { FauxqsChanges } from './fauxqs-changes.ts';
import { type JournalEntry, liveEntries, parseJournal } from './fauxqs-journal-entry.ts';

type FauxqsApp = ReturnType<typeof buildApp>;

/**
 * Keeps what fauxqs holds: each request that changed something is a line in a file before it is answered, and a new
 * process does them again. Messages come back with new ids and visible, as SQS may deliver any message again.
 */
export class FauxqsJournal {
  readonly #app: FauxqsApp;
  readonly #path: string;
  readonly #kept: readonly JournalEntry[];
  readonly #file: FileHandle;
  /** Lines are written one after the other. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(app: FauxqsApp, path: string, kept: readonly JournalEntry[], file: FileHandle) {
    this.#app = app;
    this.#path = path;
    this.#kept = kept;
    this.#file = file;
  }

  /** Reads the journal, and begins a new one beside it. To be called before the app is ready. */
  static async open(app: FauxqsApp, path: string): Promise<FauxqsJournal> {
    await mkdir(dirname(path), { recursive: true });
    const kept = liveEntries(parseJournal(await readOrEmpty(path), path));
    const journal = new FauxqsJournal(app, path, kept, await open(`${path}.new`, 'w'));
    const changes = new FauxqsChanges();
    app.addHook('onSend', async (request, reply, payload) => {
      if (reply.statusCode >= 300) return;
      const path = request.url.split('?')[0] ?? '';
      const query = request.query as Record<string, unknown>;
      const { body, headers, method } = request;
      await journal.#append(changes.of({ method, path, query, headers, body, response: payload }));
    });
    return journal;
  }

  /** Does the kept requests again, then puts the new journal in the place of the old. */
  async replay(host: string): Promise<void> {
    const queueUrls = new Map<string, string>();
    const sqs = async (action: string, body: object) => {
      const headers = {
        host,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AmazonSQS.${action}`,
      };
      const response = await this.#app.inject({
        method: 'POST',
        url: '/',
        headers,
        payload: JSON.stringify(body),
      });
      return check(response).json<{ QueueUrl: string }>();
    };
    for (const entry of this.#kept) {
      switch (entry.type) {
        case 'queue': {
          const { QueueUrl } = await sqs('CreateQueue', {
            QueueName: entry.name,
            Attributes: entry.attributes,
          });
          queueUrls.set(entry.name, QueueUrl);
          break;
        }
        case 'sent':
          await sqs('SendMessage', {
            QueueUrl: queueUrls.get(entry.queue),
            MessageBody: entry.body,
            MessageAttributes: entry.attributes,
          });
          break;
        case 'bucket':
          check(await this.#app.inject({ method: 'PUT', url: entry.path, headers: { host } }));
          break;
        case 'object': {
          const payload = Buffer.from(entry.body, 'base64');
          const headers = { 'content-type': 'application/octet-stream', ...entry.headers, host };
          check(await this.#app.inject({ method: 'PUT', url: entry.path, headers, payload }));
          break;
        }
        default: // What is gone is not among the live entries.
      }
    }
    await rename(`${this.#path}.new`, this.#path);
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  #append(entries: readonly JournalEntry[]): Promise<void> {
    if (entries.length === 0) return Promise.resolve();
    const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    const written = this.#writing.then(() => this.#file.appendFile(lines));
    // Whoever made the request is told of a failure; the next one tries by itself.
    this.#writing = written.catch(() => {});
    return written;
  }
}

function check<Response extends { statusCode: number; body: string }>(response: Response): Response {
  if (response.statusCode < 300) return response;
  throw new Error(
    `fauxqs refused a kept request with status ${response.statusCode}: ${response.body.slice(0, 200)}`,
  );
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
