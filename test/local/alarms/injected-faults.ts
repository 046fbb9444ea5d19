/** What is done to the embedded runtime to see each alarm fire; the titles of the tests, and a column of docs/alarms.md. */
export const INJECTED_FAULTS = {
  'function-iterator-age': 'the function is killed in every invocation, and events wait behind it',
  'stream-iterator-age': 'nobody reads for seven hours, then one record a minute',
  'stream-unread': 'the mapping is disabled',
  'answers-stale': 'the function is killed in every invocation, and canaries wait behind each other',
  'finals-stale':
    'the function is killed in every invocation, and events that have just happened wait behind it',
  'closing-stopped': 'the schedule is disabled',
  'function-duration': 'the table holds answers back for most of a minute',
  'function-concurrency': 'somebody else calls the function while the mapping does',
  'stream-writes-throttled': 'a producer puts more than 1,000 records in a second',
  'stream-reads-throttled': 'another reader reads as fast as it can',
  'function-throttled': 'the account has no concurrency left',
  'table-reads-throttled-by-partition': 'a neighbour reads one key beyond 3,000 units in a second',
  'table-writes-throttled-by-partition': 'a neighbour writes one key beyond 1,000 units in a second',
  'table-reads-throttled-by-account': "a neighbour reads beyond the account's quota (lowered to 1,500 units)",
  'table-writes-throttled-by-account':
    "a neighbour writes beyond the account's quota (lowered to 1,500 units)",
  'table-reads-throttled-by-maximum': "a neighbour reads beyond the table's cap",
  'table-writes-throttled-by-maximum': "a neighbour writes beyond the table's cap",
  'circuit-open': 'the table answers with internal errors',
  'heap-near-limit': "the function's heap is hardly larger than what lives in it",
  'gc-pauses': 'collections are said to take one and a half seconds',
  'function-errors': 'the function is killed in every invocation',
  'batches-unfinished': 'the table answers with internal errors',
  'invalid-rate': 'a tenth of what a producer sends is not as the schema says',
  'dead-letters-depth': 'a producer sends a thousand invalid events',
  'dead-letters-age': 'one invalid event is left in the queue for hours',
  'failure-queue-depth': 'somebody limits the retries of the mapping, and the function is killed',
  'records-given-up': 'somebody limits the retries of the mapping, and the function is killed',
  'records-dropped': 'the same, with the failure queue deleted',
  'destination-failures': 'the same, with the failure queue deleted',
  'incoming-volume':
    'producers fall silent, and later send twenty times as much; the band is that of a stand-in for the model of CloudWatch',
  'pipeline-unhealthy': 'the account has no concurrency left',
} as const;

/** What is done to see the alarms of the ingest API fire, which has a stand-in for API Gateway in front. */
export const INGEST_FAULTS = {
  'ingest-errors':
    'the stream can not be reached, then the function fails (a stand-in takes the place of API Gateway)',
  'ingest-latency': 'the stream holds its answers back for seven seconds',
  'ingest-throttled': 'the account has no concurrency left',
} as const;

/** What is done to see the alarms on lookups fire, of a pipeline in memory with a reference table. */
export const LOOKUP_FAULTS = {
  'lookups-degraded': 'the reference table can not be read, and an event comes whose key is not in memory',
  'lookups-rejected': 'two of a hundred events have a key without an entry',
  'lookups-stale':
    'the reference table can not be read for minutes, and the entries in memory are beyond their ttl',
} as const;

/** What is done to see the alarms on what is left out under load fire, of a pipeline in memory that declares its capacity. */
export const DEGRADATION_FAULTS = {
  'events-lost': "the stream's retention is lowered to an hour while a hole is open, and then the load ends",
  'holes-old': 'the function stands still for half a day, with a level raised and events waiting',
  'level-raised': 'events are counted two minutes after they arrive, for half an hour',
  'repair-stopped': 'the schedule is disabled',
} as const;

/** What is done to see the alarms of the query API fire, which has a stand-in for API Gateway in front. */
export const QUERY_FAULTS = {
  'query-errors':
    'the table can not be read, then the function fails (a stand-in takes the place of API Gateway)',
  'query-latency': 'two of a hundred answers wait six seconds for the table',
  'query-throttled': 'the account has no concurrency left',
} as const;

/** What is done to see the alarms on scaling fire, on a stand-in for Kinesis that has its rules. */
export const SCALING_FAULTS = {
  'scaling-failed':
    'the table is down, the schedule is disabled, or Kinesis refuses each split (a stand-in for Kinesis)',
  'shards-at-maximum': 'the load is that of five shards, and there may be four (a stand-in for Kinesis)',
  'hot-partition-key': 'one partition key has the load of a shard (a stand-in for Kinesis)',
} as const;

export type ProvenAlarm = keyof typeof INJECTED_FAULTS;
