import { mappingRules } from './mapping-rules.ts';
import { runMapping } from './run-mapping.ts';
import { runStateMachine } from './run-state-machine.ts';

mappingRules('the state machine', runStateMachine);
mappingRules("the embedded runtime's mapping", runMapping);
