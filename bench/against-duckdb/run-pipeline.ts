import { nodeCompression } from '#adapters/node-compression.ts';
import { type AggregateAnswer, answerAggregate } from '#app/query/answer-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import { type LoadedPipeline, loadPipeline } from '#cli/load-pipeline.ts';
import { openEventFile } from '#cli/read-events/open-event-file.ts';
import { LocalRun } from '#cli/run/local-run.ts';
import { planBatches } from '#cli/try/batch-plan.ts';
import { measureClosing } from '#cli/try/measure-closing.ts';
import { type RunCost, toRunCost } from '#cli/try/run-cost.ts';
import type { Ledger } from '#core/protocol/ledger.ts';

export interface PipelineRun {
  readonly answers: Readonly<Record<string, AggregateAnswer>>;
  readonly ledger: Ledger;
  /** Of all that was done, closing too. */
  readonly cost: RunCost;
  /** From the first event that was put until all were aggregated. */
  readonly seconds: number;
}

export interface RunOptions {
  readonly shards: number;
  /** Looks at the pipeline while it is there, when all is aggregated and closed. */
  readonly inspect?: (run: LocalRun, loaded: LoadedPipeline) => Promise<void>;
}

const BATCH_EVENTS = 10_000;
const RECORD_BYTES_MAX = 1024 * 1024;
const CLOSE_EVERY_MS = 2000;

/**
 * Runs a file of events through a pipeline as `weir try --close` does: the function as it is deployed, the emulators,
 * windows that are closed on the way. Rejects where the pipeline does not get there.
 */
export async function runPipeline(
  pipelineFile: string,
  eventsFile: string,
  { inspect, shards }: RunOptions,
): Promise<PipelineRun> {
  const loaded = await loadPipeline(pipelineFile);
  const file = await openEventFile(eventsFile);
  const { eventsPerRecord, recordsPerBatch } = planBatches(BATCH_EVENTS);
  const run = await LocalRun.start(loaded, {
    runtime: { shards, closeEveryMs: CLOSE_EVERY_MS, eventSource: { batchSize: recordsPerBatch } },
    producer: { eventsPerRecordMax: eventsPerRecord, recordBytesTarget: RECORD_BYTES_MAX },
  });
  try {
    const signal = new AbortController().signal;
    const startedMs = performance.now();
    await run.feed(file, signal);
    await run.drained(signal);
    const seconds = (performance.now() - startedMs) / 1000;
    await measureClosing(run);
    const cost = toRunCost(run);
    await inspect?.(run, loaded);
    const { total: ledger } = await readLedger(run.table);
    const answers: Record<string, AggregateAnswer> = {};
    for (const aggregate of loaded.pipeline.aggregates) {
      const deps = { table: run.table, compression: nodeCompression };
      answers[aggregate.name] = await answerAggregate(deps, aggregate);
    }
    return { answers, ledger, cost, seconds };
  } finally {
    await run.stop();
  }
}
