import type { Firing } from '../collect/alarm-timeline.ts';
import { type Band, hourTicks, minuteScale } from './chart.ts';
import { escapeHtml, short } from './html.ts';

const WIDTH = 1140;
const LANE = 19;
const BAR = 11;
const LEFT = 232;
const FRAME = { width: WIDTH, left: LEFT, right: 10 } as const;
const TOP = 6;
/** What lasted for a moment is to be seen all the same. */
const BAR_WIDTH_MIN = 4;
const HEADING = 22;

/** Faults, what was left out, and alarms, each in a lane of its own, over the same minutes. */
export function timelineHtml(
  faults: readonly Band[],
  leftOut: readonly Band[],
  firings: readonly Firing[],
  minutes: number,
): string {
  const x = minuteScale(minutes, FRAME);
  const lanes: string[] = [];
  let y = TOP;
  const heading = (text: string) => {
    lanes.push(`<text class="heading" x="0" y="${y + 13}">${text}</text>`);
    y += HEADING;
  };
  const lane = (
    name: string,
    kind: string,
    bars: readonly { start: number; end: number; title: string }[],
  ) => {
    const drawn = bars.map(({ end, start, title }) => {
      const wide = Math.max(BAR_WIDTH_MIN, x(end) - x(start));
      return `<rect class="bar ${kind}" x="${short(x(start))}" y="${y + (LANE - BAR) / 2}" width="${short(wide)}" height="${BAR}" rx="3"><title>${escapeHtml(title)}</title></rect>`;
    });
    lanes.push(
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - FRAME.right}" y1="${y + LANE / 2}" y2="${y + LANE / 2}"/><text class="lane" x="${LEFT - 10}" y="${y + LANE / 2}" text-anchor="end" dominant-baseline="central">${escapeHtml(name)}</text>${drawn.join('')}`,
    );
    y += LANE;
  };
  heading('What was done to it');
  for (const fault of faults) lane(fault.title, 'fault', [fault]);
  y += 8;
  if (leftOut.length > 0) {
    heading('What it left out');
    for (const name of new Set(leftOut.map(({ title }) => title))) {
      const bands = leftOut.filter(({ title }) => title === name);
      lane(
        name,
        'left',
        bands.map(({ end, start }) => ({ start, end, title: `${name}: for ${end - start} minutes` })),
      );
    }
    y += 8;
  }
  heading('What it told');
  for (const [alarm, on] of byAlarm(firings)) {
    const bars = on.map(({ end, start }) => ({
      start,
      end: end ?? minutes,
      title: `${alarm}: on for ${(end ?? minutes) - start} minutes`,
    }));
    lane(alarm, 'alarm', bars);
  }
  if (firings.length === 0) lane('no alarm', 'alarm', []);
  const height = y + 22;
  return `<figure class="timeline" data-left="${LEFT}" data-right="${FRAME.right}" data-width="${WIDTH}"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Faults and alarms over time">${hourLines(minutes, x, y)}${lanes.join('')}${hourTicks(minutes, x, y)}<line class="cursor" y1="0" y2="${y}"/></svg></figure>`;
}

function byAlarm(firings: readonly Firing[]): Map<string, Firing[]> {
  const alarms = new Map<string, Firing[]>();
  for (const firing of firings) alarms.set(firing.alarm, [...(alarms.get(firing.alarm) ?? []), firing]);
  return alarms;
}

function hourLines(minutes: number, x: (minute: number) => number, height: number): string {
  let lines = '';
  for (let minute = 60; minute < minutes; minute += 60) {
    lines += `<line class="hour" x1="${short(x(minute))}" x2="${short(x(minute))}" y1="${TOP}" y2="${height}"/>`;
  }
  return lines;
}
