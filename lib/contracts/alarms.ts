import type { AlarmDefinition, AlarmSettings } from './alarms/alarm.ts';
import { closingAlarms } from './alarms/closing.ts';
import { degradationAlarms } from './alarms/degradation.ts';
import { failureAlarms } from './alarms/failures.ts';
import { ingestAlarms } from './alarms/ingest.ts';
import { lagAlarms } from './alarms/lag.ts';
import { lookupAlarms } from './alarms/lookups.ts';
import { queryAlarms } from './alarms/query.ts';
import { saturationAlarms } from './alarms/saturation.ts';
import { scalingAlarms } from './alarms/scaling.ts';
import { throttlingAlarms } from './alarms/throttling.ts';
import { volumeAlarms } from './alarms/volume.ts';

/** The alarm that sums up all that page. */
export const COMPOSITE_ALARM = {
  name: 'pipeline-unhealthy',
  title: 'The pipeline is not healthy: at least one of its alarms that page is firing',
} as const;

/** All alarms of a pipeline, in the order of the dashboard: the one place that they are defined in. */
export function pipelineAlarms(settings: AlarmSettings): AlarmDefinition[] {
  return [
    ...lagAlarms(settings),
    ...closingAlarms(settings),
    ...throttlingAlarms(settings),
    ...saturationAlarms(),
    ...failureAlarms(),
    ...volumeAlarms(),
    ...(settings.lookups ? lookupAlarms(settings) : []),
    ...(settings.capacity ? degradationAlarms(settings) : []),
    ...(settings.scale ? scalingAlarms() : []),
    ...(settings.ingestApi ? ingestAlarms() : []),
    ...(settings.queryApi ? queryAlarms() : []),
  ];
}
