import type { EpochMs } from '#core/brand.ts';
import { earliest } from '#core/time/watermarks.ts';
import { DependencyError, type DependencyFailure } from '../ports/dependency-error.ts';
import type { HealthProbe } from '../ports/health-probe.ts';
import type { Table } from '../ports/table.ts';
import { type PipelineState, readState } from '../query/read-heads.ts';

/** Longer than a service takes that is well, less than whoever asks will wait. */
const CHECK_MS_MAX = 2000;

export interface HealthDeps {
  readonly table: Table;
  /** Beside the table. */
  readonly probes: readonly HealthProbe[];
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  /** How long it took to find out. */
  readonly ms: number;
  /** What is wrong. */
  readonly what?: string;
}

/** How fresh the values are; `null`: there are none yet, or it could not be read. */
export interface HealthFreshness {
  readonly newestEvent: EpochMs | null;
  /** Least over all shards that are read. */
  readonly watermark: EpochMs | null;
  readonly finalThrough: EpochMs | null;
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: readonly HealthCheck[];
  readonly freshness: HealthFreshness;
}

/** What an answer says of a service that fails: never what the service said, which may name resources and accounts. */
const WHAT: Readonly<Record<DependencyFailure, string>> = {
  throttled: 'it is asked too often',
  unavailable: 'it gives no answer, or is in trouble',
  refused: 'it refuses: something is not allowed, or not there',
};

/** Asks everything that the pipeline needs, at once and within two seconds, and says what is wrong. */
export async function checkHealth(deps: HealthDeps): Promise<HealthReport> {
  let state: PipelineState | undefined;
  const table: HealthProbe = {
    name: 'table',
    ask: async () => {
      state = await readState(deps.table);
    },
  };
  const checks = await Promise.all([table, ...deps.probes].map((probe) => check(deps, probe)));
  return { ok: checks.every(({ ok }) => ok), checks, freshness: freshnessOf(state) };
}

async function check({ now, sleep }: HealthDeps, { ask, name }: HealthProbe): Promise<HealthCheck> {
  const started = now();
  const what = await Promise.race([
    ask().then(
      () => undefined,
      (error: unknown) =>
        error instanceof DependencyError ? WHAT[error.failure] : 'the check itself failed',
    ),
    sleep(CHECK_MS_MAX).then(() => `no answer within ${CHECK_MS_MAX} ms`),
  ]);
  const ms = now() - started;
  return what === undefined ? { name, ok: true, ms } : { name, ok: false, ms, what };
}

function freshnessOf(state: PipelineState | undefined): HealthFreshness {
  const heads = state?.heads.map(({ head }) => head) ?? [];
  const times = heads.flatMap(({ newest }) => newest?.time ?? []);
  const live = heads.filter(({ ended }) => !ended);
  return {
    newestEvent: times.length === 0 ? null : (Math.max(...times) as EpochMs),
    watermark: live.length === 0 ? null : earliest(live.map(({ watermark }) => watermark)),
    finalThrough: state?.registry.finalThrough ?? null,
  };
}
