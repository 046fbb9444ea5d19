import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateMath } from '#local/alarms/metric-math.ts';

const VALUES: Readonly<Record<string, number>> = { part: 15, whole: 150, zero: 0 };
const of = (expression: string) => evaluateMath(expression, (id) => VALUES[id]);

describe('metric math', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['100 / 10 / 5', 2],
    ['part / whole * 100', 10],
    ['whole >= 100', 1],
    ['whole < 100', 0],
    ['IF(whole >= 100, 100 * part / whole, 0)', 10],
    ['IF(whole >= 1000, 100 * part / whole, 0)', 0],
    ['FILL(missing, 7) + FILL(part, 7)', 22],
    ['IF(zero, 1, IF(part != 15, 2, 3))', 3],
  ])('%s is %d', (expression, value) => {
    expect(of(expression)).toBe(value);
  });

  it.each(['part / zero', 'part + missing', 'IF(missing > 1, 1, 2)', 'IF(whole > 1, missing, 2)'])(
    '%s has no value',
    (expression) => {
      expect(of(expression)).toBeUndefined();
    },
  );

  it.each(['', '1 +', '(1', '1 2', 'SUM(part)', 'IF(1, 2)', 'part ^ 2', '* 3'])(
    '%j is not understood',
    (expression) => {
      expect(() => of(expression)).toThrow(SyntaxError);
    },
  );

  it('does sums before comparisons, and products before sums', () => {
    const number = fc.nat(1000);
    fc.assert(
      fc.property(number, number, number, number, (a, b, c, d) => {
        expect(of(`${a} + ${b} * ${c} - ${d}`)).toBe(a + b * c - d);
        expect(of(`(${a} + ${b}) * (${c} - ${d})`)).toBe((a + b) * (c - d));
        expect(of(`${a} - ${b} > ${c} * ${d}`)).toBe(Number(a - b > c * d));
      }),
    );
  });
});
