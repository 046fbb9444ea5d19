import { describe, expect, it } from 'vitest';
import { checkNames, discoverPipelines } from '#infra/discover-pipelines.ts';
import { readOptions } from '#infra/options.ts';
import { addPipelineStacks } from '#infra/pipeline-stacks.ts';
import { newApp, PIPELINES_FOLDER, sourceNamed, synthStack } from './synth.ts';

const [source] = await discoverPipelines(PIPELINES_FOLDER);
const named = (name: string, file: string) =>
  sourceNamed(source ?? expect.fail('there is no pipeline'), name, file);

describe('pipelines that can not be deployed', () => {
  it.each([
    [['flights', 'flights'], 'a.ts and b.ts would both be the stack weir-flights'],
    // CloudFormation has no underscores.
    [['my_flights', 'my-flights'], 'a.ts and b.ts would both be the stack weir-my-flights'],
  ])('with the names %s', ([a = '', b = ''], message) => {
    expect(() => checkNames([named(a, 'a.ts'), named(b, 'b.ts')])).toThrow(message);
    expect(() => addPipelineStacks(newApp(), [named(a, 'a.ts'), named(b, 'b.ts')])).toThrow(
      'rename the pipeline',
    );
  });

  it('with a name that is too long for CloudFormation', () => {
    expect(() => checkNames([named('x'.repeat(124), 'a.ts')])).toThrow(
      /a\.ts: .* has 129 characters; at most 128/,
    );
    expect(() => checkNames([named('x'.repeat(123), 'a.ts')])).not.toThrow();
  });
});

describe('the pipeline that the context asks for', () => {
  const sources = [named('flights', 'a.ts'), named('weather', 'b.ts')];

  it('is the only one that is made', () => {
    expect(
      addPipelineStacks(newApp({ pipeline: 'weather' }), sources).map(({ stackName }) => stackName),
    ).toEqual(['weir-weather']);
    expect(addPipelineStacks(newApp(), sources).map(({ stackName }) => stackName)).toEqual([
      'weir-flights',
      'weir-weather',
    ]);
  });

  it('has to be one of those that there are', () => {
    expect(() => addPipelineStacks(newApp({ pipeline: 'fligths' }), sources)).toThrow(
      "there is no pipeline 'fligths'; there are flights, weather",
    );
  });
});

describe('options that can not be', () => {
  const read = (options: object) => () =>
    readOptions({ flights: options }, 'flights', ['flights', 'weather']);

  it.each([
    [{ stream: { shards: 0 } }, 'weir.flights.stream.shards'],
    [{ stream: { retentionHours: 9000 } }, 'weir.flights.stream.retentionHours'],
    [{ stream: { retentionHours: 23 } }, 'weir.flights.stream.retentionHours'],
    [{ stream: { shard: 2 } }, '"shard"'],
    [{ streams: {} }, '"streams"'],
    [{ ingestApi: { clients: { 'a b': {} } } }, 'weir.flights.ingestApi.clients.a b'],
    [{ ingestApi: { requestsPerSecond: 0 } }, 'weir.flights.ingestApi.requestsPerSecond'],
    [{ stream: { arn: 'theirs' } }, 'weir.flights.stream.arn: is no ARN of kinesis'],
    [{ table: { arn: 'arn:aws:s3:::bucket' } }, 'weir.flights.table.arn: is no ARN of dynamodb'],
    [{ function: { logLevel: 'WARN' } }, 'weir.flights.function.logLevel'],
    [{ stream: { shards: 4 }, function: { reservedConcurrency: 3 } }, 'give at least 4'],
    [{ stream: { keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/x' } }, 'weir.flights.stream.keyArn'],
    [{ table: { keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/x' } }, 'weir.flights.table.keyArn'],
    [{ alarms: { emails: ['nobody'] } }, 'weir.flights.alarms.emails.0'],
    [{ env: { account: '1', region: 'eu-west-1' } }, 'weir.flights.env.account'],
    [{ logRetentionDays: 31 }, 'weir.flights.logRetentionDays'],
  ])('%j', (options, message) => {
    expect(read(options)).toThrow(message);
  });

  it('are for a pipeline that there is', () => {
    expect(() => readOptions({ fligths: {} }, 'flights', ['flights', 'weather'])).toThrow(
      "'fligths' is no pipeline; there are flights, weather",
    );
    expect(() => readOptions('{"flights":', 'flights', ['flights'])).toThrow('is no object; give e.g.');
    expect(() => readOptions([], 'flights', ['flights'])).toThrow('is no object');
  });

  it('are for alarms that there are', async () => {
    await expect(synthStack({ alarms: { without: ['function-error'] } })).rejects.toThrow(
      "there is no alarm 'function-error'",
    );
    await expect(synthStack({ alarms: { thresholds: { 'function-error': 1 } } })).rejects.toThrow(
      "no alarm 'function-error'",
    );
    await expect(synthStack({ alarms: { thresholds: { 'incoming-volume': 1 } } })).rejects.toThrow(
      "no alarm 'incoming-volume' with a threshold",
    );
  });
});

describe('options', () => {
  it('are those of all pipelines with those of its own over them, from the command line as well', () => {
    const all = {
      '*': { stream: { shards: 3, retentionHours: 48 }, tags: { team: 'data' } },
      flights: { stream: { shards: 5 } },
    };
    for (const context of [all, JSON.stringify(all)]) {
      expect(readOptions(context, 'flights', ['flights', 'weather'])).toMatchObject({
        stream: { shards: 5, retentionHours: 48, mode: 'provisioned' },
        tags: { team: 'data' },
        retain: true,
      });
      expect(readOptions(context, 'weather', ['flights', 'weather']).stream.shards).toBe(3);
    }
    expect(readOptions(undefined, 'flights', ['flights'])).toMatchObject({
      stream: { shards: 1 },
      key: 'aws',
    });
  });
});
