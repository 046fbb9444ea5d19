import { describe, expect, it } from 'vitest';
import { pipelineAlarms } from '#contracts/alarms.ts';
import { CLOSE_METRICS } from '#contracts/close-metrics.ts';
import type { DashboardSection } from '#contracts/dashboard/graph.ts';
import { dashboardSections } from '#contracts/dashboard.ts';
import { DUPLICATE_METRICS } from '#contracts/duplicate-metrics.ts';
import { ENVIRONMENT_METRICS } from '#contracts/environment-metrics.ts';
import { INGEST_METRICS } from '#contracts/ingest-metrics.ts';
import { LOAD_METRICS } from '#contracts/load-metrics.ts';
import { LOOKUP_METRICS } from '#contracts/lookup-metrics.ts';
import { METRICS, type MetricDefinition } from '#contracts/metrics.ts';
import { SCALE_METRICS } from '#contracts/scale-metrics.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { pipelineOptions } from '#infra/options.ts';
import { alarmSettings } from '#infra/pipeline-stack.ts';
import { LOOKED_UP } from './looked-up-pipeline.ts';
import { PUBLISHED_METRICS } from './published-metrics.ts';
import { synthPipeline } from './synth.ts';

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly markdown?: string;
    readonly title?: string;
    readonly alarms?: readonly string[];
    readonly metrics?: readonly (readonly unknown[])[];
    readonly annotations?: {
      readonly horizontal?: readonly { readonly label: string; readonly value: number }[];
    };
  };
}

const EVERYTHING = { ...LOOKED_UP, capacity: { eventsPerSecond: 1000 } };
const SCALE = { shardsMin: 1, shardsMax: 4 };
const CAPPED = {
  table: { readUnitsMax: 10, writeUnitsMax: 10 },
  ingestApi: true,
  queryApi: true,
  scale: SCALE,
};
const sections = dashboardSections({
  stream: { mode: 'provisioned', shards: 1 },
  ingestApi: true,
  queryApi: true,
  canary: true,
  scale: SCALE,
  duplicates: true,
  lookups: true,
  capacity: true,
});
const widgets = dashboardWidgets();

const PUBLISHED_BY_FUNCTIONS: Readonly<Record<string, MetricDefinition>> = {
  ...METRICS,
  ...INGEST_METRICS,
  ...CLOSE_METRICS,
  ...DUPLICATE_METRICS,
  ...ENVIRONMENT_METRICS,
  ...LOAD_METRICS,
  ...LOOKUP_METRICS,
  ...SCALE_METRICS,
};

/** The dashboard's body with a name in place of each token. */
function dashboardWidgets(options: object = CAPPED, pipeline: Pipeline = EVERYTHING): Widget[] {
  const template = synthPipeline(pipeline, options);
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard')) as {
    Properties: { DashboardBody: { 'Fn::Join': [string, unknown[]] } };
  }[];
  const [separator, parts] =
    dashboard?.Properties.DashboardBody['Fn::Join'] ?? expect.fail('there is no dashboard');
  const body = parts.map((part) => (typeof part === 'string' ? part : 'token')).join(separator);
  return (JSON.parse(body) as { widgets: Widget[] }).widgets;
}

const graphsOf = (all: readonly DashboardSection[]) => all.flatMap(({ graphs }) => graphs);

