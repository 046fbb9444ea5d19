import { setTimeout as sleep } from 'node:timers/promises';
import { healthProbes } from '#adapters/health-probes.ts';
import { checkHealth, type HealthReport } from '#app/health/check-health.ts';
import { healthJson } from '#app/health/health-json.ts';
import { queryEnv } from '#functions/query/env.ts';
import { type ConnectionOptions, connectTable } from '../connection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { instant } from '../show/numbers.ts';
import type { Terminal } from '../terminal.ts';

export type HealthOptions = ConnectionOptions & { readonly json: boolean };

/** Asks all that a pipeline needs whether it is there, and prints what is wrong. */
export async function showHealth(
  nameOrPath: string | undefined,
  options: HealthOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  // A running runtime's variables are this process's after it.
  const { loaded, table } = await connectTable(nameOrPath, options);
  const environment = queryEnv.omit({ WEIR_TABLE: true }).parse(process.env);
  const probes = healthProbes(loaded.pipeline, environment);
  const report = await checkHealth({
    table,
    probes,
    now: Date.now,
    sleep: (ms) => sleep(ms, undefined, { ref: false }),
  });
  const { name } = loaded.pipeline;
  await terminal.print(
    options.json
      ? `${JSON.stringify(healthJson(name, report, Date.now()))}\n`
      : asText(name, report, terminal),
  );
  return report.ok ? EXIT.done : EXIT.unexpected;
}

function asText(pipeline: string, { checks, freshness, ok }: HealthReport, { colors }: Terminal): string {
  const lines = checks.map(
    ({ ms, name, ok: isOk, what }) =>
      `  ${isOk ? colors.green('ok') : colors.red('failing')}  ${name}  ${colors.dim(what ?? `${ms} ms`)}\n`,
  );
  const { finalThrough, newestEvent } = freshness;
  const newest = newestEvent === null ? 'no event yet' : `newest event ${instant(newestEvent)}`;
  const final = finalThrough === null ? 'no window is final' : `final up to ${instant(finalThrough)}`;
  return `${colors.bold(pipeline)}  ${ok ? 'ok' : 'failing'}  ${colors.dim(`${newest}, ${final}`)}\n${lines.join('')}`;
}
