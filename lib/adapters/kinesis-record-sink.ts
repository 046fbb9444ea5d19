import { type KinesisClient, PutRecordsCommand, type PutRecordsResultEntry } from '@aws-sdk/client-kinesis';
import type { PutResult, RecordSink, SinkRecord } from '#app/ports/record-sink.ts';
import { CallRefused } from './resilience/service-guards.ts';

type Failure = Extract<PutResult, { ok: false }>;

/** What a refusal that waiting won't change asks of whoever runs the producer. */
const REMEDIES: Readonly<Record<string, string>> = {
  ResourceNotFoundException:
    "check the stream's name, the region and the account, and that the stream is there",
  AccessDeniedException: 'allow kinesis:PutRecords on the stream to these credentials',
  UnrecognizedClientException: 'these credentials are not known: check them, and the region',
  InvalidSignatureException: 'check the secret key and the clock',
  ExpiredTokenException: 'the credentials have expired: get new ones',
  CredentialsProviderError: 'no credentials were found: set them in the environment, a profile or a role',
  KMSAccessDeniedException: "allow kms:GenerateDataKey on the stream's key to these credentials",
};

/** Errors that pass by themselves, besides answers with status 429 or 5xx. */
const PASSING = new Set([
  // Load, answered with 400.
  'ProvisionedThroughputExceededException',
  'LimitExceededException',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'KMSThrottlingException',
  // No answer: the connection, not the request, is at fault.
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'TimeoutError',
]);

/**
 * Puts records on the stream of that name, or ARN, with PutRecords. `closes`: the client is its own, and goes with it.
 */
export class KinesisRecordSink implements RecordSink {
  readonly #client: KinesisClient;
  readonly #stream: string;
  readonly #closes: boolean;

  constructor(client: KinesisClient, stream: string, closes: boolean) {
    this.#client = client;
    this.#stream = stream;
    this.#closes = closes;
  }

  async put(records: readonly SinkRecord[]): Promise<readonly PutResult[]> {
    const command = new PutRecordsCommand({
      // A name alone is looked for in the caller's own account.
      ...(this.#stream.startsWith('arn:') ? { StreamARN: this.#stream } : { StreamName: this.#stream }),
      Records: records.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data })),
    });
    try {
      const { Records = [] } = await this.#client.send(command);
      return Records.map((entry) => this.#fromEntry(entry));
    } catch (error) {
      const failure = this.#toFailure(error);
      return records.map(() => failure);
    }
  }

  close(): void {
    if (this.#closes) this.#client.destroy();
  }

  /** A record's own error, within an answer that is a success: always about load or a service in trouble. */
  #fromEntry({ ErrorCode, ErrorMessage }: PutRecordsResultEntry): PutResult {
    if (ErrorCode === undefined) return { ok: true };
    return { ok: false, code: ErrorCode, message: ErrorMessage ?? `${ErrorCode}.`, retryable: true };
  }

  #toFailure(error: unknown): Failure {
    if (error instanceof CallRefused) {
      const { message, retryAfterMs } = error;
      return { ok: false, code: 'CircuitOpen', message, retryable: false, retryAfterMs };
    }
    const { name, code, message, $metadata, $retryable } = error as {
      name?: string;
      code?: string;
      message?: string;
      $metadata?: { httpStatusCode?: number };
      $retryable?: unknown;
    };
    const status = $metadata?.httpStatusCode ?? 0;
    const called = code !== undefined && PASSING.has(code) ? code : (name ?? 'Error');
    const remedy = REMEDIES[called];
    return {
      ok: false,
      code: called,
      message: `stream ${this.#stream}: ${remedy ?? message ?? 'no message'}.`,
      retryable: $retryable !== undefined || status === 429 || status >= 500 || PASSING.has(called),
    };
  }
}
