import { describe, expect, test } from 'vitest';
import { definePipeline } from '#core/pipeline/define-pipeline.ts';
import { checkDuration, show, textOf } from '#core/pipeline/definition-checks.ts';
import { DefinitionError } from '#core/pipeline/definition-error.ts';

describe('a definition that can not be used', () => {
  const problem = (place: string) => ({ place, message: 'is wrong' });

  test('is told with all its mistakes, a line each', () => {
    const one = new DefinitionError("'flights'", [problem('name')]);
    expect(one).toMatchObject({ name: 'DefinitionError', problems: [problem('name')] });
    expect(one.message).toBe("the definition of pipeline 'flights' has a mistake:\n  name: is wrong");
    expect(new DefinitionError("'flights'", [problem('name'), problem('schema')]).message).toBe(
      "the definition of pipeline 'flights' has mistakes:\n  name: is wrong\n  schema: is wrong",
    );
  });

  test('is told what it should be, where it is none at all', () => {
    for (const none of [undefined, null, 5, 'flights']) {
      expect(() => definePipeline(none as never)).toThrow(
        'the definition of pipeline (no name) has a mistake:\n' +
          '  definePipeline: takes one object with name, schema, eventTime and aggregates',
      );
    }
  });
});

describe('a value in an error', () => {
  test('is shown where it is short, else its type', () => {
    expect([null, undefined, 5, true, 'a'].map(show)).toEqual(['null', 'undefined', '5', 'true', "'a'"]);
    expect([{}, [1], 5n, () => 5, Symbol('x')].map(show)).toEqual([
      '(of type object)',
      '(of type object)',
      '(of type bigint)',
      '(of type function)',
      '(of type symbol)',
    ]);
    expect(show('x'.repeat(1000))).toBe(`'${'x'.repeat(80)}'`);
  });

  test('is taken for a name only where it is text', () => {
    expect(['a', '', 5, null, undefined, {}].map(textOf)).toEqual(['a', '', '', '', '', '']);
  });
});

test('a duration is taken between its least and its most, both included', () => {
  const reports: string[] = [];
  const check = (text: unknown) =>
    checkDuration(text, 'place', (place, message) => reports.push(`${place}: ${message}`), 1000, 60_000);
  expect(['1s', '60s', '1m'].map(check)).toEqual([1000, 60_000, 60_000]);
  expect(reports).toEqual([]);
  expect(['999ms', '60001ms', 'soon', 5].map(check)).toEqual([0, 0, 0, 0]);
  expect(reports).toEqual([
    "place: is '999ms'; give '1s' to '1m'",
    "place: is '60001ms'; give '1s' to '1m'",
    expect.stringMatching(/^place: 'soon' is no duration; /),
    expect.stringMatching(/^place: what is of type number is no duration; /),
  ]);
});
