import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { CLOSE_FUNCTION } from '#contracts/close-function.ts';
import { closeEnv } from '#functions/close/env.ts';
import { propertiesOf, synthTemplate } from './synth.ts';

const template = await synthTemplate();
const announcing = await synthTemplate({ close: { eventBus: 'windows' } });

interface CloseProperties {
  readonly Environment: { readonly Variables: Record<string, unknown> };
  readonly [property: string]: unknown;
}

interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

/** The function `close`, by its description. */
function closeOf(from: Template): [id: string, properties: CloseProperties] {
  const found = Object.entries(from.findResources('AWS::Lambda::Function')).find(([, { Properties }]) =>
    String((Properties as { Description?: string }).Description).startsWith('Closes the windows'),
  );
  if (found === undefined) throw new Error('the stack has no function close');
  return [found[0], found[1]['Properties'] as CloseProperties];
}

/** What may be done by the roles of the stack, by the name of the statement. */
function statementsOf(from: Template): Map<string, Statement> {
  const documents = propertiesOf(from, 'AWS::IAM::Policy').map(
    ({ PolicyDocument }) => PolicyDocument as { Statement: Statement[] },
  );
  return new Map(documents.flatMap(({ Statement }) => Statement.map((one) => [one.Sid, one])));
}

describe('the function close', () => {
  const [id, properties] = closeOf(template);

  it('is built as the contract says', () => {
    expect(properties).toMatchObject({
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      MemorySize: CLOSE_FUNCTION.memoryMegabytes,
      Timeout: CLOSE_FUNCTION.timeoutSeconds,
    });
    expect(properties).not.toHaveProperty('TracingConfig');
    expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it('has the environment that its handler reads, and an event bus only where one is given', () => {
    const names = (variables: object) => Object.keys(variables).filter((name) => name.startsWith('WEIR_'));
    const { Variables } = properties.Environment;
    expect(names(Variables)).toEqual(['WEIR_TABLE', 'WEIR_STREAM', 'WEIR_CANARY']);
    const [, other] = closeOf(announcing);
    expect(names(other.Environment.Variables).sort()).toEqual(Object.keys(closeEnv.shape).sort());
    expect(other.Environment.Variables['WEIR_EVENT_BUS']).toBe('windows');
  });

  it('puts canaries into a stream of its own, and into another only where that is asked for', async () => {
    const brought = { stream: { arn: 'arn:aws:kinesis:us-east-1:123456789012:stream/orders' } };
    const canariesOf = async (options: object) => {
      const from = await synthTemplate(options);
      const [, { Environment }] = closeOf(from);
      const isTold = JSON.stringify(propertiesOf(from, 'AWS::CloudWatch::Alarm')).includes(
        'answers-stale.md',
      );
      const mayPut = JSON.stringify(propertiesOf(from, 'AWS::IAM::Policy')).includes('kinesis:PutRecords');
      return [Environment.Variables['WEIR_CANARY'], mayPut, isTold];
    };
    expect(await canariesOf({})).toEqual(['on', true, true]);
    expect(await canariesOf({ close: { canary: false } })).toEqual(['off', false, false]);
    expect(await canariesOf(brought)).toEqual(['off', false, false]);
    expect(await canariesOf({ ...brought, close: { canary: true } })).toEqual(['on', true, true]);
  });

  it('is called every minute by its schedule alone, and not again where that fails', () => {
    expect(propertiesOf(template, 'AWS::Events::Rule')).toEqual([
      expect.objectContaining({
        ScheduleExpression: 'rate(1 minute)',
        State: 'ENABLED',
        Targets: [
          expect.objectContaining({
            Arn: { 'Fn::GetAtt': [id, 'Arn'] },
            Input: '{}',
            RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
          }),
        ],
      }),
    ]);
    expect(propertiesOf(template, 'AWS::Lambda::EventInvokeConfig')).toEqual([
      {
        FunctionName: { Ref: id },
        MaximumEventAgeInSeconds: 60,
        MaximumRetryAttempts: 0,
        Qualifier: '$LATEST',
      },
    ]);
  });

  it('may put events on the one bus that is given, and on none without', () => {
    expect(statementsOf(template).has('Announce')).toBe(false);
    expect(JSON.stringify(template.toJSON())).not.toContain('events:PutEvents');
    const announce = statementsOf(announcing).get('Announce');
    expect(announce?.Action).toBe('events:PutEvents');
    expect(JSON.stringify(announce?.Resource)).toMatch(/:event-bus\/windows"/);
  });

  it('may be given the bus of another account, by its ARN', async () => {
    const arn = 'arn:aws:events:eu-west-1:111122223333:event-bus/windows';
    const other = await synthTemplate({ close: { eventBus: arn } });
    expect(statementsOf(other).get('Announce')?.Resource).toBe(arn);
  });

  it('is named in the outputs', () => {
    expect(template.toJSON().Outputs.CloseFunctionName.Value).toEqual({ Ref: id });
  });
});
