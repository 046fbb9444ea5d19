import type { WriteStream } from 'node:fs';
import { basename } from 'node:path';
import { readLedger } from '#app/query/read-ledger.ts';
import type { Ledger } from '#core/protocol/ledger.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { loadPipeline } from '../load-pipeline.ts';
import { showProgress } from '../progress-line.ts';
import type { EventFile } from '../read-events/input-event.ts';
import { openEventFile } from '../read-events/open-event-file.ts';
import { LocalRun } from '../run/local-run.ts';
import { missingColumns } from '../run/missing-columns.ts';
import { capacityText } from '../show/capacity-text.ts';
import { counted, whole } from '../show/numbers.ts';
import type { Terminal } from '../terminal.ts';
import { type BatchPlan, batchEventsOf, planBatches } from './batch-plan.ts';
import { collectRejects, openOutput } from './collect-rejects.ts';
import { killInvocations, type WorkLeft } from './kill-invocations.ts';
import { KillPlan } from './kill-plan.ts';
import { measureClosing } from './measure-closing.ts';
import { toRunCost } from './run-cost.ts';
import { seededRandom } from './seeded-random.ts';
import { printTryJson, printTryTables, type TryResult } from './try-result.ts';

export interface TryOptions {
  readonly shards: number;
  readonly batchSize: number;
  readonly kill: number;
  readonly seed: number;
  readonly rows: number;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly deadLetters?: string;
  readonly close?: boolean;
}

/** Runs a file through a private runtime, which is gone afterwards, and prints what came of it. */
export async function tryPipeline(
  nameOrPath: string,
  path: string,
  options: TryOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> {
  const loaded = await loadPipeline(nameOrPath);
  const file = await openEventFile(path);
  const warning = await missingColumns(file, loaded.pipeline.schema, loaded.pipeline.name);
  if (warning !== undefined) terminal.note(warning);
  const deadLetters = options.deadLetters === undefined ? undefined : await openOutput(options.deadLetters);
  const plan = planBatches(options.batchSize);
  if (batchEventsOf(plan) !== options.batchSize) {
    terminal.note(
      `A batch carries ${whole(batchEventsOf(plan))} events: ${whole(options.batchSize)} can't be split into records of one size.`,
    );
  }

  const held = capacityText(loaded.pipeline);
  if (held !== undefined) terminal.note(held);
  const startedMs = performance.now();
  const run = await LocalRun.start(loaded, {
    runtime: {
      shards: options.shards,
      ...(options.close && { closeEveryMs: CLOSE_EVERY_MS }),
      eventSource: { batchSize: plan.recordsPerBatch },
      // One process, so that a kill meets the invocation that it is meant for.
      ...(options.kill > 0 && { processesMax: 1 }),
    },
    // A record may be as large as it must be to carry what the plan says.
    producer: { eventsPerRecordMax: plan.eventsPerRecord, recordBytesTarget: RECORD_BYTES_MAX },
    ...(options.verbose && { onLog: (line: string) => terminal.note(line) }),
  });
  try {
    signal.throwIfAborted();
    const kills = new KillPlan(options.kill, seededRandom(options.seed));
    await replay(run, file, plan, kills, options, terminal, signal);
    const closing = options.close ? await measureClosing(run) : undefined;
    const cost = toRunCost(run);
    const { total } = await readLedger(run.table);
    const result: TryResult = {
      pipeline: loaded.pipeline,
      ledger: withOversize(total, run.oversize),
      cost,
      fileName: basename(path),
      shards: options.shards,
      durationMs: performance.now() - startedMs,
      rowsMax: options.rows,
      table: run.table,
      ...(closing !== undefined && { closing }),
    };
    await (options.json ? printTryJson(result, terminal) : printTryTables(result, terminal));
    return await conclude(run, result, kills, deadLetters, terminal);
  } finally {
    await run.stop();
  }
}

const RECORD_BYTES_MAX = 1024 * 1024;
/** Runs last some ten seconds: as often in those as once a minute would be in minutes. */
const CLOSE_EVERY_MS = 2000;

async function replay(
  run: LocalRun,
  file: EventFile,
  plan: BatchPlan,
  kills: KillPlan,
  options: TryOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const workLeft = (): WorkLeft => {
    const done = run.usage().records;
    const put = run.producer.stats().records;
    const estimate = run.allPut ? put : put / Math.max(file.progress(), 0.01);
    const mayBeLast = done + plan.recordsPerBatch * options.shards >= put && file.progress() >= 1;
    return { share: done / Math.max(estimate, 1), last: mayBeLast };
  };
  const endKills = killInvocations(run.runtime, kills, workLeft);
  const endProgress = showProgress(terminal, () => ({
    done: (file.progress() + workLeft().share) / 2,
    text: `${counted(run.fed, 'event')} read, ${whole(run.counts.received)} done${kills.wanted > 0 ? `, ${kills.done} of ${kills.wanted} kills` : ''}`,
  }));
  try {
    await run.feed(file, signal);
    await run.drained(signal);
  } finally {
    endProgress();
    endKills();
  }
}

/** The run's ledger: events that the producer set aside were read as well, and are as invalid. */
function withOversize(ledger: Ledger, oversize: number): Ledger {
  return { ...ledger, received: ledger.received + oversize, invalid: ledger.invalid + oversize };
}

/** Says what else there is to say, and how the command ends. */
async function conclude(
  run: LocalRun,
  { ledger }: TryResult,
  kills: KillPlan,
  deadLetters: WriteStream | undefined,
  terminal: Terminal,
): Promise<ExitCode> {
  if (run.fed === 0) terminal.note('The file holds no events.');
  const setAside = ledger.invalid + ledger.held;
  if (setAside > 0 || deadLetters !== undefined) {
    for (const line of await collectRejects(run.runtime.environment, setAside, deadLetters))
      terminal.note(line);
  }
  if (kills.wanted > 0)
    terminal.note(`Killed the function ${kills.done} times of ${kills.wanted}, each within an invocation.`);
  if (ledger.received !== run.fed) {
    terminal.note(
      `${whole(run.fed)} events were read, but the ledger has ${whole(ledger.received)}. This is a bug in Weir.`,
    );
    return EXIT.unexpected;
  }
  if (kills.done < kills.wanted) {
    terminal.note(
      'The data were done before all kills could happen: use more data, or a smaller --batch-size.',
    );
    return EXIT.unexpected;
  }
  return setAside > 0 ? EXIT.setAside : EXIT.done;
}
