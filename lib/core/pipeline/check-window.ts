import type { DurationMs } from '#core/brand.ts';
import { formatDuration } from '#core/time/duration.ts';
import { checkDuration, checkOptions, isObject, type Loose, type Report, show } from './definition-checks.ts';
import type { AggregateWindow, Level } from './pipeline.ts';

const WINDOW_MS_MIN = 1000;
const WINDOW_MS_MAX = 366 * 86_400_000;
const ROLLUPS_MAX = 5;
/** Each window is read, and its value made, from so many parts at most. */
const PANES_MAX = 1000;
const GAP_MS_MAX = 30 * 86_400_000;
const RETENTION_MS_MAX = 100 * 366 * 86_400_000;

/** Pane finals are of no use once the windows that they are part of are final. */
const PANE_RETENTION_MS = 30 * 86_400_000;

export interface CheckedWindow {
  readonly window: AggregateWindow;
  readonly levels: readonly Level[];
}

/** An aggregate's window, and the levels at which its values are kept: what is stored first, then what is made of it. */
export function checkWindow(given: unknown, place: string, report: Report): CheckedWindow {
  if (isObject(given) && given.type === 'tumbling') return checkTumbling(given, place, report);
  if (isObject(given) && given.type === 'hopping') return checkHopping(given, place, report);
  if (isObject(given) && given.type === 'session') return checkSession(given, place, report);
  report(
    place,
    "is no window; give tumbling('1h'), hopping('1h', { every: '10m' }) or session({ gap: '30m' })",
  );
  return tumblingWindow([0 as DurationMs], new Map());
}

function checkTumbling(given: Loose, place: string, report: Report): CheckedWindow {
  checkOptions(given, ['type', 'size', 'rollup', 'retention'], place, report);
  const sizeMs = checkDuration(given.size, place, report, WINDOW_MS_MIN, WINDOW_MS_MAX);
  const sizes = [sizeMs, ...checkRollups(given.rollup, sizeMs, `${place}.rollup`, report)];
  return tumblingWindow(sizes, checkRetention(given.retention, sizes, `${place}.retention`, report));
}

function tumblingWindow(
  sizes: readonly DurationMs[],
  retention: ReadonlyMap<DurationMs, DurationMs>,
): CheckedWindow {
  const levels = sizes.map((sizeMs) => ({
    sizeMs,
    everyMs: sizeMs,
    retentionMs: retention.get(sizeMs) ?? null,
  }));
  const sizeMs = sizes[0] ?? (0 as DurationMs);
  return { window: { type: 'tumbling', sizeMs, everyMs: sizeMs }, levels };
}

function checkHopping(given: Loose, place: string, report: Report): CheckedWindow {
  checkOptions(given, ['type', 'size', 'every', 'retention'], place, report);
  const sizeMs = checkDuration(given.size, place, report, WINDOW_MS_MIN, WINDOW_MS_MAX);
  const everyMs = checkDuration(given.every, `${place}.every`, report, WINDOW_MS_MIN, WINDOW_MS_MAX);
  const panes = sizeMs / everyMs;
  if (sizeMs > 0 && everyMs > 0 && !(Number.isInteger(panes) && panes >= 2 && panes <= PANES_MAX)) {
    report(
      `${place}.every`,
      `is ${show(given.every)}; give a part of ${show(given.size)} that divides it, at most into ${PANES_MAX}`,
    );
  }
  const retention = checkRetention(given.retention, [sizeMs], `${place}.retention`, report);
  const panesKept = Math.max(PANE_RETENTION_MS, 2 * sizeMs) as DurationMs;
  const levels = [
    { sizeMs: everyMs, everyMs, retentionMs: panesKept },
    { sizeMs, everyMs, retentionMs: retention.get(sizeMs) ?? null },
  ];
  return { window: { type: 'hopping', sizeMs, everyMs }, levels };
}

function checkSession(given: Loose, place: string, report: Report): CheckedWindow {
  checkOptions(given, ['type', 'gap', 'longest', 'retention'], place, report);
  const gapMs = checkDuration(given.gap, `${place}.gap`, report, WINDOW_MS_MIN, GAP_MS_MAX);
  const longestMs = checkLongest(given, gapMs, place, report);
  const retentionMs =
    given.retention === undefined
      ? null
      : checkDuration(given.retention, `${place}.retention`, report, gapMs, RETENTION_MS_MAX);
  // A session's first pane is kept until its last one may go.
  const panesKept = retentionMs === null ? null : ((retentionMs + 2 * longestMs + gapMs) as DurationMs);
  return {
    window: { type: 'session', sizeMs: gapMs, everyMs: gapMs, longestMs, retentionMs },
    levels: [{ sizeMs: gapMs, everyMs: gapMs, retentionMs: panesKept }],
  };
}

function checkLongest({ gap, longest }: Loose, gapMs: DurationMs, place: string, report: Report): DurationMs {
  const mostMs = (gapMs * PANES_MAX) as DurationMs;
  if (longest === undefined || gapMs === 0) return mostMs;
  const longestMs = checkDuration(longest, `${place}.longest`, report, gapMs, mostMs);
  if (longestMs % gapMs !== 0)
    report(`${place}.longest`, `is ${show(longest)}; give a multiple of the gap, ${show(gap)}`);
  return longestMs;
}

function checkRollups(given: unknown, baseMs: DurationMs, place: string, report: Report): DurationMs[] {
  if (given === undefined) return [];
  if (!Array.isArray(given) || given.length > ROLLUPS_MAX) {
    report(place, `is ${show(given)}; give a list of up to ${ROLLUPS_MAX} sizes, e.g. ['1d', '30d']`);
    return [];
  }
  const sizes: DurationMs[] = [];
  let partMs = baseMs;
  for (const [i, size] of given.entries()) {
    const sizeMs = checkDuration(size, `${place}[${i}]`, report, WINDOW_MS_MIN, WINDOW_MS_MAX);
    if (sizeMs === 0 || partMs === 0) continue;
    if (sizeMs <= partMs || sizeMs % partMs !== 0) {
      report(
        `${place}[${i}]`,
        `is ${show(size)}; give a multiple of '${formatDuration(partMs)}', and a larger one`,
      );
      continue;
    }
    sizes.push(sizeMs);
    partMs = sizeMs;
  }
  return sizes;
}

function checkRetention(
  given: unknown,
  sizes: readonly DurationMs[],
  place: string,
  report: Report,
): Map<DurationMs, DurationMs> {
  const retention = new Map<DurationMs, DurationMs>();
  if (given === undefined) return retention;
  if (!isObject(given)) {
    report(place, `is ${show(given)}; give durations by window size, e.g. { '1h': '90d' }`);
    return retention;
  }
  for (const [size, kept] of Object.entries(given)) {
    const sizeMs = checkDuration(size, place, report);
    if (!sizes.includes(sizeMs)) {
      const known = sizes.map((each) => `'${formatDuration(each)}'`).join(', ');
      report(place, `names windows of ${show(size)}; there are ${known}`);
      continue;
    }
    retention.set(sizeMs, checkDuration(kept, `${place}.${size}`, report, sizeMs, RETENTION_MS_MAX));
  }
  return retention;
}
