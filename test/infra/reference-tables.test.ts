import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { LOOKED_UP } from './looked-up-pipeline.ts';
import { propertiesOf, synthPipeline } from './synth.ts';

const synth = (options: object = {}) => synthPipeline(LOOKED_UP, options);

interface Statement {
  readonly Sid?: string;
}

/** What the roles of a template are granted about reference data, and what the function is told of it. */
function found(template: Template) {
  const statements = propertiesOf(template, 'AWS::IAM::Policy').flatMap(
    ({ PolicyDocument }) => (PolicyDocument as { Statement: Statement[] }).Statement,
  );
  const variables = propertiesOf(template, 'AWS::Lambda::Function').flatMap(({ Environment }) => {
    const { Variables } = (Environment ?? {}) as { Variables?: Record<string, unknown> };
    return Variables?.['WEIR_REFERENCE_TABLES'] ?? [];
  });
  const granted = statements.filter(({ Sid }) => Sid?.endsWith('ReferenceData') === true);
  return { granted, variables };
}

const named = (table: string) => ({
  'Fn::Join': [
    '',
    [
      'arn:',
      { Ref: 'AWS::Partition' },
      ':dynamodb:',
      { Ref: 'AWS::Region' },
      ':',
      { Ref: 'AWS::AccountId' },
      `:table/${table}`,
    ],
  ],
});

describe('the reference tables of a pipeline', () => {
  test('may be read, each by its name and in no other way; the function is told nothing more', () => {
    expect(found(synth())).toEqual({
      granted: [
        {
          Sid: 'ReadReferenceData',
          Effect: 'Allow',
          Action: 'dynamodb:BatchGetItem',
          Resource: [named('airports'), named('planes')],
        },
      ],
      variables: [],
    });
  });

  test('may be others in a stage, of other accounts too, and encrypted with a key of their owner’s', () => {
    const arn = 'arn:aws:dynamodb:eu-west-1:111122223333:table/airports-test';
    const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000001';
    expect(found(synth({ referenceTables: { airports: { arn, keyArn } } }))).toEqual({
      granted: [
        {
          Sid: 'ReadReferenceData',
          Effect: 'Allow',
          Action: 'dynamodb:BatchGetItem',
          Resource: [arn, named('planes')],
        },
        {
          Sid: 'DecryptReferenceData',
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:DescribeKey'],
          Resource: keyArn,
        },
      ],
      variables: [JSON.stringify({ airports: arn })],
    });
  });

  test('are refused where the definition has no such table', () => {
    const arn = 'arn:aws:dynamodb:eu-west-1:111122223333:table/x';
    expect(() => synth({ referenceTables: { airlines: { arn } } })).toThrow(
      'weir.flights.referenceTables.airlines: the pipeline has no lookup in this table; there are airports, planes',
    );
    expect(() => synth({ referenceTables: { airports: { arn: 'airports' } } })).toThrow(
      /weir\.flights\.referenceTables\.airports\.arn: is no ARN of dynamodb/,
    );
  });
});