describe('the dashboard', () => {
  it('has a section on reference data only of a pipeline with lookups', () => {
    const without = JSON.stringify(dashboardWidgets({}, { ...LOOKED_UP, lookups: [] }));
    expect(without).not.toContain('## Is reference data there?');
    expect(without).not.toContain('LookupsStale');
  });

  it('has a section on what is left out only of a pipeline that declares its capacity', () => {
    const without = JSON.stringify(dashboardWidgets({}, LOOKED_UP));
    expect(without).not.toContain('## What is left out under load?');
    expect(without).not.toContain('HoleAge');
  });

  it('has sections on the APIs only with them', () => {
    const text = JSON.stringify(dashboardWidgets({}));
    expect(text).not.toContain('AWS/ApiGateway');
    expect(text).not.toContain('## Are clients rid of their events?');
    expect(text).not.toContain('## Do clients get answers?');
  });

  it('asks what an operator asks, from top to bottom', () => {
    const headings = widgets.filter(({ type }) => type === 'text').sort((a, b) => a.y - b.y);
    expect(headings.map(({ properties }) => properties.markdown?.split('\n')[0])).toEqual([
      '## Are users served?',
      '## Do clients get answers?',
      '## Are clients rid of their events?',
      '## Where is the lag?',
      '## Is the load even?',
      '## Is reference data there?',
      '## What is left out under load?',
      '## Are windows closed?',
      '## What is throttled?',
      '## What is nearly used up?',
      '## What failed?',
      '## What does it cost?',
    ]);
  });

  it('shows duplicates, and ids that are forgotten early, only of a pipeline that tells them', () => {
    const namesOf = (some: readonly DashboardSection[]) =>
      graphsOf(some).flatMap(({ lines }) => lines.map(({ metric }) => metric.name));
    const plain = dashboardSections({ stream: { mode: 'provisioned', shards: 1 } });
    for (const name of Object.keys(DUPLICATE_METRICS)) {
      expect(namesOf(sections)).toContain(name);
      expect(namesOf(plain)).not.toContain(name);
    }
  });

  it('shows the state of all alarms at its top', () => {
    const status = widgets.find(({ type }) => type === 'alarm');
    expect(status?.y).toBeLessThan(5);
    expect(status?.properties.alarms).toHaveLength(
      pipelineAlarms(alarmSettings(pipelineOptions.parse(CAPPED), EVERYTHING)).length + 1,
    );
  });

  it('has each graph in the section of its question, without gaps or overlaps', () => {
    const rows = new Map<number, Widget[]>();
    for (const widget of widgets) rows.set(widget.y, [...(rows.get(widget.y) ?? []), widget]);
    let y = 0;
    for (const [top, row] of [...rows].sort(([a], [b]) => a - b)) {
      expect(top).toBe(y);
      let x = 0;
      for (const widget of row.sort((a, b) => a.x - b.x)) {
        expect(widget.x).toBe(x);
        x += widget.width;
      }
      expect(x).toBe(24);
      y += Math.max(...row.map(({ height }) => height));
    }
    const titles = widgets.filter(({ type }) => type === 'metric').map(({ properties }) => properties.title);
    expect(titles).toEqual(graphsOf(sections).map(({ title }) => title));
  });

  it('draws metrics that are published, with all of their dimensions', () => {
    for (const { lines } of graphsOf(sections)) {
      for (const { metric } of lines) {
        const published =
          metric.namespace === 'Weir'
            ? { unit: PUBLISHED_BY_FUNCTIONS[metric.name]?.unit, dimensions: [['service']] }
            : PUBLISHED_METRICS[metric.namespace]?.[metric.name];
        expect([metric.name, published?.unit]).toEqual([metric.name, metric.unit]);
        expect(published?.dimensions).toContainEqual(Object.keys(metric.dimensions));
      }
    }
  });

  it('draws each alarm in a graph of its metric', () => {
    for (const { name, signal } of pipelineAlarms(alarmSettings(pipelineOptions.parse(CAPPED), EVERYTHING))) {
      const graphs = graphsOf(sections).filter(({ alarms }) => alarms.includes(name));
      expect([name, graphs.length]).toEqual([name, 1]);
      const looked = signal.type === 'percentage' ? signal.part : signal.metric;
      expect([
        name,
        graphs[0]?.lines.some(
          ({ metric }) =>
            metric === looked || (metric.name === looked.name && metric.namespace === looked.namespace),
        ),
      ]).toEqual([name, true]);
    }
  });

  it('draws the threshold of each alarm that has one in the unit of its graph', () => {
    const drawn = widgets.flatMap(({ properties }) => properties.annotations?.horizontal ?? []);
    const alarms = pipelineAlarms(alarmSettings(pipelineOptions.parse(CAPPED), EVERYTHING)).filter(
      ({ signal }) => signal.type === 'metric',
    );
    expect(drawn).toHaveLength(alarms.length);
    const values = alarms.map(({ condition }) =>
      condition.type === 'outsideBand' ? Number.NaN : condition.threshold,
    );
    expect(drawn.map(({ value }) => value).sort((a, b) => a - b)).toEqual(values.sort((a, b) => a - b));
  });

  it('tells what an hour costs by list prices', () => {
    const cost = widgets.find(({ properties }) => properties.title === 'Dollars an hour');
    const expressions = JSON.stringify(cost?.properties.metrics);
    // 1,769 MB for a millisecond at $0.0000133334 a GB-second; $0.625 a million write units.
    expect(expressions).toContain(`* ${((1769 / 1024 / 1000) * 0.0000133334).toFixed(12)}`);
    expect(expressions).toContain(`* ${(0.625 / 1e6).toFixed(12)}`);
    expect(expressions).not.toMatch(/\d[eE]-?\d/);
    const heading = (all: readonly Widget[]) =>
      all.findLast(({ type }) => type === 'text')?.properties.markdown;
    expect(heading(widgets)).toContain('1 to 4 shards: $0.015 to $0.060 an hour');
    expect(heading(dashboardWidgets({}))).toContain('1 shard: $0.015 an hour');
    expect(heading(dashboardWidgets({ stream: { mode: 'on-demand' } }))).toContain(
      'the on-demand stream: $0.04 an hour',
    );
  });
});
