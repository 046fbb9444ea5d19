import { AGGREGATE_FUNCTION } from './aggregate-function.ts';
import type { Statistic } from './alarms/alarm.ts';
import { closeMetric } from './close-metrics.ts';
import { duplicateMetric } from './duplicate-metrics.ts';
import { environmentMetric } from './environment-metrics.ts';
import { ingestMetric } from './ingest-metrics.ts';
import { LIST_PRICES } from './list-prices.ts';
import { loadMetric } from './load-metrics.ts';
import { lookupMetric } from './lookup-metrics.ts';
import { scaleMetric } from './scale-metrics.ts';
import { type MetricSource, ownMetric, SERVICE_METRICS } from './service-metrics.ts';

/** One line of a graph. */
export interface GraphLine {
  readonly label: string;
  readonly metric: MetricSource;
  readonly statistic: Statistic | 'Average';
  /** Where the graph shows money: US dollars for one of the metric. */
  readonly dollars?: number;
}

export interface Graph {
  readonly title: string;
  /** What the axis counts. */
  readonly axis: string;
  readonly lines: readonly GraphLine[];
  /** Alarms whose thresholds are drawn in it, by name; all of the same unit as its lines. */
  readonly alarms: readonly string[];
  readonly periodSeconds: number;
}

/** A question that an operator asks, and the graphs that answer it. */
export interface DashboardSection {
  readonly question: string;
  /** How to read the answer, in a sentence or two. */
  readonly reading: string;
  readonly graphs: readonly Graph[];
}

/** What the dashboard says about money depends on how the stream is paid for. */
export interface DashboardSettings {
  readonly stream: { readonly mode: 'provisioned'; readonly shards: number } | { readonly mode: 'on-demand' };
  /** Whether events are taken over HTTP. */
  readonly ingestApi?: boolean;
  /** Whether values are given over HTTP. */
  readonly queryApi?: boolean;
  /** Whether the pipeline tells duplicates. */
  readonly duplicates?: boolean;
  /** Whether events are looked up in reference tables. */
  readonly lookups?: boolean;
  /** Whether the pipeline declares a capacity. */
  readonly capacity?: boolean;
  /** Whether canaries are put into the stream. */
  readonly canary?: boolean;
  /** Between how many shards the stream is kept, if it is scaled. */
  readonly scale?: { readonly shardsMin: number; readonly shardsMax: number } | undefined;
}

const GIGABYTE_SECONDS_A_MS = AGGREGATE_FUNCTION.memoryMegabytes / 1024 / 1000;

/**
 * The dashboard, from top to bottom as an operator thinks: are users served, where is the lag, what is throttled, what
 * failed, what does it cost.
 */
export function dashboardSections(settings: DashboardSettings): DashboardSection[] {
  const ingest = settings.ingestApi ? [ingested()] : [];
  const query = settings.queryApi ? [answered()] : [];
  return [
    served(settings),
    ...query,
    ...ingest,
    lag(),
    evenness(settings),
    ...(settings.lookups ? [lookedUp()] : []),
    ...(settings.capacity ? [leftOut()] : []),
    closed(),
    throttled(),
    saturated(),
    failed(),
    cost(settings),
  ];
}

function served({ canary, duplicates }: DashboardSettings): DashboardSection {
  return {
    question: 'Are users served?',
    reading:
      'Answers are as fresh as the lag of the last events, and complete where received and aggregated lie on each other.',
    graphs: [
      graph('Freshness: from arrival to answer', 'ms', [
        line('slowest batch', ownMetric('EventLag'), 'Maximum'),
        line('average', ownMetric('EventLag'), 'Average'),
      ]),
      ...(canary
        ? [
            graph(
              'Freshness: from put to read',
              'ms',
              [line('slowest shard', closeMetric('Freshness'), 'Maximum')],
              ['answers-stale'],
            ),
          ]
        : []),
      graph('Events a minute', 'events', [
        line('received', ownMetric('EventsReceived')),
        line('aggregated', ownMetric('EventsAggregated')),
        line('invalid', ownMetric('EventsInvalid')),
        ...(duplicates
          ? [
              line('duplicate', duplicateMetric('EventsDuplicate')),
              line('ids forgotten early', duplicateMetric('IdsForgotten')),
            ]
          : []),
      ]),
      graph(
        'Coming in',
        'records',
        [line('records', SERVICE_METRICS.streamIncomingRecords)],
        ['incoming-volume'],
        300,
      ),
    ],
  };
}

