import { format } from 'node:util';
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
} from '@vitest/expect';

/*
 * What the core's tests use of vitest, with vitest's own assertions, but in the process at hand: vitest starts a worker
 * for every run, which takes far longer than the tests that tell a mutant.
 */

export interface Case {
  /** Its groups' names and its own. */
  readonly name: string;
  readonly run: () => unknown;
}

type Body = (...given: never[]) => unknown;
type Declare = (name: string, body: Body) => void;

const groups: string[] = [];
let cases: Case[] = [];
/** Assertions of the test that runs, and how many it wants to make. */
let made = 0;
let wanted: number | undefined;

/** The tests that were declared since the last time. */
export function takeCases(): Case[] {
  const taken = cases;
  cases = [];
  return taken;
}

function declareCase(name: string, body: Body): void {
  const run = async () => {
    [made, wanted] = [0, undefined];
    await body();
    if (wanted !== undefined && made !== wanted) throw new Error(`${made} assertions, not ${String(wanted)}`);
  };
  cases.push({ name: [...groups, name].join(' '), run });
}

function declareGroup(name: string, body: Body): void {
  groups.push(name);
  body();
  groups.pop();
}

/** Adds what makes one of each row of a table; `%s` and the like in the name stand for the row's values. */
function withEach(declare: Declare) {
  const each = (rows: readonly unknown[]) => (name: string, body: Body) => {
    for (const [i, row] of rows.entries()) {
      const given = Array.isArray(row) ? row : [row];
      // The number keeps names apart that the row's values do not.
      declare(`${format(name.replaceAll('%%', '%'), ...given)} #${i}`, () => body(...(given as never[])));
    }
  };
  return Object.assign(declare, { each });
}

export const test = withEach(declareCase);
export const it = withEach(declareCase);
export const describe = withEach(declareGroup);
export const assertType = (): void => undefined;

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

const plain = (value: unknown, message?: string) => {
  made += 1;
  return chai.expect(value, message);
};
const assertions = (count: number): void => {
  wanted = count;
};
const shared = globalThis as unknown as Record<symbol, object>;
export const expect = Object.assign(plain, chai.expect, shared[ASYMMETRIC_MATCHERS_OBJECT], { assertions });
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect, configurable: true, writable: true });
