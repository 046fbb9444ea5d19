import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { SCALE_FUNCTION } from '#contracts/scale-function.ts';
import { scaleEnv } from '#functions/scale/env.ts';
import { propertiesOf, synthTemplate } from './synth.ts';

const SCALE = { stream: { shards: 2 }, scale: { shardsMin: 2, shardsMax: 8, calmMinutes: 30 } };
const template = await synthTemplate(SCALE);

interface ScaleProperties {
  readonly Environment: { readonly Variables: Record<string, unknown> };
  readonly Role: { readonly 'Fn::GetAtt': readonly [string, string] };
  readonly [property: string]: unknown;
}

function scaleOf(from: Template): [id: string, properties: ScaleProperties] {
  const [found, ...others] = Object.entries(from.findResources('AWS::Lambda::Function')).filter(([id]) =>
    id.startsWith('ScalingScale'),
  );
  expect(others).toEqual([]);
  if (found === undefined) throw new Error('the stack has no function scale');
  return [found[0], found[1]['Properties'] as ScaleProperties];
}

describe('the function scale', () => {
  const [id, properties] = scaleOf(template);

  it('is there only where it is asked for', async () => {
    const without = JSON.stringify((await synthTemplate()).toJSON());
    expect(without).not.toContain('SplitShard');
    expect(without).not.toContain('ScalingScale');
  });

  it('is built as the contract says, with the environment that its handler reads', () => {
    expect(properties).toMatchObject({
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      MemorySize: SCALE_FUNCTION.memoryMegabytes,
      Timeout: SCALE_FUNCTION.timeoutSeconds,
    });
    const { Variables } = properties.Environment;
    const names = Object.keys(Variables).filter((name) => name.startsWith('WEIR_'));
    for (const name of names) expect(Object.keys(scaleEnv.shape)).toContain(name);
    const strings = { ...Variables, WEIR_TABLE: 'table', WEIR_STREAM: 'stream' };
    expect(scaleEnv.parse(strings)).toMatchObject({
      ...{ WEIR_SHARDS_MIN: 2, WEIR_SHARDS_MAX: 8, WEIR_SCALE_CALM_MINUTES: 30 },
      ...{ WEIR_SHARD_BYTES_PER_SECOND: 1_000_000, WEIR_SCALE_EVERY_SECONDS: 60 },
    });
  });

  it('may look at this stream, split and merge it, and remember what it saw: no more', () => {
    const [roleId] = properties.Role['Fn::GetAtt'];
    const statements = propertiesOf(template, 'AWS::IAM::Policy')
      .filter(({ Roles }) => JSON.stringify(Roles).includes(roleId))
      .flatMap(({ PolicyDocument }) => (PolicyDocument as { Statement: object[] }).Statement);
    const stream = { 'Fn::GetAtt': ['Stream790BDEE4', 'Arn'] };
    expect(statements).toEqual([
      {
        Sid: 'LookAtShards',
        Effect: 'Allow',
        Action: [
          'kinesis:DescribeStreamSummary',
          'kinesis:GetRecords',
          'kinesis:GetShardIterator',
          'kinesis:ListShards',
        ],
        Resource: stream,
      },
      {
        Sid: 'SplitAndMerge',
        Effect: 'Allow',
        Action: ['kinesis:MergeShards', 'kinesis:SplitShard'],
        Resource: stream,
      },
      {
        Sid: 'RememberShards',
        Effect: 'Allow',
        Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
        Resource: { 'Fn::GetAtt': ['TableCD117FA1', 'Arn'] },
        Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['scale|flights|*'] } },
      },
      {
        Sid: 'Log',
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: { 'Fn::GetAtt': [expect.stringMatching(/^ScalingScaleLogs/), 'Arn'] },
      },
    ]);
  });

  it('is called every minute by its schedule alone', () => {
    const rules = propertiesOf(template, 'AWS::Events::Rule').filter((rule) =>
      JSON.stringify(rule).includes(id),
    );
    expect(rules).toEqual([
      expect.objectContaining({ ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' }),
    ]);
  });

  it('leaves the stream with the shards that it began with: a deployment changes nothing of them', () => {
    expect(propertiesOf(template, 'AWS::Kinesis::Stream')).toMatchObject([{ ShardCount: 2 }]);
  });

  it('lets as many invocations run at a time as there may be shards, and says what they cost', () => {
    const alarms = propertiesOf(template, 'AWS::CloudWatch::Alarm');
    const concurrency = alarms.find(({ AlarmDescription: text }) =>
      String(text).includes('function-concurrency'),
    );
    expect(concurrency?.['Threshold']).toBe(8);
    expect(JSON.stringify(propertiesOf(template, 'AWS::CloudWatch::Dashboard'))).toContain(
      '2 to 8 shards: $0.030 to $0.120 an hour',
    );
  });

  it('is named in the outputs', () => {
    expect(template.toJSON().Outputs.ScaleFunctionName.Value).toEqual({ Ref: id });
  });
});

describe('options that do not go together', () => {
  it.each([
    ['an on-demand stream', { stream: { mode: 'on-demand' }, scale: { shardsMax: 4 } }, 'scales by itself'],
    [
      'a stream that is brought',
      { stream: { arn: 'arn:aws:kinesis:eu-west-1:111122223333:stream/s' }, scale: { shardsMax: 4 } },
      "its owner's to split and merge",
    ],
    ['a least above the most', { scale: { shardsMin: 5, shardsMax: 4 } }, 'above shardsMax, which is 4'],
    [
      'a beginning outside',
      { stream: { shards: 5 }, scale: { shardsMax: 4 } },
      'stream.shards: is 5, and not between',
    ],
    [
      'less concurrency than shards',
      { scale: { shardsMax: 4 }, function: { reservedConcurrency: 3 } },
      'each of the 4 shards has an invocation of its own',
    ],
  ])('%s', async (_name, options, message) => {
    await expect(synthTemplate(options)).rejects.toThrow(message);
  });
});
