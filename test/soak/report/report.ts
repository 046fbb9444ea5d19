import { COMPOSITE_ALARM } from '#contracts/alarms.ts';
import { sumOf } from '../checks/hours.ts';
import { firingsOf } from '../collect/alarm-timeline.ts';
import { endOf, type Fault } from '../faults/fault-schedule.ts';
import type { SoakResult } from '../soak-result.ts';
import { type Band, chartHtml } from './chart.ts';
import { escapeHtml, readable } from './html.ts';
import { leftOutBands } from './left-out.ts';
import { SCRIPT, STYLES } from './page.ts';
import { chartsOf } from './series.ts';
import { timelineHtml } from './timeline.ts';

const MINUTE_MS = 60_000;

/** A run's report: one page that needs nothing else. */
export function reportHtml(result: SoakResult): string {
  const minutes = Math.max(1, result.minutes.at(-1)?.minute ?? 1);
  const failed = result.checks.filter(({ ok }) => !ok).length;
  const bands = result.faults.filter(({ fault }) => fault !== 'quiet').map(bandOf);
  const title = `${readable(result.hours)} hours under load`;
  const verdict =
    failed === 0
      ? `All ${result.checks.length} checks hold`
      : `${failed} of ${result.checks.length} checks do not hold`;
  const firings = firingsOf(result.turns).filter(({ alarm }) => alarm !== COMPOSITE_ALARM.name);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Weir: ${escapeHtml(title)}</title>
<style>${STYLES}</style>
</head>
<body data-minutes="${minutes}">
<main>
<p class="verdict${failed === 0 ? '' : ' bad'}">${escapeHtml(verdict)}</p>
<h1>${escapeHtml(title)}</h1>
<p class="lead">${escapeHtml(result.about)} The bundled functions ran against emulators of Kinesis, DynamoDB, SQS and S3 on one clock in stream time, seed ${result.seed}; it took ${readable(result.realSeconds / 60)} minutes.</p>
${tilesHtml(result, firings.length)}
<h2>What it had to show</h2>
<table class="checks">${result.checks.map(({ figures, ok, title }) => `<tr${ok ? '' : ' class="bad"'}><td>${ok ? '✓' : '✗'}</td><td>${escapeHtml(title)}</td><td>${escapeHtml(figures)}</td></tr>`).join('')}</table>
<h2>Faults and alarms</h2>
${timelineHtml(bands, leftOutBands(result.minutes), firings, minutes)}
<h2>Hour by hour <small class="lead">at <span id="moment">–</span>; shaded while something was wrong</small></h2>
<div class="grid-of-charts">
${chartsOf(result)
  .map((chart) => chartHtml(chart, minutes, bands))
  .join('\n')}
</div>
<footer>Alarms are those of the synthesized template, evaluated every minute of stream time by CloudWatch's rules.</footer>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function tilesHtml(result: SoakResult, firings: number): string {
  const { faults, minutes, processes, put } = result;
  const top = Math.max(...minutes.map(({ eventsPut }) => eventsPut)) / 60;
  const tiles: readonly (readonly [string, string])[] = [
    [readable(put.events), 'events'],
    [readable(top), 'events a second at most'],
    [readable(sumOf(minutes, ({ invocations }) => invocations)), 'invocations'],
    [readable(faults.length), 'faults'],
    [readable(firings), 'times an alarm was on'],
    [readable(processes), 'processes of the function'],
  ];
  return `<div class="tiles">${tiles.map(([value, name]) => `<div class="tile"><b>${value}</b><span>${name}</span></div>`).join('')}</div>`;
}

function bandOf(fault: Fault): Band {
  return {
    start: fault.at / MINUTE_MS,
    end: endOf(fault) / MINUTE_MS,
    title: fault.title ?? fault.fault.replaceAll('-', ' '),
  };
}
