import type { EpochMs } from '#core/brand.ts';
import type { Aggregate } from '#core/pipeline/pipeline.ts';
import type { AggregateRow } from '../query/aggregate-rows.ts';
import type { WindowState } from '../query/answer-aggregate.ts';
import type { WindowHoles } from '../query/window-holes.ts';
import type { WindowLevel } from './levels.ts';

/** How far an answer's values go. */
export interface Freshness {
  readonly newestEvent: EpochMs | null;
  readonly watermark: EpochMs | null;
}

/** Rows of one aggregate, and the windows that they are of. */
export interface AnswerPart {
  readonly aggregate: Aggregate;
  readonly level: WindowLevel;
  /** Names of the metrics to show, in this order. */
  readonly metrics: readonly string[];
  readonly windows: readonly WindowState[];
  readonly rows: readonly AggregateRow[];
}

/** What a request for values comes to, before it has a format. */
export interface Answer {
  readonly pipeline: string;
  /** What was asked, as it was understood: more members of a JSON answer. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** One part for one aggregate; several by name where several were asked for. */
  readonly parts: AnswerPart | readonly AnswerPart[];
  readonly freshness: Freshness;
  /** Every window asked for is closed. */
  readonly isClosed: boolean;
  /** Where the rest begins; `null`: this is all. */
  readonly next: string | null;
}

/** What of an aggregate's window was left out under load, and not caught up on yet. */
export interface AnswerHole extends WindowHoles {
  readonly aggregate: string;
  readonly windowStart: number;
  readonly windowEnd: number;
  /** Those that the reduced events are missing from. */
  readonly metrics: readonly string[];
}

/** All that answers touch of what was left out. */
export function holesOf({ parts }: Pick<Answer, 'parts'>): AnswerHole[] {
  return ('rows' in parts ? [parts] : parts).flatMap(({ aggregate, windows }) =>
    windows.flatMap(({ holes, windowEnd, windowStart }) => {
      if (holes === undefined) return [];
      const left = aggregate.metrics.filter(({ essential }) => !essential && holes.reduced > 0);
      const metrics = left.map(({ name }) => name);
      return [{ aggregate: aggregate.name, windowStart, windowEnd, ...holes, metrics }];
    }),
  );
}

/** A time as answers have it. */
export function toIso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

/**
 * Whether nothing that comes on time can change the values of a range any more. Windows without a value are in no
 * answer; closed they are when the watermark has passed them.
 */
export function isClosed(
  windows: readonly WindowState[],
  watermark: EpochMs | null,
  to: number,
  { everyMs, sizeMs }: WindowLevel,
): boolean {
  const lastStart = (Math.ceil(to / everyMs) - 1) * everyMs;
  return (
    watermark !== null &&
    watermark >= lastStart + sizeMs &&
    windows.every(({ final, holes }) => final && holes === undefined)
  );
}
