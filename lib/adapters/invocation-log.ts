import type { Service } from './resilience/service-guards.ts';

/** How long an error that goes on is only counted before it is told again. */
const TELL_AGAIN_MS = 60_000;
/** How often an invocation that went well is told of, as an example. */
const SAMPLE_EVERY_MS = 60_000;
/** Errors that are told apart; others are taken together. */
const KINDS_MAX = 16;

type Fields = Readonly<Record<string, unknown>>;

interface Warning {
  readonly kind: string;
  readonly message: string;
  readonly fields: Fields;
  readonly level: 'WARN' | 'ERROR';
}

/** An error that has been told of, and goes on. */
interface Going {
  readonly since: number;
  /** Times in all. */
  times: number;
  /** Those that no line has told of yet. */
  untold: number;
  toldAt: number;
}

/**
 * The log of an execution environment: at most one line an invocation, whatever happens in it. An error that comes again
 * and again is told once a minute, with how often it came since when; and once more when it is over. Lines are JSON, and
 * never hold anything of events or requests.
 */
export class InvocationLog {
  readonly #now: () => number;
  readonly #going = new Map<string, Going>();
  readonly #open = new Set<Service>();
  #changes: string[] = [];
  #warning: Warning | undefined;
  #sampledAt = Number.NEGATIVE_INFINITY;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A service is given up for a while, or is back. */
  readonly circuit = (service: Service, isOpen: boolean): void => {
    // It opens again with each probe that fails: that is no news.
    if (isOpen === this.#open.has(service)) return;
    if (isOpen) this.#open.add(service);
    else this.#open.delete(service);
    this.#changes.push(`${service} ${isOpen ? 'opened' : 'closed'}`);
  };

  /** Something went wrong in this invocation; of several, the last is told. Errors of one `kind` are counted together. */
  warn(kind: string, message: string, fields: Fields): void {
    this.#warning = { kind, message, fields, level: 'WARN' };
  }

  /** A mistake of ours showed. */
  error(kind: string, message: string, fields: Fields): void {
    this.#warning = { kind, message, fields, level: 'ERROR' };
  }

  /** The invocation has ended; `sample` tells of it, where it is an example of those that went well. */
  end(sample?: Fields): void {
    const warning = this.#warning;
    this.#warning = undefined;
    if (warning === undefined) this.#endWell(sample);
    else this.#endBadly(warning);
  }

  #endBadly({ fields, kind: ofKind, level, message }: Warning): void {
    const now = this.#now();
    const kind = this.#going.has(ofKind) || this.#going.size < KINDS_MAX ? ofKind : 'others';
    const going = this.#going.get(kind) ?? {
      since: now,
      times: 0,
      untold: 0,
      toldAt: Number.NEGATIVE_INFINITY,
    };
    this.#going.set(kind, going);
    going.times += 1;
    if (now - going.toldAt < TELL_AGAIN_MS && this.#changes.length === 0) {
      going.untold += 1;
      return;
    }
    const again = going.times > 1 && { times: going.times, since: new Date(going.since).toISOString() };
    console.warn(this.#line(level, message, { ...fields, ...again }));
    going.toldAt = now;
    going.untold = 0;
  }

  #endWell(sample: Fields | undefined): void {
    const over = [...this.#going].filter(([, { untold }]) => untold > 0);
    this.#going.clear();
    if (over.length > 0) {
      const errors = over.map(([kind, { since, times }]) => ({
        kind,
        times,
        since: new Date(since).toISOString(),
      }));
      console.warn(this.#line('WARN', 'it goes well again', { errors }));
      return;
    }
    if (this.#changes.length > 0) {
      console.warn(this.#line('WARN', 'circuits changed', {}));
      return;
    }
    const now = this.#now();
    if (sample === undefined || now - this.#sampledAt < SAMPLE_EVERY_MS) return;
    this.#sampledAt = now;
    console.info(this.#line('INFO', 'for example', sample));
  }

  #line(level: 'ERROR' | 'WARN' | 'INFO', message: string, fields: Fields): string {
    const circuits = this.#changes.length > 0 && { circuits: this.#changes };
    this.#changes = [];
    return JSON.stringify({ level, message, ...fields, ...circuits });
  }
}
