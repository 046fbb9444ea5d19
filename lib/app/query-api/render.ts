import { formatDuration } from '#core/time/duration.ts';
import type { AggregateRow } from '../query/aggregate-rows.ts';
import type { WindowState } from '../query/answer-aggregate.ts';
import { windowText } from '../query/window-text.ts';
import { type Answer, type AnswerHole, type AnswerPart, type Freshness, holesOf, toIso } from './answer.ts';
import type { Format } from './negotiate-format.ts';
import { toCsv } from './render-csv.ts';

/** An answer's body, and what of it an ETag is made of: all but how fresh the pipeline is at this moment. */
export interface RenderedAnswer {
  readonly body: string;
  readonly stable: string;
}

export function render(answer: Answer, format: Format, now: number): RenderedAnswer {
  if (format === 'json') return renderJson(answer, now);
  const body = partsOf(answer)
    .map(format === 'csv' ? toCsv : toNdjson)
    .join('');
  // What the headers tell beside it.
  return { body, stable: JSON.stringify([format, answer.next, body]) };
}

export function partsOf({ parts }: Answer): readonly AnswerPart[] {
  return 'rows' in parts ? [parts] : parts;
}

export function freshnessJson({ newestEvent, watermark }: Freshness, now: number) {
  return {
    newestEvent: toIso(newestEvent),
    ageMs: newestEvent === null ? null : Math.max(0, now - newestEvent),
    watermark: toIso(watermark),
  };
}

/** One window or row a line: easy on the eyes, and on tools that go by lines. */
function renderJson(answer: Answer, now: number): RenderedAnswer {
  const { asked, freshness, next, parts, pipeline } = answer;
  const isOne = 'rows' in parts;
  const about = isOne ? { pipeline, ...aboutPart(parts), ...asked } : { pipeline, ...asked };
  const start = JSON.stringify(about).slice(0, -1);
  const values = isOne
    ? valuesJson(parts)
    : `"aggregates":{${parts.map((part) => `\n${JSON.stringify(part.aggregate.name)}:{"level":${JSON.stringify(formatDuration(part.level.sizeMs))},\n${valuesJson(part)}}`).join(',')}}`;
  const before = `${start},\n`;
  const holes = holesOf(answer).map((hole) => `\n${JSON.stringify(holeJson(hole))}`);
  const after = `"holes":[${holes.join(',')}],\n${values},\n"next":${JSON.stringify(next)}}\n`;
  const fresh = `"freshness":${JSON.stringify(freshnessJson(freshness, now))},\n`;
  return { body: before + fresh + after, stable: before + after };
}

function aboutPart({ aggregate, level }: AnswerPart) {
  return { aggregate: aggregate.name, level: formatDuration(level.sizeMs) };
}

function valuesJson(part: AnswerPart): string {
  const windows = part.windows.map((window) => `\n${JSON.stringify(windowJson(window))}`).join(',');
  const rows = part.rows.map((row) => `\n${JSON.stringify(rowJson(row, part.metrics))}`).join(',');
  return `"windows":[${windows}],\n"rows":[${rows}]`;
}

function windowJson({ amended, final, partial, windowEnd, windowStart }: WindowState) {
  const times = { windowStart: toIso(windowStart), windowEnd: toIso(windowEnd) };
  return { ...times, final, amended, ...(partial !== undefined && { partial }) };
}

function holeJson({ windowEnd, windowStart, ...hole }: AnswerHole) {
  return { ...hole, windowStart: toIso(windowStart), windowEnd: toIso(windowEnd) };
}

/** A row as `weir query --json` has it: the metrics beside the rest, whose names no metric may have. */
function rowJson({ group, metrics, windowEnd, windowStart }: AggregateRow, names: readonly string[]) {
  return {
    group,
    windowStart: toIso(windowStart),
    windowEnd: toIso(windowEnd),
    ...Object.fromEntries(names.map((name) => [name, metrics[name] ?? null])),
  };
}

/** A row a line, each with its window's state, by names that no metric can have. */
function toNdjson({ metrics, rows, windows }: AnswerPart): string {
  const states = new Map(windows.map((window) => [windowText(window), window]));
  return rows
    .map((row) => {
      const state = states.get(windowText(row));
      const known = {
        'window.final': state?.final ?? false,
        'window.amended': state?.amended ?? false,
        ...(state?.partial !== undefined && { 'window.partial': state.partial }),
        // Sparse: where nothing is left out, a line says nothing of it.
        ...(state?.holes && { 'window.reduced': state.holes.reduced, 'window.held': state.holes.held }),
      };
      return `${JSON.stringify({ ...rowJson(row, metrics), ...known })}\n`;
    })
    .join('');
}