function answered(): DashboardSection {
  return {
    question: 'Do clients get answers?',
    reading:
      'Over HTTP. Server errors are a table that can not be read, or a function that is not run; client errors are wrong questions, requests beyond a limit, or nobody we know.',
    graphs: [
      graph(
        'Questions a minute',
        'requests',
        [
          line('all', SERVICE_METRICS.queryRequests),
          line('client errors', SERVICE_METRICS.queryClientErrors),
          line('server errors', SERVICE_METRICS.queryServerErrors),
        ],
        ['query-errors'],
      ),
      graph(
        'Duration of answers',
        'ms',
        [
          line('99 of 100 are faster', SERVICE_METRICS.queryLatency, 'p99'),
          line('average', SERVICE_METRICS.queryLatency, 'Average'),
        ],
        ['query-latency'],
      ),
      graph(
        'Function query: refused',
        'invocations',
        [line('invocations', SERVICE_METRICS.queryThrottles)],
        ['query-throttled'],
      ),
    ],
  };
}

function ingested(): DashboardSection {
  return {
    question: 'Are clients rid of their events?',
    reading:
      'Over HTTP: what is undelivered was handed back, and its sender tries again. Client errors are bad events, requests beyond a limit, or nobody we know.',
    graphs: [
      graph(
        'Requests a minute',
        'requests',
        [
          line('all', SERVICE_METRICS.ingestRequests),
          line('client errors', SERVICE_METRICS.ingestClientErrors),
          line('server errors', SERVICE_METRICS.ingestServerErrors),
        ],
        ['ingest-errors'],
      ),
      graph('Events of requests', 'events', [
        line('accepted', ingestMetric('IngestAccepted')),
        line('rejected', ingestMetric('IngestRejected')),
        line('undelivered', ingestMetric('IngestUndelivered')),
      ]),
      graph(
        'Duration of requests',
        'ms',
        [
          line('longest', SERVICE_METRICS.ingestLatency, 'Maximum'),
          line('average', SERVICE_METRICS.ingestLatency, 'Average'),
        ],
        ['ingest-latency'],
      ),
      graph(
        'Function ingest: refused',
        'invocations',
        [line('invocations', SERVICE_METRICS.ingestThrottles)],
        ['ingest-throttled'],
      ),
    ],
  };
}

function lag(): DashboardSection {
  return {
    question: 'Where is the lag?',
    reading:
      "Age that grows in the stream but not at the function: it is not called. At both: it can't keep up, see duration.",
    graphs: [
      graph(
        'Age of what the function gets',
        'ms',
        [line('oldest', SERVICE_METRICS.functionIteratorAge, 'Maximum')],
        ['function-iterator-age'],
      ),
      graph(
        'Age of what is read from the stream',
        'ms',
        [line('oldest', SERVICE_METRICS.streamIteratorAge, 'Maximum')],
        ['stream-iterator-age'],
      ),
      graph(
        'Duration of invocations',
        'ms',
        [
          line('longest', SERVICE_METRICS.functionDuration, 'Maximum'),
          line('average', SERVICE_METRICS.functionDuration, 'Average'),
        ],
        ['function-duration'],
      ),
      graph(
        'Invocations at a time',
        'invocations',
        [line('most', SERVICE_METRICS.functionConcurrency, 'Maximum')],
        ['function-concurrency'],
      ),
      graph(
        'Polls of the stream',
        'polls',
        [line('polls', SERVICE_METRICS.recordsPolled, 'SampleCount')],
        ['stream-unread'],
        300,
      ),
      graph('Work of the commits', 'writes', [
        line('commits', ownMetric('Commits')),
        line('folds', ownMetric('Folds')),
        line('conflicts', ownMetric('Conflicts')),
      ]),
    ],
  };
}

