import { fileURLToPath } from 'node:url';
import { Template } from 'aws-cdk-lib/assertions';
import { addPipelineStacks } from '#infra/pipeline-stacks.ts';
import type { AlarmTemplate } from '#local/alarms/template-alarms.ts';
import { newApp } from '../infra/synth.ts';
import pipeline from './pipeline.ts';

export const PIPELINE_FILE = fileURLToPath(new URL('./pipeline.ts', import.meta.url));

/** There for their alarms: what the table serves in a second is up to the faults. */
const CAPS = { readUnitsMax: 1000, writeUnitsMax: 1000 } as const;

/** The template that would deploy the run's pipeline, for its alarms. */
export function soakTemplate(shards: number): AlarmTemplate {
  const app = newApp({ weir: { [pipeline.name]: { stream: { shards }, table: CAPS } } });
  const [stack] = addPipelineStacks(app, [{ pipeline, file: PIPELINE_FILE }]);
  if (stack === undefined) throw new Error('the app has no stack');
  return Template.fromStack(stack).toJSON() as AlarmTemplate;
}
