import type { Plan } from './plan.ts';

const HOUR_MS = 3_600_000;
/** A rejection is decided some time before it takes effect: the latest write comes minutes later. */
const TOLERANCE_MS = 8 * 60_000;

/** Knows, of one shard, who has begun its records and not come back, and how many were rejected for that. */
export class SuspectWatch {
  readonly #attemptsLeast: number;
  readonly #rejectionsMost: number;
  readonly #unreturned = new Map<string, Set<string>>();
  #thrown = 0;
  #hourFromMs = Number.NEGATIVE_INFINITY;
  #rejections = 0;

  constructor({ limits, rates, skewMs, without }: Plan) {
    this.#attemptsLeast = Math.min(...limits.map(({ crashAttemptsMax }) => crashAttemptsMax));
    const isTimed = skewMs === 0 && (rates.clock_jump === 0 || without.has('clock_jump'));
    // Where clocks are wrong, an hour is anything. The one more was decided within the hour before.
    const most = 1 + Math.max(...limits.map(({ crashesPerHourMax }) => crashesPerHourMax));
    this.#rejectionsMost = isTimed ? most : Number.POSITIVE_INFINITY;
  }

  /** An environment begins a record that is alone in its batch. */
  begin(environment: string, sequence: string): void {
    const names = this.#unreturned.get(sequence);
    if (names === undefined) this.#unreturned.set(sequence, new Set([environment]));
    else names.add(environment);
  }

  /** It has come back, and could say so. */
  comeBack(environment: string, sequence: string): void {
    this.#unreturned.get(sequence)?.delete(environment);
  }

  /** It has thrown, and begins anew with what comes next: this attempt stays one that was not come back from. */
  throw(environment: string, sequence: string): void {
    this.#thrown += 1;
    this.comeBack(environment, sequence);
    this.begin(`${environment}, which threw (${this.#thrown})`, sequence);
  }

  /** Whether it was begun so often that it may be rejected, though it is not poison. */
  wasOftenBegun(sequence: string): boolean {
    return (this.#unreturned.get(sequence)?.size ?? 0) >= this.#attemptsLeast;
  }

  /** An event is rejected as `crashed`; false where it is one too many in an hour. */
  reject(timeMs: number): boolean {
    if (timeMs - this.#hourFromMs >= HOUR_MS - TOLERANCE_MS) {
      this.#hourFromMs = timeMs;
      this.#rejections = 0;
    }
    this.#rejections += 1;
    return this.#rejections <= this.#rejectionsMost;
  }
}
