import { METRICS, METRICS_NAMESPACE, type MetricName } from './metrics.ts';

/** A part of a deployed pipeline that has metrics. What it is called is known when it is deployed. */
export type MeteredResource =
  | 'stream'
  | 'mapping'
  | 'function'
  | 'logGroup'
  | 'table'
  | 'deadLetterQueue'
  | 'failureQueue'
  | 'ingestApi'
  | 'ingestStage'
  | 'ingestFunction'
  | 'queryApi'
  | 'queryStage'
  | 'queryFunction'
  | 'pipeline';

/** A metric in CloudWatch: exactly the dimensions that it is published with, or it is another metric, without data. */
export interface MetricSource {
  readonly namespace: string;
  readonly name: string;
  /** As it is published; an alarm's threshold is in it. */
  readonly unit: 'Count' | 'Milliseconds' | 'Seconds' | 'Bytes' | 'Percent';
  /** Each dimension, and the part of the pipeline whose name is its value. */
  readonly dimensions: Readonly<Record<string, MeteredResource>>;
}

const INGEST = { ApiName: 'ingestApi', Stage: 'ingestStage' } as const;
const QUERY = { ApiName: 'queryApi', Stage: 'queryStage' } as const;

/** Metrics that AWS publishes of a pipeline's parts, as far as alarms or the dashboard show them. */
export const SERVICE_METRICS = {
  streamIncomingRecords: ofStream('IncomingRecords'),
  streamIncomingBytes: ofStream('IncomingBytes', 'Bytes'),
  streamIteratorAge: ofStream('GetRecords.IteratorAgeMilliseconds', 'Milliseconds'),
  streamReadsThrottled: ofStream('ReadProvisionedThroughputExceeded'),
  streamWritesThrottled: ofStream('WriteProvisionedThroughputExceeded'),

  functionInvocations: ofFunction('Invocations'),
  functionErrors: ofFunction('Errors'),
  functionThrottles: ofFunction('Throttles'),
  functionDuration: ofFunction('Duration', 'Milliseconds'),
  functionConcurrency: ofFunction('ConcurrentExecutions'),
  functionIteratorAge: ofFunction('IteratorAge', 'Milliseconds'),
  destinationFailures: ofFunction('DestinationDeliveryFailures'),
  logBytes: {
    namespace: 'AWS/Logs',
    name: 'IncomingBytes',
    unit: 'Bytes',
    dimensions: { LogGroupName: 'logGroup' },
  },

  recordsPolled: ofMapping('PolledEventCount'),
  recordsDropped: ofMapping('DroppedEventCount'),
  recordsGivenUp: ofMapping('OnFailureDestinationDeliveredEventCount'),

  tableReadUnits: ofTable('ConsumedReadCapacityUnits'),
  tableWriteUnits: ofTable('ConsumedWriteCapacityUnits'),
  tableReadsThrottledByPartition: ofTable('ReadKeyRangeThroughputThrottleEvents'),
  tableWritesThrottledByPartition: ofTable('WriteKeyRangeThroughputThrottleEvents'),
  tableReadsThrottledByMaximum: ofTable('ReadMaxOnDemandThroughputThrottleEvents'),
  tableWritesThrottledByMaximum: ofTable('WriteMaxOnDemandThroughputThrottleEvents'),
  tableReadsThrottledByAccount: ofTable('ReadAccountLimitThrottleEvents'),
  tableWritesThrottledByAccount: ofTable('WriteAccountLimitThrottleEvents'),

  deadLetters: ofQueue('ApproximateNumberOfMessagesVisible', 'deadLetterQueue'),
  deadLetterAge: ofQueue('ApproximateAgeOfOldestMessage', 'deadLetterQueue', 'Seconds'),
  failedBatches: ofQueue('ApproximateNumberOfMessagesVisible', 'failureQueue'),

  ingestRequests: ofApi('Count', INGEST),
  ingestClientErrors: ofApi('4XXError', INGEST),
  ingestServerErrors: ofApi('5XXError', INGEST),
  ingestLatency: ofApi('Latency', INGEST, 'Milliseconds'),
  ingestThrottles: ofFunction('Throttles', 'Count', 'ingestFunction'),

  queryRequests: ofApi('Count', QUERY),
  queryClientErrors: ofApi('4XXError', QUERY),
  queryServerErrors: ofApi('5XXError', QUERY),
  queryLatency: ofApi('Latency', QUERY, 'Milliseconds'),
  queryThrottles: ofFunction('Throttles', 'Count', 'queryFunction'),
} as const satisfies Record<string, MetricSource>;

/** A metric that the pipeline's functions publish; `service` is the pipeline's name. */
export function ownMetric(name: MetricName): MetricSource {
  return {
    namespace: METRICS_NAMESPACE,
    name,
    unit: METRICS[name].unit,
    dimensions: { service: 'pipeline' },
  };
}

function ofStream(name: string, unit: MetricSource['unit'] = 'Count'): MetricSource {
  return { namespace: 'AWS/Kinesis', name, unit, dimensions: { StreamName: 'stream' } };
}

function ofFunction(
  name: string,
  unit: MetricSource['unit'] = 'Count',
  which: MeteredResource = 'function',
): MetricSource {
  return { namespace: 'AWS/Lambda', name, unit, dimensions: { FunctionName: which } };
}

/** Published since the mapping asks for them (`MetricsConfig`); by the mapping, not by its function. */
function ofMapping(name: string, unit: MetricSource['unit'] = 'Count'): MetricSource {
  return { namespace: 'AWS/Lambda', name, unit, dimensions: { EventSourceMappingUUID: 'mapping' } };
}

function ofApi(
  name: string,
  dimensions: MetricSource['dimensions'],
  unit: MetricSource['unit'] = 'Count',
): MetricSource {
  return { namespace: 'AWS/ApiGateway', name, unit, dimensions };
}

function ofTable(name: string, unit: MetricSource['unit'] = 'Count'): MetricSource {
  return { namespace: 'AWS/DynamoDB', name, unit, dimensions: { TableName: 'table' } };
}

function ofQueue(name: string, queue: MeteredResource, unit: MetricSource['unit'] = 'Count'): MetricSource {
  return { namespace: 'AWS/SQS', name, unit, dimensions: { QueueName: queue } };
}
