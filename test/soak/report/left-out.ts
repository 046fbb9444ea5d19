import type { MinuteSample } from '../collect/minutes.ts';
import type { Band } from './chart.ts';

/** What there was, by minute. */
const LANES: readonly (readonly [title: string, isThere: (minute: MinuteSample) => boolean])[] = [
  ['level 1 or 2: essential metrics only', ({ level }) => level >= 1],
  ['level 2: no low priority', ({ level }) => level >= 2],
  ['holes open', ({ eventsHeld, eventsReduced, holeAgeMs }) => holeAgeMs + eventsReduced + eventsHeld > 0],
  ['repairing', ({ eventsRepaired }) => eventsRepaired > 0],
];

/** From when to when something was left out, was lacking, and was added; nothing where nothing ever was. */
export function leftOutBands(minutes: readonly MinuteSample[]): Band[] {
  return LANES.flatMap(([title, isThere]) => {
    const bands: { title: string; start: number; end: number }[] = [];
    for (const sample of minutes.filter(isThere)) {
      const last = bands.at(-1);
      if (last?.end === sample.minute - 1) last.end = sample.minute;
      else bands.push({ title, start: sample.minute - 1, end: sample.minute });
    }
    return bands;
  });
}
