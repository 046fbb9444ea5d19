import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { synthTemplate } from './synth.ts';

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** All that roles of a template are granted, whichever way. */
function grants(template: Template): Statement[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy')) as {
    Properties: { PolicyDocument: { Statement: Statement[] } };
  }[];
  return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

const READ_STREAM = [
  'kinesis:DescribeStream',
  'kinesis:DescribeStreamSummary',
  'kinesis:GetRecords',
  'kinesis:GetShardIterator',
  'kinesis:ListShards',
];

/** Everything, action by action and resource by resource: a new permission is a line here, for a reviewer to see. */
const GRANTED = [
  { Sid: 'ReadStream', Effect: 'Allow', Action: READ_STREAM, Resource: arn('Stream790BDEE4') },
  {
    Sid: 'ReadAndCommit',
    Effect: 'Allow',
    Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    Resource: arn('TableCD117FA1'),
  },
  {
    Sid: 'KeepRejectedEvents',
    Effect: 'Allow',
    Action: 'sqs:SendMessage',
    Resource: [arn('DeadLetterQueue9F481546'), arn('FailureQueue4F308C52')],
  },
  {
    Sid: 'KeepLargeRejectedEvents',
    Effect: 'Allow',
    Action: 's3:PutObject',
    Resource: { 'Fn::Join': ['', [arn('DeadLetterBucket37195E6A'), '/flights/*']] },
  },
  {
    Sid: 'Log',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: arn('AggregateLogs39AB4684'),
  },
];

/** Of the function `close`. */
const GRANTED_TO_CLOSE = [
  {
    Sid: 'LookAtStream',
    Effect: 'Allow',
    Action: READ_STREAM.slice(1),
    Resource: arn('Stream790BDEE4'),
  },
  {
    Sid: 'CloseWindows',
    Effect: 'Allow',
    Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
    Resource: arn('TableCD117FA1'),
  },
  {
    Sid: 'PutCanaries',
    Effect: 'Allow',
    Action: 'kinesis:PutRecords',
    Resource: arn('Stream790BDEE4'),
  },
];
const CLOSE_LOG = {
  Sid: 'Log',
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: arn('ClosingCloseLogs794F0AED'),
};

const KEY_ACTIONS = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'];

describe('permissions', () => {
  it('are exactly these', async () => {
    expect(grants(await synthTemplate())).toEqual([...GRANTED, ...GRANTED_TO_CLOSE, CLOSE_LOG]);
  });

  it('come from no managed policy, and from no other role', async () => {
    const template = await synthTemplate();
    const roles = Object.values(template.findResources('AWS::IAM::Role')) as {
      Properties: Record<string, unknown>;
    }[];
    expect(roles).toHaveLength(2);
    for (const { Properties } of roles) {
      expect(Properties['ManagedPolicyArns']).toBeUndefined();
      expect(Properties['Policies']).toBeUndefined();
      expect(Properties['AssumeRolePolicyDocument']).toMatchObject({
        Statement: [
          { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
        ],
      });
    }
  });

  it('to call a function from outside has its schedule alone', async () => {
    const template = await synthTemplate();
    const rule = Object.keys(template.findResources('AWS::Events::Rule'))[0] ?? '';
    expect(Object.keys(template.findResources('AWS::Lambda::Permission'))).toHaveLength(1);
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: arn(rule),
    });
  });

  it('are to use the key, where there is one of the customer', async () => {
    const useKeys = {
      Sid: 'UseKeys',
      Effect: 'Allow',
      Action: KEY_ACTIONS,
      Resource: arn('Key961B73FD'),
    };
    expect(grants(await synthTemplate({ key: 'create' }))).toEqual([
      ...GRANTED,
      useKeys,
      ...GRANTED_TO_CLOSE,
      useKeys,
      CLOSE_LOG,
    ]);
  });

  it("name the user's own stream, table and keys where they are brought", async () => {
    const own = (service: string, name: string) => `arn:aws:${service}:eu-west-1:111122223333:${name}`;
    const stream = {
      arn: own('kinesis', 'stream/s'),
      keyArn: own('kms', 'key/00000000-0000-0000-0000-000000000001'),
    };
    const table = {
      arn: own('dynamodb', 'table/t'),
      keyArn: own('kms', 'key/00000000-0000-0000-0000-000000000002'),
    };
    const granted = grants(await synthTemplate({ stream, table }));
    const resourcesOf = (sid: string) =>
      granted.filter(({ Sid }) => Sid === sid).map(({ Resource }) => Resource);
    expect(resourcesOf('ReadStream')).toEqual([stream.arn]);
    expect(resourcesOf('LookAtStream')).toEqual([stream.arn]);
    expect(resourcesOf('ReadAndCommit')).toEqual([table.arn]);
    expect(resourcesOf('CloseWindows')).toEqual([table.arn]);
    expect(granted.filter(({ Sid }) => Sid === 'UseKeys')).toEqual(
      Array.from({ length: 2 }, () => ({
        Sid: 'UseKeys',
        Effect: 'Allow',
        Action: KEY_ACTIONS,
        Resource: [stream.keyArn, table.keyArn],
      })),
    );
  });
});
