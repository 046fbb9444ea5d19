import { count, definePipeline, tumbling } from 'weir';
import { adEvent } from './ad-events.ts';

/** Views of ads, joined to their campaigns, by campaign and 10 seconds. */
export default definePipeline({
  name: 'views_by_campaign',
  schema: adEvent,
  eventTime: ({ event_time }) => Number(event_time),
  allowedLateness: '1s',
  lookup: {
    ad: {
      table: 'ads',
      key: 'ad_id',
      fields: { campaign_id: 'string' },
      whenMissing: 'reject',
      localFile: 'ads.csv',
    },
  },
  aggregates: {
    views: {
      groupBy: ['ad_campaign_id'],
      where: ({ event_type }) => event_type === 'view',
      window: tumbling('10s'),
      metrics: { views: count() },
    },
  },
});
