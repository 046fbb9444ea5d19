/** A metric as a service's documentation tells it. Another set of dimensions is another metric, without data. */
export interface PublishedMetric {
  readonly unit: string;
  readonly dimensions: readonly (readonly string[])[];
  readonly statistics: readonly string[];
}

const COUNTED = ['Sum', 'SampleCount', 'Average', 'Maximum', 'Minimum'];
const GAUGED = ['Maximum', 'Minimum', 'Average', 'SampleCount'];

/**
 * What AWS publishes, from its documentation; not from our own code. Sources, read 2026-11:
 * Kinesis Data Streams Developer Guide, "Monitor with CloudWatch"; Lambda Developer Guide, "Types of metrics";
 * DynamoDB Developer Guide, "Metrics and dimensions"; SQS Developer Guide, "Available CloudWatch metrics"; CloudWatch
 * Logs User Guide, "Monitoring with CloudWatch metrics"; API Gateway Developer Guide, "Amazon API Gateway dimensions and
 * metrics" of REST APIs.
 */
export const PUBLISHED_METRICS: Readonly<Record<string, Readonly<Record<string, PublishedMetric>>>> = {
  'AWS/Kinesis': {
    'GetRecords.IteratorAgeMilliseconds': {
      unit: 'Milliseconds',
      dimensions: [['StreamName']],
      statistics: GAUGED,
    },
    IncomingBytes: { unit: 'Bytes', dimensions: [['StreamName']], statistics: COUNTED },
    IncomingRecords: { unit: 'Count', dimensions: [['StreamName']], statistics: COUNTED },
    ReadProvisionedThroughputExceeded: { unit: 'Count', dimensions: [['StreamName']], statistics: COUNTED },
    WriteProvisionedThroughputExceeded: { unit: 'Count', dimensions: [['StreamName']], statistics: COUNTED },
  },
  'AWS/Lambda': {
    ConcurrentExecutions: { unit: 'Count', dimensions: [['FunctionName'], []], statistics: COUNTED },
    DestinationDeliveryFailures: { unit: 'Count', dimensions: [['FunctionName']], statistics: COUNTED },
    Duration: { unit: 'Milliseconds', dimensions: [['FunctionName']], statistics: COUNTED },
    Errors: { unit: 'Count', dimensions: [['FunctionName']], statistics: COUNTED },
    Invocations: { unit: 'Count', dimensions: [['FunctionName']], statistics: COUNTED },
    IteratorAge: { unit: 'Milliseconds', dimensions: [['FunctionName']], statistics: GAUGED },
    Throttles: { unit: 'Count', dimensions: [['FunctionName']], statistics: COUNTED },
    // Opt-in (MetricsConfig of the mapping); of the mapping, and of no function.
    DroppedEventCount: { unit: 'Count', dimensions: [['EventSourceMappingUUID']], statistics: COUNTED },
    OnFailureDestinationDeliveredEventCount: {
      unit: 'Count',
      dimensions: [['EventSourceMappingUUID']],
      statistics: COUNTED,
    },
    PolledEventCount: { unit: 'Count', dimensions: [['EventSourceMappingUUID']], statistics: COUNTED },
  },
  'AWS/ApiGateway': {
    '4XXError': { unit: 'Count', dimensions: [['ApiName'], ['ApiName', 'Stage']], statistics: COUNTED },
    '5XXError': { unit: 'Count', dimensions: [['ApiName'], ['ApiName', 'Stage']], statistics: COUNTED },
    Count: {
      unit: 'Count',
      dimensions: [['ApiName'], ['ApiName', 'Stage']],
      statistics: ['SampleCount', 'Sum'],
    },
    Latency: {
      unit: 'Milliseconds',
      dimensions: [['ApiName'], ['ApiName', 'Stage']],
      statistics: [...COUNTED, 'p99'],
    },
  },
  'AWS/DynamoDB': {
    ConsumedReadCapacityUnits: { unit: 'Count', dimensions: [['TableName']], statistics: COUNTED },
    ConsumedWriteCapacityUnits: { unit: 'Count', dimensions: [['TableName']], statistics: COUNTED },
    ReadAccountLimitThrottleEvents: {
      unit: 'Count',
      dimensions: [['TableName']],
      statistics: ['Sum', 'SampleCount'],
    },
    ReadKeyRangeThroughputThrottleEvents: {
      unit: 'Count',
      dimensions: [['TableName']],
      statistics: ['Sum', 'SampleCount'],
    },
    ReadMaxOnDemandThroughputThrottleEvents: {
      unit: 'Count',
      dimensions: [['TableName']],
      statistics: ['Sum', 'SampleCount'],
    },
    WriteAccountLimitThrottleEvents: {
      unit: 'Count',
      dimensions: [['TableName']],
      statistics: ['Sum', 'SampleCount'],
    },
    WriteKeyRangeThroughputThrottleEvents: {
      unit: 'Count',
      dimensions: [['TableName']],
      statistics: ['Sum', 'SampleCount'],
    },
    WriteMaxOnDemandThroughputThrottleEvents: {
      unit: 'Count',
      dimensions: [['TableName']],
      statistics: ['Sum', 'SampleCount'],
    },
  },
  'AWS/SQS': {
    ApproximateAgeOfOldestMessage: { unit: 'Seconds', dimensions: [['QueueName']], statistics: GAUGED },
    ApproximateNumberOfMessagesVisible: { unit: 'Count', dimensions: [['QueueName']], statistics: COUNTED },
  },
  'AWS/Logs': {
    IncomingBytes: { unit: 'Bytes', dimensions: [['LogGroupName'], []], statistics: COUNTED },
  },
};
