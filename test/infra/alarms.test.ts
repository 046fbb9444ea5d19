import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMPOSITE_ALARM, pipelineAlarms } from '#contracts/alarms.ts';
import { CLOSE_METRICS } from '#contracts/close-metrics.ts';
import { ENVIRONMENT_METRICS } from '#contracts/environment-metrics.ts';
import { LOAD_METRICS } from '#contracts/load-metrics.ts';
import { LOOKUP_METRICS } from '#contracts/lookup-metrics.ts';
import { METRICS, type MetricDefinition } from '#contracts/metrics.ts';
import { SCALE_METRICS } from '#contracts/scale-metrics.ts';
import { pipelineOptions } from '#infra/options.ts';
import { alarmSettings } from '#infra/pipeline-stack.ts';
import { LOOKED_UP } from './looked-up-pipeline.ts';
import { PUBLISHED_METRICS, type PublishedMetric } from './published-metrics.ts';
import { propertiesOf, synthPipeline, synthTemplate } from './synth.ts';
import { type NamedMetric, templateAlarms } from './template-metrics.ts';

const CAPPED = { table: { readUnitsMax: 1000, writeUnitsMax: 1000 } };
/** All that alarms are there for. */
const ALL = { ...CAPPED, ingestApi: true, queryApi: true, scale: { shardsMax: 4 } };
const EVERYTHING = { ...LOOKED_UP, capacity: { eventsPerSecond: 1000 } };
const PUBLISHED_BY_FUNCTIONS: Readonly<Record<string, MetricDefinition>> = {
  ...METRICS,
  ...CLOSE_METRICS,
  ...ENVIRONMENT_METRICS,
  ...LOAD_METRICS,
  ...LOOKUP_METRICS,
  ...SCALE_METRICS,
};
const RUNBOOKS = resolve(import.meta.dirname, '../../docs/runbooks');

const template = synthPipeline(EVERYTHING, ALL);
const alarms = templateAlarms(template);
const definitions = pipelineAlarms(alarmSettings(pipelineOptions.parse(ALL), EVERYTHING));

/** The type of resource that a dimension's value must name. */
const DIMENSION_RESOURCES: Readonly<Record<string, string>> = {
  StreamName: 'AWS::Kinesis::Stream',
  FunctionName: 'AWS::Lambda::Function',
  EventSourceMappingUUID: 'AWS::Lambda::EventSourceMapping',
  TableName: 'AWS::DynamoDB::Table',
  QueueName: 'AWS::SQS::Queue',
  Stage: 'AWS::ApiGateway::Stage',
};

/** What the services, or our functions, really publish by that name; fails for what nobody does. */
function published({ name, namespace }: NamedMetric): PublishedMetric {
  if (namespace === 'Weir') {
    const own = PUBLISHED_BY_FUNCTIONS[name] ?? expect.fail(`no function publishes ${name}`);
    return { unit: own.unit, dimensions: [['service']], statistics: ['Sum', 'Maximum', 'SampleCount'] };
  }
  return PUBLISHED_METRICS[namespace]?.[name] ?? expect.fail(`nobody publishes ${namespace} ${name}`);
}

/** A dimension's value must be the resource of this stack, as the service knows it: its name, not its ARN. */
function expectNamesResource(dimension: string, value: unknown): void {
  if (dimension === 'service') {
    expect(value).toBe('flights');
    return;
  }
  // Not CloudFormation names an API, but the stack.
  if (dimension === 'ApiName') {
    expect(propertiesOf(template, 'AWS::ApiGateway::RestApi').map(({ Name }) => Name)).toContain(value);
    return;
  }
  const { 'Fn::GetAtt': attribute, Ref: ref } = value as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
  const id = ref ?? attribute?.[0] ?? expect.fail(`${dimension} is ${JSON.stringify(value)}`);
  const resource = template.toJSON().Resources[id] as { Type: string };
  expect(resource.Type).toBe(DIMENSION_RESOURCES[dimension]);
  // A queue's Ref is its URL.
  if (dimension === 'QueueName') expect(attribute?.[1]).toBe('QueueName');
}

