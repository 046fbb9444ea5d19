import { describe, expect, it } from 'vitest';
import { EVENT_SOURCE } from '#contracts/event-source.ts';
import { propertiesOf, synthTemplate } from './synth.ts';

const template = await synthTemplate();
const resources = template.toJSON().Resources as Record<string, Resource>;

/** Anything that has at least these properties, in `toContainEqual`. */
const like = (properties: object): unknown => expect.objectContaining(properties);

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** What would be lost with the resource. A change of a logical id is a new, empty one. */
const STATEFUL = {
  Stream790BDEE4: 'AWS::Kinesis::Stream',
  TableCD117FA1: 'AWS::DynamoDB::Table',
  DeadLetterQueue9F481546: 'AWS::SQS::Queue',
  FailureQueue4F308C52: 'AWS::SQS::Queue',
  DeadLetterBucket37195E6A: 'AWS::S3::Bucket',
};

/** Properties whose change makes CloudFormation replace the resource, by its documentation; `undefined`: not set. */
const REPLACING: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'AWS::Kinesis::Stream': { Name: undefined },
  'AWS::DynamoDB::Table': {
    TableName: undefined,
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    LocalSecondaryIndexes: undefined,
    ImportSourceSpecification: undefined,
  },
  'AWS::SQS::Queue': { QueueName: undefined, FifoQueue: undefined },
  'AWS::S3::Bucket': { BucketName: undefined, ObjectLockEnabled: undefined },
};

