import type { InvocationEvent } from '#local/function-host/invocation.ts';
import type { RuntimeUsage } from '#local/runtime.ts';

/** What a minute of stream time was like. */
export interface MinuteSample {
  /** Since the beginning of the run, at its end. */
  readonly minute: number;
  readonly eventsPut: number;
  readonly eventsReceived: number;
  /** Age of the oldest event that was not done yet; the most that was seen. Stream time. */
  readonly lagMs: number;
  /** What each invocation that answered took, in real time. */
  readonly batchMs: readonly number[];
  readonly invocations: number;
  readonly failedInvocations: number;
  readonly unfinishedBatches: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly tableRequests: number;
  /** Of all functions, with the lines that Lambda writes by itself. */
  readonly logBytes: number;
  readonly openShards: number;
  /** The degradation level; 0: everything is counted as it comes. */
  readonly level: number;
  /** Events that only the essential metrics have got, that none has, and that were added later. */
  readonly eventsReduced: number;
  readonly eventsHeld: number;
  readonly eventsRepaired: number;
  readonly eventsLost: number;
  /** How long ago the first event of the oldest open hole had arrived, when somebody looked last. Stream time. */
  readonly holeAgeMs: number;
  /** Services that a process left alone, at most. */
  readonly openCircuits: number;
}

/** `START`, `END` and `REPORT`, with their request ids. */
const PLATFORM_LOG_BYTES = 360;
const LINE_END_BYTES = 1;

const NOTHING_LEFT = { eventsReduced: 0, eventsHeld: 0, eventsRepaired: 0, eventsLost: 0 } as const;

/** Gathers what is told in the course of a minute. */
export class Minutes {
  readonly samples: MinuteSample[] = [];
  #eventsPut = 0;
  #eventsReceived = 0;
  #lagMs = 0;
  #batchMs: number[] = [];
  #unfinished = 0;
  #logBytes = 0;
  #level = 0;
  #left: Record<keyof typeof NOTHING_LEFT, number> = { ...NOTHING_LEFT };
  #holeAgeMs = 0;
  #openCircuits = 0;
  #before: RuntimeUsage | undefined;

  put(events: number): void {
    this.#eventsPut += events;
  }

  /** A blob in embedded metric format. */
  metrics(blob: object): void {
    const members = blob as Readonly<Record<string, unknown>>;
    this.#logBytes += JSON.stringify(blob).length + LINE_END_BYTES;
    this.#eventsReceived += sumOf(members['EventsReceived']);
    this.#unfinished += sumOf(members['BatchesUnfinished']);
    this.#lagMs = Math.max(this.#lagMs, sumOf(members['EventLag']));
    this.#level = Math.max(this.#level, sumOf(members['Level']));
    this.#left.eventsReduced += sumOf(members['EventsReduced']);
    this.#left.eventsHeld += sumOf(members['EventsHeld']);
    this.#left.eventsRepaired += sumOf(members['EventsRepaired']);
    this.#left.eventsLost += sumOf(members['EventsLost']);
    if ('HoleAge' in members) this.#holeAgeMs = sumOf(members['HoleAge']);
    this.#openCircuits = Math.max(this.#openCircuits, sumOf(members['CircuitsOpen']));
  }

  log(line: string): void {
    this.#logBytes += Buffer.byteLength(line) + LINE_END_BYTES;
  }

  invocation(event: InvocationEvent): void {
    if (event.type !== 'ended') return;
    this.#logBytes += PLATFORM_LOG_BYTES;
    if (event.result === 'response') this.#batchMs.push(event.durationMs);
  }

  lag(ms: number): void {
    this.#lagMs = Math.max(this.#lagMs, ms);
  }

  /** Ends a minute. */
  end(minute: number, usage: RuntimeUsage, openShards: number): MinuteSample {
    const before = this.#before;
    const since = (of: (usage: RuntimeUsage) => number) =>
      of(usage) - (before === undefined ? 0 : of(before));
    const requests = ({ requests }: RuntimeUsage) => Object.values(requests).reduce((a, b) => a + b, 0);
    const sample: MinuteSample = {
      minute,
      eventsPut: this.#eventsPut,
      eventsReceived: this.#eventsReceived,
      lagMs: Math.max(this.#lagMs, usage.iteratorAgeMs),
      batchMs: this.#batchMs,
      invocations: since((of) => of.invocations),
      failedInvocations: since((of) => of.failedInvocations),
      unfinishedBatches: this.#unfinished,
      writeUnits: since((of) => of.writeUnits),
      readUnits: since((of) => of.readUnits),
      tableRequests: since(requests),
      logBytes: this.#logBytes,
      openShards,
      level: this.#level,
      ...this.#left,
      holeAgeMs: this.#holeAgeMs,
      openCircuits: this.#openCircuits,
    };
    this.samples.push(sample);
    this.#before = usage;
    this.#eventsPut = 0;
    this.#eventsReceived = 0;
    this.#lagMs = 0;
    this.#batchMs = [];
    this.#unfinished = 0;
    this.#logBytes = 0;
    this.#level = 0;
    this.#left = { ...NOTHING_LEFT };
    this.#openCircuits = 0;
    return sample;
  }
}

function sumOf(value: unknown): number {
  return [value].flat().reduce<number>((sum, one) => sum + (typeof one === 'number' ? one : 0), 0);
}
