import { Template } from 'aws-cdk-lib/assertions';
import { addPipelineStacks } from '#infra/pipeline-stacks.ts';
import type { AlarmTemplate } from '#local/alarms/template-alarms.ts';
import { newApp } from '../infra/synth.ts';
import type { FaultSchedule } from './faults/fault-schedule.ts';
import type { SoakPipeline } from './soak-pipelines.ts';

/** There for their alarms: what the table serves in a second is up to the faults. */
const CAPS = { readUnitsMax: 1000, writeUnitsMax: 1000 } as const;

/** The template that would deploy the run's pipeline, for its alarms. */
export function soakTemplate(
  { file, pipeline }: SoakPipeline,
  shards: number,
  scale: FaultSchedule['scale'],
): AlarmTemplate {
  const options = {
    stream: { shards: scale?.shardsMax ?? shards },
    table: CAPS,
    ...(scale !== undefined && { scale: { shardsMin: scale.shardsMin, shardsMax: scale.shardsMax } }),
  };
  const app = newApp({ weir: { [pipeline.name]: options } });
  const [stack] = addPipelineStacks(app, [{ pipeline, file }]);
  if (stack === undefined) throw new Error('the app has no stack');
  return Template.fromStack(stack).toJSON() as AlarmTemplate;
}