function evenness({ scale }: DashboardSettings): DashboardSection {
  const graphs = [
    graph('Share of the hottest in a batch', '%', [
      line('partition key, worst', ownMetric('HotKeyShare'), 'Maximum'),
      line('partition key, average', ownMetric('HotKeyShare'), 'Average'),
      line('group, average', ownMetric('HotGroupShare'), 'Average'),
    ]),
  ];
  if (scale !== undefined) {
    graphs.push(
      graph('Load of the hottest shard', '%', [
        line('of what it is to carry', scaleMetric('ShardLoadMax'), 'Maximum'),
        line("of the shards' mean", scaleMetric('ShardSkew'), 'Maximum'),
      ]),
      graph('Shards', 'shards', [line('open', scaleMetric('ShardsOpen'), 'Maximum')]),
      graph(
        'Runs of scaling',
        'runs',
        [line('done', scaleMetric('ShardsOpen'), 'SampleCount')],
        ['scaling-failed'],
        300,
      ),
      graph('Splits and merges', 'moves', [line('moves', scaleMetric('ShardMoves'))]),
      graph(
        'Hot shards that can not be helped',
        'shards',
        [
          line('there may be no more', scaleMetric('ShardsAtMaximum'), 'Maximum'),
          line("one key's load", scaleMetric('ShardHotKeys'), 'Maximum'),
        ],
        ['shards-at-maximum', 'hot-partition-key'],
      ),
    );
  }
  return {
    question: 'Is the load even?',
    reading:
      'A hot group costs nothing. A hot partition key heats one shard, whose events wait first; `weir shards` names it by its hash.',
    graphs,
  };
}

function lookedUp(): DashboardSection {
  return {
    question: 'Is reference data there?',
    reading:
      'What is counted with an old entry or with the values of whenDown stays so. Where a lookup waits for its table instead, batches are handed back: see what failed.',
    graphs: [
      graph(
        'Lookups while a table can not be read',
        'lookups',
        [
          line('old entry', lookupMetric('LookupsStale')),
          line('values of whenDown', lookupMetric('LookupsDegraded')),
        ],
        ['lookups-stale', 'lookups-degraded'],
      ),
      graph('Lookups without an entry', 'lookups', [line('no entry', lookupMetric('LookupsMissing'))]),
      graph(
        'Events rejected without an entry',
        'events',
        [line('rejected', lookupMetric('LookupsRejected'))],
        ['lookups-rejected'],
        300,
      ),
    ],
  };
}

function leftOut(): DashboardSection {
  return {
    question: 'What is left out under load?',
    reading:
      'At level 1 only essential metrics get the events, at 2 events of low priority wait whole. The function repair adds it when the lag is gone, as long as the stream still has it.',
    graphs: [
      graph('Level', 'level', [line('highest shard', loadMetric('Level'), 'Maximum')], ['level-raised'], 300),
      graph('Events left out, and added', 'events', [
        line('only essential metrics', loadMetric('EventsReduced')),
        line('left out whole', loadMetric('EventsHeld')),
        line('added later', loadMetric('EventsRepaired')),
      ]),
      graph('Age of holes', 'ms', [line('oldest', loadMetric('HoleAge'), 'Maximum')], ['holes-old'], 300),
      graph(
        'Runs of repair',
        'runs',
        [line('done', loadMetric('HoleAge'), 'SampleCount')],
        ['repair-stopped'],
        300,
      ),
      graph(
        'Events lost to repair',
        'events',
        [line('lost', loadMetric('EventsLost'))],
        ['events-lost'],
        300,
      ),
    ],
  };
}

function closed(): DashboardSection {
  return {
    question: 'Are windows closed?',
    reading:
      'Finals are as old as the allowed lateness and a minute or two, in a live stream. Events that come after that are late: they are in the answers, beside the finals.',
    graphs: [
      graph('Age of finals', 'ms', [line('oldest', closeMetric('FinalAge'), 'Maximum')], ['finals-stale']),
      graph(
        'Runs of closing',
        'runs',
        [line('done', closeMetric('CloseDuration'), 'SampleCount')],
        ['closing-stopped'],
        300,
      ),
      graph('Windows closed', 'windows', [line('finals', closeMetric('WindowsClosed'))]),
      graph('Late events', 'events', [
        line('late', ownMetric('EventsLate')),
        line('expired', ownMetric('EventsExpired')),
      ]),
    ],
  };
}

