import type { StreamId } from '#core/brand.ts';
import { toDependencyError } from './dependency-error.ts';
import { type MakeClient, makePlainClient } from './make-client.ts';

/** An identity of a stream that another stream of the same name, made later, does not have. */
export function streamId(name: string, created: Date): StreamId {
  return `${name}@${Math.trunc(created.getTime() / 1000)}` as StreamId;
}

/** The name in an ARN of a stream, or of a consumer of it: `arn:aws:kinesis:region:account:stream/name[/consumer/…]`. */
export function streamNameOfArn(arn: string): string {
  const name = /:stream\/([^/]+)/.exec(arn)?.[1];
  if (name === undefined) throw new TypeError(`no ARN of a Kinesis stream: ${arn}`);
  return name;
}

/** How a call names a stream; an ARN's name too, for local endpoints that know no ARNs. */
export function streamInput(nameOrArn: string): { StreamName: string; StreamARN?: string } {
  if (!nameOrArn.startsWith('arn:')) return { StreamName: nameOrArn };
  const name = streamNameOfArn(nameOrArn);
  return { StreamName: name, StreamARN: nameOrArn.replace(/\/consumer\/.*$/, '') };
}

/**
 * Finds streams' identities; one call a stream and environment. The client is loaded for that call alone. A stream
 * that is made again while an environment lives is taken for the old one until the environment ends: its sequence
 * numbers go on from the old one's, so nothing is skipped.
 */
export class StreamIdentities {
  readonly #known = new Map<string, StreamId>();
  readonly #makeClient: MakeClient;

  constructor(makeClient: MakeClient = makePlainClient) {
    this.#makeClient = makeClient;
  }

  /** The name or ARN of a stream that was asked for by it. */
  nameOf(id: StreamId): string | undefined {
    for (const [nameOrArn, known] of this.#known) if (known === id) return nameOrArn;
    return undefined;
  }

  /** `nameOrArn`: a name alone is looked for in the caller's own account. */
  async of(nameOrArn: string): Promise<StreamId> {
    const known = this.#known.get(nameOrArn);
    if (known !== undefined) return known;
    const { DescribeStreamSummaryCommand, KinesisClient } = await import('@aws-sdk/client-kinesis');
    const client = this.#makeClient(
      (config) => new KinesisClient(config),
      () => 'stream_reads',
    );
    try {
      const { StreamDescriptionSummary: stream } = await client.send(
        new DescribeStreamSummaryCommand(streamInput(nameOrArn)),
      );
      const created = stream?.StreamCreationTimestamp;
      if (created === undefined) throw new Error('the stream has no creation time');
      const id = streamId(nameOrArn.startsWith('arn:') ? streamNameOfArn(nameOrArn) : nameOrArn, created);
      this.#known.set(nameOrArn, id);
      return id;
    } catch (error) {
      throw toDependencyError('stream', 'DescribeStreamSummary', error);
    } finally {
      client.destroy();
    }
  }
}