describe('the alarms of a template', () => {
  it('are those of the registry, each once', () => {
    expect(alarms.map(({ name }) => name).sort()).toEqual(definitions.map(({ name }) => name).sort());
    expect(new Set(definitions.map(({ name }) => name)).size).toBe(definitions.length);
  });

  it.each(alarms.map((alarm) => [alarm.name, alarm] as const))(
    '%s looks at a metric that is published',
    (_name, alarm) => {
      expect(alarm.metrics.length).toBeGreaterThan(0);
      for (const metric of alarm.metrics) {
        const { dimensions, statistics, unit } = published(metric);
        expect(dimensions.map((names) => [...names].sort())).toContainEqual(
          Object.keys(metric.dimensions).sort(),
        );
        expect(statistics).toContain(metric.statistic);
        if (metric.unit !== undefined) expect(metric.unit).toBe(unit);
        for (const [dimension, value] of Object.entries(metric.dimensions))
          expectNamesResource(dimension, value);
      }
    },
  );

  it('have thresholds in the unit that the metric is published in', () => {
    for (const { name, signal } of definitions) {
      const sources = signal.type === 'percentage' ? [signal.part, signal.whole] : [signal.metric];
      for (const source of sources) {
        const { unit } = published({ ...source, statistic: '', unit: undefined });
        expect([name, source.unit]).toEqual([name, unit]);
      }
    }
  });

  it('say on purpose what missing data means', () => {
    for (const { name, properties } of alarms) {
      const definition = definitions.find((one) => one.name === name);
      expect(properties.TreatMissingData).toBe(definition?.missingData);
      expect(definition?.missingDataReason.length).toBeGreaterThan(20);
      expect(definition?.thresholdReason.length).toBeGreaterThan(40);
    }
  });

  it('leave nothing to what CloudWatch makes of missing data of DynamoDB', () => {
    for (const { metrics, name, properties } of alarms) {
      if (!metrics.some(({ namespace }) => namespace === 'AWS/DynamoDB')) continue;
      const [expression] = properties.Metrics?.flatMap(({ Expression }) => Expression ?? []) ?? [];
      expect([name, expression]).toEqual([name, 'FILL(published, 0)']);
    }
  });

  it('tell the topic when they go off and when it is over', () => {
    const [topic] = Object.keys(template.findResources('AWS::SNS::Topic'));
    for (const { properties } of alarms) {
      expect(properties.AlarmActions).toEqual([{ Ref: topic }]);
      expect(properties.OKActions).toEqual([{ Ref: topic }]);
    }
  });

  it('may publish to that topic', () => {
    expect(propertiesOf(template, 'AWS::SNS::TopicPolicy')).toMatchObject([
      {
        PolicyDocument: {
          Statement: [
            { Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
            { Effect: 'Allow', Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' } },
          ],
        },
      },
    ]);
  });

  it('need no more datapoints than they look at, over a day at most', () => {
    for (const { properties } of alarms) {
      const period =
        properties.Period ?? properties.Metrics?.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period;
      expect(properties.DatapointsToAlarm).toBeLessThanOrEqual(properties.EvaluationPeriods);
      expect(Number(period) * properties.EvaluationPeriods).toBeLessThanOrEqual(86_400);
    }
  });

  it('are summed up by one that fires with any that pages', () => {
    const [composite, ...others] = Object.values(template.findResources('AWS::CloudWatch::CompositeAlarm'));
    expect(others).toEqual([]);
    const rule = JSON.stringify(composite?.['Properties'].AlarmRule);
    const ids = Object.entries(template.findResources('AWS::CloudWatch::Alarm'));
    for (const [id, { Properties: properties }] of ids) {
      expect([id, rule.includes(id)]).toEqual([id, properties.AlarmDescription.startsWith('page: ')]);
    }
  });

  it('on a cap of the table are there only where it has one', async () => {
    expect(await addedBy({ table: CAPPED.table })).toEqual([
      'table-reads-throttled-by-maximum',
      'table-writes-throttled-by-maximum',
    ]);
  });

  it('on scaling are there only with it', async () => {
    expect(await addedBy({ scale: { shardsMax: 4 } })).toEqual([
      'hot-partition-key',
      'scaling-failed',
      'shards-at-maximum',
    ]);
  });

  it('on the ingest API are there only with it', async () => {
    expect(await addedBy({ ingestApi: true })).toEqual([
      'ingest-errors',
      'ingest-latency',
      'ingest-throttled',
    ]);
  });

  it('on lookups are there only with them, each only where a lookup can set it off', () => {
    const { lookups } = LOOKED_UP;
    const [defaults, rejects, plain] = lookups;
    const of = (...some: (typeof defaults)[]) => {
      const pipeline = { ...LOOKED_UP, lookups: some.filter((one) => one !== undefined) };
      return templateAlarms(synthPipeline(pipeline))
        .map(({ name }) => name)
        .filter((name) => name.startsWith('lookups-'))
        .sort();
    };
    expect(of()).toEqual([]);
    expect(of(plain)).toEqual(['lookups-stale']);
    expect(of(plain, defaults)).toEqual(['lookups-degraded', 'lookups-stale']);
    expect(of(rejects)).toEqual(['lookups-rejected', 'lookups-stale']);
  });

  it('on what is left out are there only for a pipeline that declares its capacity', () => {
    const of = (pipeline: typeof LOOKED_UP, options: object = {}) =>
      templateAlarms(synthPipeline(pipeline, options));
    const without = of(LOOKED_UP).map(({ name }) => name);
    const added = of(EVERYTHING).filter(({ name }) => !without.includes(name));
    expect(added.map(({ name }) => name).sort()).toEqual([
      'events-lost',
      'holes-old',
      'level-raised',
      'repair-stopped',
    ]);
  });

  it('on old holes go by the retention of the stream', () => {
    const hours = (retentionHours: number) => {
      const found = templateAlarms(synthPipeline(EVERYTHING, { stream: { retentionHours } })).find(
        ({ name }) => name === 'holes-old',
      );
      return Number(found?.properties.Threshold) / 3_600_000;
    };
    expect([24, 168].map(hours)).toEqual([12, 84]);
  });

  it('on the query API are there only with it', async () => {
    expect(await addedBy({ queryApi: true })).toEqual(['query-errors', 'query-latency', 'query-throttled']);
  });
});

/** Alarms that an option brings. */
async function addedBy(options: object): Promise<string[]> {
  const [without, withThem] = [await synthTemplate(), await synthTemplate(options)].map((one) =>
    templateAlarms(one).map(({ name }) => name),
  );
  return (withThem ?? []).filter((name) => !without?.includes(name)).sort();
}

describe('the runbooks', () => {
  const SECTIONS = ['## What it means', '## How to confirm', '## What to do', '## When it is over'];

  it.each([...definitions.map(({ name }) => name), COMPOSITE_ALARM.name])('%s.md says what to do', (name) => {
    const file = resolve(RUNBOOKS, `${name}.md`);
    expect(existsSync(file)).toBe(true);
    const text = readFileSync(file, 'utf8');
    expect(text.split('\n')[0]).toBe(`# ${name}`);
    const places = SECTIONS.map((section) => text.indexOf(`\n${section}\n`));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('are all of an alarm', () => {
    const names = [...definitions.map(({ name }) => name), COMPOSITE_ALARM.name];
    expect(
      readdirSync(RUNBOOKS)
        .map((file) => file.replace('.md', ''))
        .sort(),
    ).toEqual(names.sort());
  });
});