function throttled(): DashboardSection {
  return {
    question: 'What is throttled?',
    reading: 'All of it is 0 on a good day. What is refused for a minute comes again by itself.',
    graphs: [
      graph(
        'Stream: refused',
        'records, reads',
        [
          line('writes', SERVICE_METRICS.streamWritesThrottled),
          line('reads', SERVICE_METRICS.streamReadsThrottled),
        ],
        ['stream-writes-throttled', 'stream-reads-throttled'],
      ),
      graph(
        'Function: refused',
        'invocations',
        [line('invocations', SERVICE_METRICS.functionThrottles)],
        ['function-throttled'],
      ),
      graph(
        'Table: refused, by cause',
        'requests',
        [
          line('reads: hot partition', SERVICE_METRICS.tableReadsThrottledByPartition),
          line('writes: hot partition', SERVICE_METRICS.tableWritesThrottledByPartition),
          line('reads: cap', SERVICE_METRICS.tableReadsThrottledByMaximum),
          line('writes: cap', SERVICE_METRICS.tableWritesThrottledByMaximum),
          line('reads: account', SERVICE_METRICS.tableReadsThrottledByAccount),
          line('writes: account', SERVICE_METRICS.tableWritesThrottledByAccount),
        ],
        [
          'table-reads-throttled-by-partition',
          'table-writes-throttled-by-partition',
          'table-reads-throttled-by-maximum',
          'table-writes-throttled-by-maximum',
          'table-reads-throttled-by-account',
          'table-writes-throttled-by-account',
        ],
      ),
    ],
  };
}

function saturated(): DashboardSection {
  return {
    question: 'What is nearly used up?',
    reading:
      'All functions together: the fullest environment. Caches are dropped from 70 % of the heap on; a service is left alone while its circuit is open.',
    graphs: [
      graph(
        'Heap and memory',
        '%',
        [
          line('heap, after full collections', environmentMetric('HeapUsed'), 'Maximum'),
          line('memory', environmentMetric('MemoryUsed'), 'Maximum'),
          line('/tmp', environmentMetric('TmpUsed'), 'Maximum'),
        ],
        ['heap-near-limit'],
      ),
      graph(
        'Pauses',
        'ms',
        [
          line('garbage collection, longest', environmentMetric('GcPause'), 'Maximum'),
          line('garbage collection, all', environmentMetric('GcTime')),
          line('event loop, longest', environmentMetric('LoopDelay'), 'Maximum'),
        ],
        ['gc-pauses'],
      ),
      graph(
        'Circuits',
        'services',
        [
          line('open', environmentMetric('CircuitsOpen'), 'Maximum'),
          line('opened', environmentMetric('CircuitsOpened')),
        ],
        ['circuit-open'],
      ),
      graph('Calls held back', 'calls', [
        line('not made: circuit open', environmentMetric('CallsRefused')),
        line('throttled', environmentMetric('CallsThrottled')),
        line('writes at a time', environmentMetric('WritesAtATime'), 'Average'),
      ]),
      graph('Connections', 'connections', [
        line('in use', environmentMetric('SocketsOpen'), 'Maximum'),
        line('calls waiting', environmentMetric('SocketsWaiting'), 'Maximum'),
      ]),
      graph('Caches: reads', 'reads', [
        line('found', environmentMetric('CacheHits')),
        line('not found', environmentMetric('CacheMisses')),
      ]),
      graph('Caches: size', 'bytes', [line('largest', environmentMetric('CacheBytes'), 'Maximum')]),
      graph('Environments', 'times', [
        line('cold starts', environmentMetric('ColdStarts')),
        line('caches dropped', environmentMetric('CachesShed')),
      ]),
    ],
  };
}

