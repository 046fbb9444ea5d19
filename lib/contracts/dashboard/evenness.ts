import { scaleMetric } from '../scale-metrics.ts';
import { ownMetric } from '../service-metrics.ts';
import { type DashboardSection, graph, line } from './graph.ts';
import type { DashboardSettings } from './settings.ts';

export function evenness({ scale }: DashboardSettings): DashboardSection {
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
