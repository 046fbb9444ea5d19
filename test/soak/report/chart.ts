import { escapeHtml, readable, short } from './html.ts';
import { linearScale, logScale } from './scale.ts';

/** A value at a minute of the run; `null`: there is none, and the line has a gap. */
export type Point = readonly [minute: number, value: number | null];

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  readonly look: 'line' | 'step' | 'dots';
  /** One of the page's colours. */
  readonly color: 1 | 2 | 3;
}

/** Something of a chart's background: from when to when there was a fault. */
export interface Band {
  readonly start: number;
  readonly end: number;
  readonly title: string;
}

export interface Chart {
  readonly title: string;
  readonly unit: string;
  /** What a reader should know who sees it for the first time. */
  readonly note: string;
  readonly series: readonly Series[];
  readonly scale: 'linear' | 'log';
}

export const FRAME = { width: 560, height: 176, left: 46, right: 8, top: 8, bottom: 20 } as const;
const GAP_MINUTES = 21;
/** A fault of a moment is drawn as if it had lasted so long. */
const BAND_MINUTES_MIN = 1.5;

/** Where minutes are, from left to right. */
export function minuteScale(minutes: number, frame: { width: number; left: number; right: number }) {
  const { left, right, width } = frame;
  return (minute: number) => left + (Math.min(minute, minutes) / minutes) * (width - left - right);
}

/** A chart as a figure, over `minutes` of the run. */
export function chartHtml(chart: Chart, minutes: number, bands: readonly Band[]): string {
  const { bottom, height, left, right, top, width } = FRAME;
  const x = minuteScale(minutes, FRAME);
  const values = chart.series.flatMap(({ points }) => points.flatMap(([, value]) => value ?? []));
  const most = Math.max(0, ...values);
  const least = Math.min(...values.filter((value) => value > 0));
  const base = height - bottom;
  const scale =
    chart.scale === 'log'
      ? logScale(Number.isFinite(least) ? least : 1, most, base, top)
      : linearScale(most, base, top);
  const shades = bands
    .map(({ end, start, title }) => {
      const from = x(start);
      const wide = x(Math.max(end, start + BAND_MINUTES_MIN)) - from;
      return `<rect class="band" x="${short(from)}" y="${top}" width="${short(wide)}" height="${base - top}"><title>${escapeHtml(title)}</title></rect>`;
    })
    .join('');
  const lines = scale.ticks
    .map((tick) => {
      const y = short(scale.at(tick));
      return `<line class="grid" x1="${left}" x2="${width - right}" y1="${y}" y2="${y}"/><text class="tick" x="${left - 6}" y="${y}" text-anchor="end" dominant-baseline="middle">${readable(tick)}</text>`;
    })
    .join('');
  const drawn = chart.series.map((series) => drawSeries(series, x, scale.at)).join('');
  const legend = chart.series
    .map(({ color, name }) => `<span class="key c${color}">${escapeHtml(name)} <b></b></span>`)
    .join('');
  const data = JSON.stringify(chart.series.map(({ points }) => points));
  return `<figure class="chart" data-unit="${escapeHtml(chart.unit)}" data-series='${data}'>
<figcaption><h3>${escapeHtml(chart.title)} <small>${escapeHtml(chart.unit)}</small></h3><div class="legend">${legend}</div></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(`${chart.title}, ${chart.unit}`)}">${shades}${lines}${hourTicks(minutes, x, base)}${drawn}<line class="cursor" y1="${top}" y2="${base}"/></svg>
<p class="note">${escapeHtml(chart.note)}</p>
</figure>`;
}

/** The hours under a chart, few enough to be read. */
export function hourTicks(minutes: number, x: (minute: number) => number, y: number): string {
  const step = minutes <= 90 ? 15 : minutes <= 240 ? 30 : Math.ceil(minutes / 60 / 12) * 60;
  let ticks = '';
  for (let minute = 0; minute <= minutes; minute += step) {
    const label = step < 60 ? `${minute} min` : `${minute / 60} h`;
    ticks += `<line class="grid" x1="${short(x(minute))}" x2="${short(x(minute))}" y1="${y}" y2="${y + 4}"/><text class="tick" x="${short(x(minute))}" y="${y + 14}" text-anchor="middle">${label}</text>`;
  }
  return ticks;
}

function drawSeries(
  { color, look, points }: Series,
  x: (at: number) => number,
  y: (value: number) => number,
) {
  if (look === 'dots') {
    return points
      .flatMap(([minute, value]) =>
        value === null
          ? []
          : `<circle class="dot c${color}" cx="${short(x(minute))}" cy="${short(y(value))}" r="1.8"/>`,
      )
      .join('');
  }
  let path = '';
  let before: Point | undefined;
  for (const point of points) {
    const [minute, value] = point;
    if (value !== null) {
      const joined = before !== undefined && before[1] !== null && minute - before[0] <= GAP_MINUTES;
      const at = `${short(x(minute))},${short(y(value))}`;
      if (!joined) path += `M${at}`;
      else path += look === 'step' ? `H${short(x(minute))}V${short(y(value))}` : `L${at}`;
    }
    before = point;
  }
  return `<path class="line c${color}" d="${path}"/>`;
}
