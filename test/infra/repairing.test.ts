import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { REPAIR_FUNCTION } from '#contracts/repair-function.ts';
import { repairEnv } from '#functions/repair/env.ts';
import { LOOKED_UP } from './looked-up-pipeline.ts';
import { propertiesOf, synthPipeline, synthTemplate } from './synth.ts';

const LOADED = { ...LOOKED_UP, lookups: [], capacity: { eventsPerSecond: 1000 } };
const template = synthPipeline(LOADED);

interface Resource {
  readonly Properties: Record<string, unknown>;
}

interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

/** The function `repair`, by its description. */
function repairOf(from: Template): [id: string, resource: Resource] {
  const found = Object.entries(from.findResources('AWS::Lambda::Function')).find(([, { Properties }]) =>
    String((Properties as { Description?: string }).Description).startsWith('Adds what the pipeline'),
  );
  if (found === undefined) throw new Error('the stack has no function repair');
  return [found[0], found[1] as unknown as Resource];
}

/** All that the function's role may do. */
function statementsOf(from: Template): Statement[] {
  const [, { Properties }] = repairOf(from);
  const [role] = (Properties['Role'] as { 'Fn::GetAtt': [string, string] })['Fn::GetAtt'];
  const policies = propertiesOf(from, 'AWS::IAM::Policy').filter(({ Roles }) =>
    (Roles as { Ref: string }[]).some(({ Ref }) => Ref === role),
  );
  return policies.flatMap(({ PolicyDocument }) => (PolicyDocument as { Statement: Statement[] }).Statement);
}

/** The one resource of a type that a part of its id tells apart. */
function arnOf(from: Template, type: string, part: string): unknown {
  const [id, ...others] = Object.keys(from.findResources(type)).filter((each) => each.startsWith(part));
  expect([id === undefined, others]).toEqual([false, []]);
  return { 'Fn::GetAtt': [id, 'Arn'] };
}

describe('the function repair', () => {
  const [id, { Properties: properties }] = repairOf(template);

  it('is there only for a pipeline that declares its capacity', async () => {
    expect(() => repairOf(synthPipeline({ ...LOADED, capacity: null }))).toThrow('no function repair');
    expect(JSON.stringify((await synthTemplate()).toJSON())).not.toContain('RepairFunctionName');
    expect(template.toJSON().Outputs.RepairFunctionName.Value).toEqual({ Ref: id });
  });

  it('is built as the contract says', () => {
    expect(properties).toMatchObject({
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      MemorySize: REPAIR_FUNCTION.memoryMegabytes,
      Timeout: REPAIR_FUNCTION.timeoutSeconds,
    });
  });

  it('has the environment that its handler reads', () => {
    const names = (from: Template) => {
      const { Variables } = repairOf(from)[1].Properties['Environment'] as { Variables: object };
      return Object.keys(Variables).filter((name) => name.startsWith('WEIR_'));
    };
    for (const name of names(template)) expect(Object.keys(repairEnv.shape)).toContain(name);
    expect(names(template).sort()).toEqual([
      'WEIR_DEAD_LETTER_BUCKET',
      'WEIR_DEAD_LETTER_QUEUE_URL',
      'WEIR_STREAM',
      'WEIR_TABLE',
    ]);
  });

  it('may do exactly this', () => {
    const bucket = arnOf(template, 'AWS::S3::Bucket', 'DeadLetterBucket');
    expect(statementsOf(template)).toEqual([
      {
        Sid: 'ReadStream',
        Effect: 'Allow',
        Action: ['kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator'],
        Resource: arnOf(template, 'AWS::Kinesis::Stream', 'Stream'),
      },
      {
        Sid: 'ReadHolesAndWriteAmendments',
        Effect: 'Allow',
        Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
        Resource: arnOf(template, 'AWS::DynamoDB::Table', 'Table'),
      },
      {
        Sid: 'KeepRejectedEvents',
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Resource: arnOf(template, 'AWS::SQS::Queue', 'DeadLetterQueue'),
      },
      {
        Sid: 'KeepLargeRejectedEvents',
        Effect: 'Allow',
        Action: 's3:PutObject',
        Resource: { 'Fn::Join': ['', [bucket, '/flights/*']] },
      },
      {
        Sid: 'Log',
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: arnOf(template, 'AWS::Logs::LogGroup', 'RepairingRepair'),
      },
    ]);
  });

  it('may read reference tables only where the pipeline has lookups', () => {
    const sids = statementsOf(synthPipeline({ ...LOADED, lookups: LOOKED_UP.lookups }));
    expect(sids.find(({ Sid }) => Sid === 'ReadReferenceData')?.Action).toBe('dynamodb:BatchGetItem');
  });

  it('is called every minute by its schedule alone, and not again where that fails', () => {
    const target = { 'Fn::GetAtt': [id, 'Arn'] };
    const rules = propertiesOf(template, 'AWS::Events::Rule').filter(({ Targets }) =>
      JSON.stringify(Targets).includes(JSON.stringify(target)),
    );
    expect(rules).toEqual([
      expect.objectContaining({
        ScheduleExpression: 'rate(1 minute)',
        State: 'ENABLED',
        Targets: [
          expect.objectContaining({
            Input: '{}',
            RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
          }),
        ],
      }),
    ]);
    const callers = propertiesOf(template, 'AWS::Lambda::Permission').filter(
      ({ FunctionName }) => JSON.stringify(FunctionName) === JSON.stringify(target),
    );
    expect(callers.map(({ Principal }) => Principal)).toEqual(['events.amazonaws.com']);
  });

  it('has its runs that fail told by an alarm of its own', () => {
    const alarmOf = (from: Template) =>
      propertiesOf(from, 'AWS::CloudWatch::Alarm').filter(({ AlarmDescription }) =>
        String(AlarmDescription).endsWith('/repair-stopped.md'),
      );
    expect(alarmOf(template)).toEqual([
      expect.objectContaining({
        MetricName: 'HoleAge',
        Statistic: 'SampleCount',
        TreatMissingData: 'breaching',
      }),
    ]);
    expect(alarmOf(synthPipeline({ ...LOADED, capacity: null }))).toEqual([]);
  });
});
