import { parseEventTime } from '#core/time/parse-event-time.ts';
import type { HttpResponse } from '../http/http.ts';
import { problemResponse } from '../http/problem.ts';

/** What is wrong with one parameter, and what to give instead. */
export interface ParameterError {
  readonly parameter: string;
  readonly detail: string;
}

/** A request that can't be answered as it is. All mistakes at once. */
export class InvalidParameters extends Error {
  override readonly name = 'InvalidParameters';
  readonly errors: readonly ParameterError[];

  constructor(errors: readonly ParameterError[]) {
    super(errors.map(({ parameter, detail }) => `${parameter}: ${detail}`).join(' '));
    this.errors = errors;
  }

  toResponse(): HttpResponse {
    return problemResponse({
      status: 400,
      name: 'invalid-parameters',
      title: 'The request has parameters that are not understood.',
      detail: this.message,
      more: { errors: this.errors },
    });
  }
}

/** Fewer digits are a year, a day (`20260131`) or seconds rather than milliseconds of early 1970. */
const EPOCH_MS = /^(?:0|-?\d{11,15})$/;
/** In a query, an unescaped `+` is a blank: here that of a zone's offset, behind a time of day. */
const UNESCAPED_OFFSET = /(:\d{2}(?:[.,]\d+)?) (\d{2}:?\d{2})$/;
/** A request of many mistakes is answered with the first of them. */
const ERRORS_MAX = 20;
const GROUP_PREFIX = 'group.';

/**
 * Takes a request's parameters one by one, and notes what is wrong with them; `finish` then throws all of it. A
 * parameter that nobody asked for is a mistake too: misspelled, it would change nothing, in silence.
 */
export class Parameters {
  readonly #query: ReadonlyMap<string, readonly string[]>;
  readonly #known = new Set<string>();
  readonly #errors: ParameterError[] = [];

  constructor(query: ReadonlyMap<string, readonly string[]>) {
    this.#query = query;
  }

  /** Notes a mistake; messages begin with a small letter where they go on from the parameter's name. */
  report(parameter: string, detail: string): void {
    if (this.#errors.length < ERRORS_MAX) this.#errors.push({ parameter, detail });
  }

  has(name: string): boolean {
    return this.#query.has(name);
  }

  /** The one value of a parameter, `undefined` where it is not given. */
  one(name: string): string | undefined {
    const values = this.many(name);
    if (values.length > 1) this.report(name, `is given ${values.length} times; give it once.`);
    return values.length === 1 ? values[0] : undefined;
  }

  /** All values of a parameter. */
  many(name: string): readonly string[] {
    this.#known.add(name);
    const values = this.#query.get(name) ?? [];
    if (values.includes('')) this.report(name, 'is empty; give a value, or leave it out.');
    return values.filter((value) => value !== '');
  }

  /** Names with commas between them, also over several parameters of the name; `undefined` where there is none. */
  names(name: string, known: readonly string[], what: string): string[] | undefined {
    const given = this.many(name).flatMap((value) => value.split(','));
    for (const each of new Set(given)) {
      if (!known.includes(each)) {
        this.report(name, `has ${quoted(each)}, which is no ${what}; there are ${known.join(', ')}.`);
      }
    }
    return given.length === 0 ? undefined : [...new Set(given)].filter((each) => known.includes(each));
  }

  choice<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.one(name);
    const choice = choices.find((each) => each === value);
    if (value !== undefined && choice === undefined) {
      this.report(name, `is ${quoted(value)}; give one of ${choices.join(', ')}.`);
    }
    return choice;
  }

  wholeNumber(name: string, most: number): number | undefined {
    const value = this.one(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (/^\d{1,9}$/.test(value) && number >= 1 && number <= most) return number;
    this.report(name, `is ${quoted(value)}; give a whole number from 1 to ${most}.`);
    return undefined;
  }

  /** A time: ISO 8601 (without a zone: UTC), or epoch milliseconds. */
  time(name: string): number | undefined {
    const value = this.one(name);
    if (value === undefined) return undefined;
    const text = value.replace(UNESCAPED_OFFSET, '$1+$2');
    const time = parseEventTime(EPOCH_MS.test(text) ? Number(text) : text);
    if (typeof time === 'number') return time;
    this.report(
      name,
      `is ${quoted(value)}, which is no time; give ISO 8601, e.g. 2026-01-31T12:00:00Z, or epoch milliseconds.`,
    );
    return undefined;
  }

  /** The values asked for, by group-by field. */
  groups(fields: readonly string[]): Map<string, ReadonlySet<string>> {
    const wanted = new Map<string, ReadonlySet<string>>();
    for (const field of fields) {
      // An empty value is a group like any other.
      const name = `${GROUP_PREFIX}${field}`;
      this.#known.add(name);
      const values = this.#query.get(name);
      if (values !== undefined) wanted.set(field, new Set(values));
    }
    return wanted;
  }

  /** Throws `InvalidParameters` where anything was wrong, or any parameter was not asked for. */
  finish(): void {
    for (const name of this.#query.keys()) {
      if (this.#known.has(name)) continue;
      const takes = [...this.#known].join(', ');
      this.report(shortened(name), `is no parameter here; there are ${takes === '' ? 'none' : takes}.`);
    }
    if (this.#errors.length > 0) throw new InvalidParameters(this.#errors);
  }
}

/** A value as an error shows it. */
export function quoted(value: string): string {
  return JSON.stringify(shortened(value));
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
