import type { AlarmDefinition } from '#contracts/alarms/alarm.ts';
import { COMPOSITE_ALARM, pipelineAlarms } from '#contracts/alarms.ts';
import type { MetricSource } from '#contracts/service-metrics.ts';
import { type PipelineOptions, pipelineOptions } from '#infra/options.ts';
import { alarmSettings } from '#infra/pipeline-stack.ts';
import flights from '#pipelines/flights.ts';
import { LOOKED_UP } from '#test/infra/looked-up-pipeline.ts';
import {
  DEGRADATION_FAULTS,
  INGEST_FAULTS,
  INJECTED_FAULTS,
  LOOKUP_FAULTS,
  QUERY_FAULTS,
  SCALING_FAULTS,
} from '#test/local/alarms/injected-faults.ts';

/** Everything is set that alarms depend on, so that all are on the page. */
const OPTIONS = pipelineOptions.parse({
  table: { readUnitsMax: 1, writeUnitsMax: 1 },
  ingestApi: true,
  queryApi: true,
  scale: { shardsMax: 4 },
});

const MISSING_DATA = {
  breaching: 'breaches',
  notBreaching: 'does not breach',
  ignore: 'keeps the state',
} as const;

/** docs/alarms.md: every alarm of the registry, as a stack with default options has it. */
export function alarmsPage(options: PipelineOptions = OPTIONS): string {
  const definitions = pipelineAlarms(
    alarmSettings(options, { ...flights, lookups: LOOKED_UP.lookups, capacity: { eventsPerSecond: 1 } }),
  );
  const pages = definitions.filter(({ severity }) => severity === 'page').length;
  return `<!-- Made from lib/contracts/alarms by \`npm run docs\`. Do not edit. -->

# Alarms

A pipeline has ${pipelineAlarms(alarmSettings(pipelineOptions.parse({}), flights)).length} alarms, two more where its table has caps, three more with the [ingest API](ingest-api.md), three with the [query API](query-api.md), three with [scaling](scaling.md), up to three with [lookups](pipelines.md), four with a [capacity](degradation.md), and \`${COMPOSITE_ALARM.name}\`, which fires with any of the ${pages}
that page. **page**: users are, or soon will be, served wrong; **ticket**: somebody looks within the day. All tell one
SNS topic when they go off and when it is over. Thresholds are those of a provisioned stream of up to four shards and a
retention of 24 hours; \`alarms.thresholds\` in \`cdk.json\` sets others, \`alarms.without\` leaves alarms out.

None of them is believed to work. A test checks each metric, with its dimensions and unit, against what AWS documents or
our functions publish (\`test/infra/alarms.test.ts\`). Another has the embedded runtime evaluate the alarms of the
synthesized template, injects the fault that each is for, and sees it go off and come back
(\`test/local/alarms/alarms-fire.test.ts\`). Not seen there: CloudWatch itself, its model for anomaly bands, and records
that expire in the stream, for which retries are limited instead.

| alarm | fires when | |
|---|---|---|
${definitions.map((one) => `| [${one.name}](#${one.name}) | ${one.title} | ${one.severity} |`).join('\n')}

${definitions.map(section).join('\n')}`;
}

function section(definition: AlarmDefinition): string {
  const {
    datapoints,
    missingData,
    missingDataReason,
    name,
    periodSeconds,
    periods,
    severity,
    thresholdReason,
    title,
  } = definition;
  const minutes = periodSeconds / 60;
  const period = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  return `## ${name}

${title}. **${severity}** · [runbook](runbooks/${name}.md)

- **Breaches** when ${breach(definition)}, in ${datapoints} of ${periods} period${periods === 1 ? '' : 's'} of ${period}.
- **Why there**: ${thresholdReason}.
- **No data** ${MISSING_DATA[missingData]}: ${missingDataReason}.
- **Seen to fire**, and to end: when ${fault(name)}.
`;
}

function fault(name: string): string {
  const injected = Object.entries({
    ...INJECTED_FAULTS,
    ...DEGRADATION_FAULTS,
    ...INGEST_FAULTS,
    ...LOOKUP_FAULTS,
    ...QUERY_FAULTS,
    ...SCALING_FAULTS,
  }).find(([alarm]) => alarm === name)?.[1];
  if (injected === undefined) throw new Error(`no test sees ${name} fire`);
  return injected;
}

function breach({ condition, signal }: AlarmDefinition): string {
  if (signal.type === 'band') {
    return `the ${statistic(signal.statistic)} of ${metric(signal.metric)} is outside of ${signal.deviations} standard deviations of what CloudWatch expects`;
  }
  const limit = condition.type === 'outsideBand' ? Number.NaN : condition.threshold;
  const compared = { above: 'above', atLeast: 'at least', below: 'below', outsideBand: 'outside of' }[
    condition.type
  ];
  if (signal.type === 'percentage') {
    return `${metric(signal.part)} is ${compared} ${limit} % of ${metric(signal.whole)}, of which there are at least ${signal.wholeMin}`;
  }
  const what = signal.statistic === 'SampleCount' ? 'number of samples' : statistic(signal.statistic);
  return `the ${what} of ${metric(signal.metric)} is ${compared} ${amount(limit, signal.statistic, signal.metric)}`;
}

function statistic(name: string): string {
  return name.toLowerCase();
}

function metric({ dimensions, name, namespace }: MetricSource): string {
  return `\`${namespace} ${name}\` by \`${Object.keys(dimensions).join(', ')}\``;
}

function amount(threshold: number, statisticName: string, { unit }: MetricSource): string {
  if (statisticName === 'SampleCount' || unit === 'Count') return threshold.toLocaleString('en');
  if (unit === 'Percent') return `${threshold} %`;
  const seconds = unit === 'Milliseconds' ? threshold / 1000 : threshold;
  const readable = seconds % 3600 === 0 ? `${seconds / 3600} h` : `${seconds} s`;
  return `${threshold.toLocaleString('en')} ${unit === 'Milliseconds' ? 'ms' : 's'} (${readable})`;
}
