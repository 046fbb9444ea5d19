import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scalingAlarms } from '#contracts/alarms/scaling.ts';
import { pipelineAlarms } from '#contracts/alarms.ts';
import { CLOSE_FUNCTION } from '#contracts/close-function.ts';
import { CLOSE_METRICS } from '#contracts/close-metrics.ts';
import { ENVIRONMENT_METRICS } from '#contracts/environment-metrics.ts';
import { LIST_PRICES } from '#contracts/list-prices.ts';
import { METRICS } from '#contracts/metrics.ts';
import { SCALE_FUNCTION } from '#contracts/scale-function.ts';
import { SCALE_METRICS } from '#contracts/scale-metrics.ts';
import { pipelineOptions } from '#infra/options.ts';
import { alarmSettings } from '#infra/pipeline-stack.ts';
import flights from '#pipelines/flights.ts';
import {
  BUNDLE_KB_MAX,
  CLOSE_BUNDLE_KB_MAX,
  INGEST_BUNDLE_KB_MAX,
  QUERY_BUNDLE_KB_MAX,
  SCALE_BUNDLE_KB_MAX,
} from '#test/infra/bundle-limits.ts';
import { synthTemplate } from '#test/infra/synth.ts';
import { alarmsPage } from './alarms-page.ts';
import { functionsPage } from './functions-page.ts';
import { streamCostRows } from './stream-costs.ts';

const DOCS = resolve(import.meta.dirname, '../../docs');

// `npm run docs` writes them anew.
describe('the generated pages of the docs', () => {
  it('docs/alarms.md is what the registry says', async () => {
    await expect(alarmsPage()).toMatchFileSnapshot(resolve(DOCS, 'alarms.md'));
  });

  it('docs/functions.md is what the template says', async () => {
    const template = await synthTemplate({ ingestApi: true, queryApi: true, scale: { shardsMax: 4 } });
    const page = functionsPage(template, {
      aggregate: BUNDLE_KB_MAX,
      close: CLOSE_BUNDLE_KB_MAX,
      scale: SCALE_BUNDLE_KB_MAX,
      ingest: INGEST_BUNDLE_KB_MAX,
      query: QUERY_BUNDLE_KB_MAX,
    });
    await expect(page).toMatchFileSnapshot(resolve(DOCS, 'functions.md'));
  });
});

describe('docs/scaling.md', () => {
  it('has the costs that follow from the list prices', () => {
    const page = readFileSync(resolve(DOCS, 'scaling.md'), 'utf8');
    expect(page.split('\n').filter((line) => / MB\/s \|/.test(line))).toEqual(streamCostRows());
  });
});

describe('docs/deploy.md', () => {
  const page = readFileSync(resolve(DOCS, 'deploy.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  const row = (start: string) =>
    rows.find((line) => line.startsWith(`| ${start}`)) ?? expect.fail(`there is no row ${start}`);
  const dollars = (amount: number) => `$${amount.toFixed(2)} |`;

  it('has the costs at rest that follow from the list prices', () => {
    const alarms = pipelineAlarms(alarmSettings(pipelineOptions.parse({}), flights));
    // An alarm costs by the metrics that it looks at; a band counts as two more.
    const looks = alarms.reduce(
      (sum, { signal }) => sum + { metric: 1, percentage: 2, band: 3 }[signal.type],
      0,
    );
    expect(row('stream, provisioned')).toContain(dollars(730 * LIST_PRICES.shardHour));
    expect(row('stream, on-demand')).toContain(dollars(730 * LIST_PRICES.onDemandStreamHour));
    expect(row(`${alarms.length} alarms`)).toContain(
      dollars(looks * LIST_PRICES.alarmMonth + LIST_PRICES.compositeAlarmMonth),
    );
    expect(row('dashboard')).toContain(dollars(LIST_PRICES.dashboardMonth));
    const own = Object.keys({ ...METRICS, ...CLOSE_METRICS, ...ENVIRONMENT_METRICS }).length;
    expect(row(`metrics of our own (${own})`)).toContain(dollars(own * LIST_PRICES.metricMonth));
    const runs = (30 * 24 * 60) / CLOSE_FUNCTION.everyMinutes;
    const { functionGigabyteSecond, functionInvocation } = LIST_PRICES;
    const run = functionInvocation + 0.1 * (CLOSE_FUNCTION.memoryMegabytes / 1024) * functionGigabyteSecond;
    expect(row(`closing windows: ${runs.toLocaleString('en-US')} runs`)).toContain(dollars(runs * run));
    const scaleRun =
      functionInvocation + 0.3 * (SCALE_FUNCTION.memoryMegabytes / 1024) * functionGigabyteSecond;
    const item = LIST_PRICES.tableReadUnit + LIST_PRICES.tableWriteUnit;
    const extra = scalingAlarms().length * LIST_PRICES.alarmMonth;
    const metered = Object.keys(SCALE_METRICS).length * LIST_PRICES.metricMonth;
    expect(row('with `scale`')).toContain(dollars(extra + metered + runs * (scaleRun + item)));
    expect(row('customer-managed key')).toContain(dollars(LIST_PRICES.keyMonth));
  });

  it('tells every option', () => {
    const options = pipelineOptions.shape;
    const inner = (name: string, section: { readonly shape: object }) =>
      Object.keys(section.shape).map((key) => `${name}.${key}`);
    const names = [
      ...inner('stream', options.stream.unwrap()),
      ...inner('table', options.table.unwrap()),
      ...inner('function', options.function.unwrap()),
      ...inner('close', options.close.unwrap()),
      ...inner('alarms', options.alarms.unwrap()),
      ...Object.keys(options).filter(
        (name) => !['stream', 'table', 'function', 'close', 'alarms'].includes(name),
      ),
    ];
    const told = rows.join('\n');
    for (const name of names) expect([name, told.includes(`\`${name}\``)]).toEqual([name, true]);
  });
});
