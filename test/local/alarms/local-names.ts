import type { AlarmTemplate, ResolveName } from '#local/alarms/template-alarms.ts';
import type { ResourceNames } from '#local/resource-names.ts';

/** The one mapping's identifier on this machine. */
export const MAPPING = 'the-mapping';

/** What this machine calls the resources that a pipeline's template names in its alarms. */
export function localNames({ Resources }: AlarmTemplate, names: ResourceNames): ResolveName {
  const local: Readonly<Record<string, string>> = {
    'AWS::Kinesis::Stream': names.stream,
    'AWS::DynamoDB::Table': names.table,
    'AWS::Lambda::Function': names.function,
    'AWS::Lambda::EventSourceMapping': MAPPING,
  };
  return (logicalId, attribute) => {
    const type = Resources[logicalId]?.Type ?? '';
    if (type === 'AWS::SQS::Queue' && attribute === 'QueueName') {
      return logicalId.startsWith('DeadLetter') ? names.deadLetterQueue : names.failureQueue;
    }
    const name = local[type];
    if (name === undefined) throw new Error(`a dimension names ${logicalId}, a ${type}`);
    return name;
  };
}
