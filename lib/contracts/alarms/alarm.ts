import type { MetricSource } from '../service-metrics.ts';

export type Statistic = 'Sum' | 'Maximum' | 'SampleCount' | 'p99';

/** What an alarm looks at. */
export type AlarmSignal =
  | {
      readonly type: 'metric';
      readonly metric: MetricSource;
      readonly statistic: Statistic;
      /** Takes a period without data as 0, before the alarm sees it. */
      readonly zeroWithoutData?: true;
    }
  /** How much of `whole` is `part`, in percent of their sums; nothing where `whole` is less than `wholeMin`. */
  | {
      readonly type: 'percentage';
      readonly part: MetricSource;
      readonly whole: MetricSource;
      readonly wholeMin: number;
    }
  /** Whether a metric is outside of what CloudWatch learnt to expect, `deviations` standard deviations wide. */
  | {
      readonly type: 'band';
      readonly metric: MetricSource;
      readonly statistic: Statistic;
      readonly deviations: number;
    };

/** When the signal breaches. A band has no number of its own. */
export type AlarmCondition =
  | { readonly type: 'above' | 'atLeast' | 'below'; readonly threshold: number }
  | { readonly type: 'outsideBand' };

/** `page`: users are, or soon will be, served wrong: somebody gets up. `ticket`: somebody looks within the day. */
export type Severity = 'page' | 'ticket';

/** What an alarm makes of a period without data: that it breaches, that it does not, or the state stays as it is. */
export type MissingData = 'breaching' | 'notBreaching' | 'ignore';

/** One alarm of a pipeline: the template, the dashboard and the docs are made from it. */
export interface AlarmDefinition {
  /** Small letters and `-`; also the name of its runbook, `docs/runbooks/<name>.md`. */
  readonly name: string;
  /** What is the matter when it fires, as one sentence without its end. */
  readonly title: string;
  readonly severity: Severity;
  readonly signal: AlarmSignal;
  readonly condition: AlarmCondition;
  /** Why there and not elsewhere. */
  readonly thresholdReason: string;
  readonly periodSeconds: number;
  /** It fires when `datapoints` of the last `periods` breach. */
  readonly datapoints: number;
  readonly periods: number;
  readonly missingData: MissingData;
  readonly missingDataReason: string;
}

/** What thresholds depend on. */
export interface AlarmSettings {
  readonly streamRetentionHours: number;
  readonly functionTimeoutSeconds: number;
  /** The pipeline's: a window is over that long after its end. */
  readonly allowedLatenessSeconds: number;
  /** Invocations at a time that there can be when all is well: one a shard. */
  readonly invocationsMax: number;
  /** Whether the table was given a cap on the units that it serves in a second. */
  readonly tableReadsCapped: boolean;
  readonly tableWritesCapped: boolean;
  /** Whether canaries are put into the stream. */
  readonly canary: boolean;
  /** Whether shards are split and merged by their load. */
  readonly scale: boolean;
  /** Whether events are taken over HTTP. */
  readonly ingestApi: boolean;
  /** Whether values are given over HTTP. */
  readonly queryApi: boolean;
  /** Whether the pipeline declares a capacity: things are left out under load, and added later. */
  readonly capacity: boolean;
  /** Whether events are looked up in reference tables. */
  readonly lookups: boolean;
  /** Whether a lookup has values for when its table is down. */
  readonly lookupDefaults: boolean;
  /** Whether a lookup rejects events without an entry. */
  readonly lookupRejects: boolean;
}