function failed(): DashboardSection {
  return {
    question: 'What failed?',
    reading:
      'Rejected events wait in the dead-letter queue with their reason; records that were given up are named in the failure queue.',
    graphs: [
      graph(
        'Invocations that failed',
        'invocations',
        [
          line('crashes and timeouts', SERVICE_METRICS.functionErrors),
          line('handed back', ownMetric('BatchesUnfinished')),
        ],
        ['function-errors', 'batches-unfinished'],
      ),
      graph('Invalid events', 'events', [line('invalid', ownMetric('EventsInvalid'))], ['invalid-rate'], 300),
      graph(
        'Dead-letter queue',
        'events',
        [line('waiting', SERVICE_METRICS.deadLetters, 'Maximum')],
        ['dead-letters-depth'],
      ),
      graph(
        'Dead-letter queue: age',
        's',
        [line('oldest', SERVICE_METRICS.deadLetterAge, 'Maximum')],
        ['dead-letters-age'],
        300,
      ),
      graph(
        'Given up by the mapping',
        'records',
        [
          line('word sent', SERVICE_METRICS.recordsGivenUp),
          line('without a trace', SERVICE_METRICS.recordsDropped),
          line('word lost (batches)', SERVICE_METRICS.destinationFailures),
        ],
        ['records-given-up', 'records-dropped', 'destination-failures'],
      ),
      graph(
        'Failure queue',
        'batches',
        [line('waiting', SERVICE_METRICS.failedBatches, 'Maximum')],
        ['failure-queue-depth'],
      ),
    ],
  };
}

function cost({ scale, stream }: DashboardSettings): DashboardSection {
  const fixed =
    stream.mode === 'provisioned'
      ? shardsCost(scale ?? { shardsMin: stream.shards, shardsMax: stream.shards })
      : `the on-demand stream: $${LIST_PRICES.onDemandStreamHour.toFixed(2)} an hour`;
  const bytesIn: GraphLine =
    stream.mode === 'provisioned'
      ? {
          ...line('stream, records put', SERVICE_METRICS.streamIncomingRecords),
          dollars: LIST_PRICES.putUnit,
        }
      : {
          ...line('stream, bytes in', SERVICE_METRICS.streamIncomingBytes),
          dollars: LIST_PRICES.onDemandByteIn,
        };
  return {
    question: 'What does it cost?',
    reading: `Dollars an hour at list prices of us-east-1, at least: records up to 25 KB, and no storage. To it comes ${fixed}.`,
    graphs: [
      graph(
        'Dollars an hour',
        'US dollars',
        [
          bytesIn,
          {
            ...line('function, compute', SERVICE_METRICS.functionDuration),
            dollars: GIGABYTE_SECONDS_A_MS * LIST_PRICES.functionGigabyteSecond,
          },
          {
            ...line('function, requests', SERVICE_METRICS.functionInvocations),
            dollars: LIST_PRICES.functionInvocation,
          },
          { ...line('table, writes', SERVICE_METRICS.tableWriteUnits), dollars: LIST_PRICES.tableWriteUnit },
          { ...line('table, reads', SERVICE_METRICS.tableReadUnits), dollars: LIST_PRICES.tableReadUnit },
          { ...line('logs', SERVICE_METRICS.logBytes), dollars: LIST_PRICES.logByteIn },
        ],
        [],
        3600,
      ),
      graph('Table units a minute', 'units', [
        line('written', SERVICE_METRICS.tableWriteUnits),
        line('read', SERVICE_METRICS.tableReadUnits),
      ]),
    ],
  };
}

function shardsCost({
  shardsMax,
  shardsMin,
}: {
  readonly shardsMax: number;
  readonly shardsMin: number;
}): string {
  const range = (text: (shards: number) => string) =>
    shardsMin === shardsMax ? text(shardsMin) : `${text(shardsMin)} to ${text(shardsMax)}`;
  const cost = range((shards) => `$${(shards * LIST_PRICES.shardHour).toFixed(3)}`);
  return `${range(String)} shard${shardsMax === 1 ? '' : 's'}: ${cost} an hour`;
}

function graph(
  title: string,
  axis: string,
  lines: readonly GraphLine[],
  alarms: readonly string[] = [],
  periodSeconds = 60,
): Graph {
  return { title, axis, lines, alarms, periodSeconds };
}

function line(label: string, metric: MetricSource, statistic: GraphLine['statistic'] = 'Sum'): GraphLine {
  return { label, metric, statistic };
}
