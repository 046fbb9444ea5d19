import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readFaultSchedule } from './faults/fault-schedule.ts';
import { reportHtml } from './report/report.ts';
import { runSoak } from './soak.ts';
import { SOAK_DEFAULTS } from './soak-options.ts';

const SCENARIOS = fileURLToPath(new URL('./scenarios/', import.meta.url));
const USAGE = `Runs a pipeline for hours of stream time, with everything that goes wrong; docs/soak.md says how.

  npm run soak [-- --hours ${SOAK_DEFAULTS.hours}]             hours of stream time
      [--minutes-per-hour ${SOAK_DEFAULTS.minutesPerHour}]               real minutes that each takes, at least
      [--seed ${SOAK_DEFAULTS.seed}]                           of the load: the same seed, the same events
      [--faults test/soak/scenarios/…]     a schedule of faults; ten-hours.json unless given
      [--report report.html]               where the report goes; its figures go beside it, as JSON`;

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: String(SOAK_DEFAULTS.hours) },
    'minutes-per-hour': { type: 'string', default: String(SOAK_DEFAULTS.minutesPerHour) },
    seed: { type: 'string', default: String(SOAK_DEFAULTS.seed) },
    faults: { type: 'string', default: `${SCENARIOS}ten-hours.json` },
    report: { type: 'string', default: 'report.html' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(USAGE);
else process.exitCode = await run();

async function run(): Promise<number> {
  const result = await runSoak({
    hours: positive('hours', values.hours),
    minutesPerHour: positive('minutes-per-hour', values['minutes-per-hour']),
    seed: positive('seed', values.seed),
    schedule: await readFaultSchedule(values.faults),
    tell: (line) => console.log(line),
  });
  for (const { figures, ok, title } of result.checks)
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${title}: ${figures}`);
  const report = resolve(values.report);
  await writeFile(report, reportHtml(result));
  await writeFile(report.replace(/(\.html)?$/, '.json'), JSON.stringify(result));
  console.log(`the report is ${report}`);
  return result.checks.every(({ ok }) => ok) ? 0 : 1;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`--${name} is ${text}; give a number above 0`);
}