describe('what holds data', () => {
  it.each(Object.entries(STATEFUL))('%s is a %s, retained', (id, type) => {
    expect(resources[id]).toMatchObject({
      Type: type,
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it.each(Object.entries(STATEFUL))('%s has nothing that would replace it', (id, type) => {
    for (const [property, value] of Object.entries(REPLACING[type] ?? expect.fail(type))) {
      expect([property, resources[id]?.Properties[property]]).toEqual([property, value]);
    }
  });

  it('is all there is of its kinds', () => {
    const types = new Set([...Object.values(STATEFUL), 'AWS::KMS::Key']);
    const found = Object.entries(resources).filter(([, { Type }]) => types.has(Type));
    expect(found.map(([id]) => id).sort()).toEqual(Object.keys(STATEFUL).sort());
  });

  it('keeps its logical ids whatever the options', async () => {
    const other = await synthTemplate({
      stream: { mode: 'on-demand', retentionHours: 8760 },
      key: 'create',
      alarms: { without: ['pipeline-unhealthy'] },
      retain: false,
    });
    for (const [id, type] of Object.entries(STATEFUL)) {
      expect(other.toJSON().Resources[id]).toMatchObject({ Type: type, DeletionPolicy: 'Delete' });
    }
    expect(Object.keys(other.findResources('AWS::KMS::Key'))).toEqual(['Key961B73FD']);
  });
});

describe('the stream', () => {
  it('is provisioned, encrypted, and kept for a day unless said', () => {
    expect(propertiesOf(template, 'AWS::Kinesis::Stream')).toContainEqual(
      like({
        ShardCount: 1,
        RetentionPeriodHours: 24,
        StreamModeDetails: { StreamMode: 'PROVISIONED' },
        StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
      }),
    );
  });

  it('is on-demand, or has more shards, or is kept for a year, where that is asked for', async () => {
    expect(
      propertiesOf(await synthTemplate({ stream: { mode: 'on-demand' } }), 'AWS::Kinesis::Stream'),
    ).toContainEqual(
      like({
        StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      }),
    );
    expect(
      propertiesOf(
        await synthTemplate({ stream: { shards: 7, retentionHours: 8760 } }),
        'AWS::Kinesis::Stream',
      ),
    ).toContainEqual(
      like({
        ShardCount: 7,
        RetentionPeriodHours: 8760,
      }),
    );
  });
});

describe('the table', () => {
  it('is on demand, recoverable, protected, with a TTL, and tells which keys are throttled', () => {
    expect(propertiesOf(template, 'AWS::DynamoDB::Table')).toContainEqual(
      like({
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
        ContributorInsightsSpecification: { Enabled: true, Mode: 'THROTTLED_KEYS' },
      }),
    );
  });

  it('has caps where they are asked for', async () => {
    expect(
      propertiesOf(
        await synthTemplate({ table: { readUnitsMax: 10, writeUnitsMax: 20 } }),
        'AWS::DynamoDB::Table',
      ),
    ).toContainEqual(
      like({
        OnDemandThroughput: { MaxReadRequestUnits: 10, MaxWriteRequestUnits: 20 },
      }),
    );
  });
});

describe('queues and bucket', () => {
  it('keep messages for 14 days, encrypted, over TLS only', () => {
    const queues = template.findResources('AWS::SQS::Queue') as Record<string, Resource>;
    for (const { Properties } of Object.values(queues)) {
      expect(Properties).toMatchObject({ MessageRetentionPeriod: 14 * 86_400, SqsManagedSseEnabled: true });
    }
    const policies = Object.values(template.findResources('AWS::SQS::QueuePolicy')) as Resource[];
    expect(policies).toHaveLength(2);
    for (const { Properties } of policies) {
      expect(JSON.stringify(Properties)).toContain(
        '{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny"',
      );
    }
  });

  it('keep objects private, encrypted, and longer than the messages that name them', () => {
    expect(propertiesOf(template, 'AWS::S3::Bucket')).toContainEqual(
      like({
        BucketEncryption: { ServerSideEncryptionConfiguration: expect.anything() },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        LifecycleConfiguration: { Rules: [like({ ExpirationInDays: 30, Status: 'Enabled' })] },
      }),
    );
  });
});

describe('the function and its mapping', () => {
  it('is built for Graviton and the newest Node, with logs as JSON that end some day', () => {
    expect(propertiesOf(template, 'AWS::Lambda::Function')).toContainEqual(
      like({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        Handler: 'handler.handler',
        MemorySize: 1769,
        Timeout: 60,
        LoggingConfig: like({ LogFormat: 'JSON', ApplicationLogLevel: 'INFO' }),
        Environment: {
          Variables: {
            WEIR_TABLE: { Ref: 'TableCD117FA1' },
            WEIR_DEAD_LETTER_QUEUE_URL: { Ref: 'DeadLetterQueue9F481546' },
            WEIR_DEAD_LETTER_BUCKET: { Ref: 'DeadLetterBucket37195E6A' },
            NODE_OPTIONS: '--enable-source-maps',
          },
        },
      }),
    );
    expect(resources['AggregateFunction830C9CCB']?.Properties).not.toHaveProperty(
      'ReservedConcurrentExecutions',
    );
    expect(resources['AggregateFunction830C9CCB']?.Properties).not.toHaveProperty('TracingConfig');
    expect(propertiesOf(template, 'AWS::Logs::LogGroup')).toContainEqual(like({ RetentionInDays: 30 }));
  });

  it('reads the stream as the contract says, never gives up, and tells where it had to', () => {
    expect(propertiesOf(template, 'AWS::Lambda::EventSourceMapping')).toContainEqual(
      like({
        BatchSize: EVENT_SOURCE.batchSize,
        MaximumBatchingWindowInSeconds: EVENT_SOURCE.maxBatchingWindowSeconds,
        ParallelizationFactor: 1,
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MaximumRetryAttempts: -1,
        MaximumRecordAgeInSeconds: -1,
        StartingPosition: 'TRIM_HORIZON',
        MetricsConfig: { Metrics: ['EventCount'] },
        DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['FailureQueue4F308C52', 'Arn'] } } },
      }),
    );
  });

  it('has tracing, reserved concurrency and another log level where they are asked for', async () => {
    const other = await synthTemplate({
      function: { tracing: true, reservedConcurrency: 3, logLevel: 'DEBUG' },
      logRetentionDays: 365,
    });
    expect(propertiesOf(other, 'AWS::Lambda::Function')).toContainEqual(
      like({
        ReservedConcurrentExecutions: 3,
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: like({ ApplicationLogLevel: 'DEBUG' }),
      }),
    );
    expect(propertiesOf(other, 'AWS::Logs::LogGroup')).toContainEqual(like({ RetentionInDays: 365 }));
  });
});

describe('what belongs to everything', () => {
  it('is tagged', async () => {
    const tagged = await synthTemplate({ tags: { team: 'data' } });
    const taggable = [
      'AWS::Kinesis::Stream',
      'AWS::DynamoDB::Table',
      'AWS::SQS::Queue',
      'AWS::S3::Bucket',
      'AWS::SNS::Topic',
    ];
    for (const type of [
      ...taggable,
      'AWS::Lambda::Function',
      'AWS::Logs::LogGroup',
      'AWS::CloudWatch::Alarm',
      'AWS::IAM::Role',
    ]) {
      for (const { Properties } of Object.values(tagged.findResources(type)) as Resource[]) {
        expect(Properties['Tags']).toEqual([
          { Key: 'team', Value: 'data' },
          { Key: 'weir:pipeline', Value: 'flights' },
        ]);
      }
    }
  });

  it('is named by CloudFormation', () => {
    const names = [
      'Name',
      'TableName',
      'QueueName',
      'BucketName',
      'FunctionName',
      'RoleName',
      'TopicName',
      'LogGroupName',
      'AlarmName',
      'DashboardName',
    ];
    for (const { Properties, Type } of Object.values(resources)) {
      // Their FunctionName says which function they are of.
      if (/^AWS::Lambda::(EventSourceMapping|EventInvokeConfig|Permission)$/.test(Type)) continue;
      // CDK names composite alarms, by the stack and the path: unique like those that CloudFormation makes.
      if (Type === 'AWS::CloudWatch::CompositeAlarm') continue;
      for (const name of names) expect([Type, Properties?.[name]]).toEqual([Type, undefined]);
    }
  });

  it('uses one customer-managed key where that is asked for', async () => {
    const own = await synthTemplate({ key: 'create' });
    const key = { 'Fn::GetAtt': ['Key961B73FD', 'Arn'] };
    expect(propertiesOf(own, 'AWS::Kinesis::Stream')).toContainEqual(
      like({
        StreamEncryption: { EncryptionType: 'KMS', KeyId: key },
      }),
    );
    expect(propertiesOf(own, 'AWS::DynamoDB::Table')).toContainEqual(
      like({
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key },
      }),
    );
    for (const properties of propertiesOf(own, 'AWS::SQS::Queue'))
      expect(properties).toMatchObject({ KmsMasterKeyId: key });
    expect(propertiesOf(own, 'AWS::SNS::Topic')).toContainEqual(like({ KmsMasterKeyId: key }));
    expect(propertiesOf(own, 'AWS::Logs::LogGroup')).toContainEqual(like({ KmsKeyId: key }));
    expect(propertiesOf(own, 'AWS::Lambda::Function')).toContainEqual(like({ KmsKeyArn: key }));
    expect(propertiesOf(own, 'AWS::KMS::Key')).toContainEqual(like({ EnableKeyRotation: true }));
    expect(JSON.stringify(own.findResources('AWS::S3::Bucket'))).toContain('"SSEAlgorithm":"aws:kms"');
  });

  it('leaves a stream and a table that are brought as they are', async () => {
    const arns = {
      stream: 'arn:aws:kinesis:eu-west-1:111122223333:stream/theirs',
      table: 'arn:aws:dynamodb:eu-west-1:111122223333:table/theirs',
    };
    const brought = await synthTemplate({ stream: { arn: arns.stream }, table: { arn: arns.table } });
    brought.resourceCountIs('AWS::Kinesis::Stream', 0);
    brought.resourceCountIs('AWS::DynamoDB::Table', 0);
    expect(propertiesOf(brought, 'AWS::Lambda::EventSourceMapping')).toContainEqual(
      like({ EventSourceArn: arns.stream }),
    );
    expect(propertiesOf(brought, 'AWS::Lambda::Function')).toContainEqual(
      like({
        Environment: { Variables: like({ WEIR_TABLE: 'theirs' }) },
      }),
    );
    expect(propertiesOf(brought, 'AWS::CloudWatch::Alarm')).toContainEqual(
      like({
        MetricName: 'GetRecords.IteratorAgeMilliseconds',
        Dimensions: [{ Name: 'StreamName', Value: 'theirs' }],
      }),
    );
  });

  it('tells the addresses, or the topic, that are given', async () => {
    expect(
      propertiesOf(
        await synthTemplate({ alarms: { emails: ['ops@example.com'] } }),
        'AWS::SNS::Subscription',
      ),
    ).toContainEqual(
      like({
        Protocol: 'email',
        Endpoint: 'ops@example.com',
      }),
    );
    const topicArn = 'arn:aws:sns:eu-west-1:111122223333:theirs';
    const other = await synthTemplate({ alarms: { topicArn } });
    other.resourceCountIs('AWS::SNS::Topic', 0);
    for (const properties of propertiesOf(other, 'AWS::CloudWatch::Alarm'))
      expect(properties).toMatchObject({
        AlarmActions: [topicArn],
        OKActions: [topicArn],
      });
  });

  it('takes other thresholds for alarms, by name', async () => {
    expect(
      propertiesOf(
        await synthTemplate({ alarms: { thresholds: { 'dead-letters-depth': 7 } } }),
        'AWS::CloudWatch::Alarm',
      ),
    ).toContainEqual(
      like({
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Threshold: 7,
      }),
    );
  });
});
