import { DeleteStreamCommand, DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { StreamIdentities, streamId, streamNameOfArn } from '#adapters/stream-identity.ts';
import { createStream } from '#local/create-resources.ts';
import { startServices, type TestServices } from '../support/emulators.ts';

const arn = (name: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`;

describe('the name in an ARN', () => {
  test('of a stream, and of one of its consumers', () => {
    expect(streamNameOfArn(arn('flights'))).toBe('flights');
    expect(streamNameOfArn(`${arn('a.b_c-d')}/consumer/weir:1545084650`)).toBe('a.b_c-d');
  });

  test.each([['flights'], ['arn:aws:sqs:us-east-1:000000000000:flights'], [arn('')]])(
    'is not in %s',
    (text) => {
      expect(() => streamNameOfArn(text)).toThrow(/no ARN of a Kinesis stream/);
    },
  );
});

describe('the identity of a stream', () => {
  let services: TestServices;
  beforeAll(async () => {
    services = await startServices();
  });
  afterAll(() => services.stop());

  test('is its name and when it was made, asked for once', async () => {
    await createStream(services.clients.kinesis, 'flights', 1);
    const { StreamDescriptionSummary: stream } = await services.clients.kinesis.send(
      new DescribeStreamSummaryCommand({ StreamName: 'flights' }),
    );
    const created = stream?.StreamCreationTimestamp ?? new Date(0);
    const identities = new StreamIdentities();
    const id = await identities.of(arn('flights'));
    expect(id).toBe(`flights@${Math.trunc(created.getTime() / 1000)}`);
    expect(id).toBe(streamId('flights', created));
    // It is remembered: the stream is gone, and still known.
    await services.clients.kinesis.send(new DeleteStreamCommand({ StreamName: 'flights' }));
    expect(await identities.of(arn('flights'))).toBe(id);
  });

  test('of a stream that there is not is an error of the stream, and not remembered', async () => {
    const identities = new StreamIdentities();
    await expect(identities.of(arn('nothing'))).rejects.toMatchObject({
      name: 'DependencyError',
      dependency: 'stream',
      failure: 'refused',
      message: expect.stringMatching(/^stream refused: DescribeStreamSummary: ResourceNotFoundException/),
    });
    await createStream(services.clients.kinesis, 'nothing', 1);
    expect(await identities.of(arn('nothing'))).toMatch(/^nothing@\d{10}$/);
  });

  test('of a service that does not answer is an error of the stream', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_KINESIS', 'http://127.0.0.1:9');
    await expect(new StreamIdentities().of(arn('flights'))).rejects.toMatchObject({
      name: 'DependencyError',
      dependency: 'stream',
      failure: 'unavailable',
    });
  });
});
