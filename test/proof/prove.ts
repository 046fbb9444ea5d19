import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCompression } from '#adapters/node-compression.ts';
import { answerAggregate } from '#app/query/answer-aggregate.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import { loadPipeline } from '#cli/load-pipeline.ts';
import { openEventFile } from '#cli/read-events/open-event-file.ts';
import { LocalRun } from '#cli/run/local-run.ts';
import { planBatches } from '#cli/try/batch-plan.ts';
import { measureClosing } from '#cli/try/measure-closing.ts';
import type { Ledger } from '#core/protocol/ledger.ts';
import type { DataSet } from './data-sets.ts';
import type { Expected } from './expected.ts';
import { feedByKey } from './feed-by-key.ts';
import { Resharding, withSteps } from './reshard.ts';
import { pipelineKind, type Variant } from './variants.ts';

const CLOSE_EVERY_MS = 1000;
const RECORD_BYTES_MAX = 1024 * 1024;

/** What a variant has shown. */
export interface Proof {
  readonly events: number;
  readonly ledger: Ledger;
  /** Shards that there were in all. */
  readonly shards: number;
  readonly rows: number;
  readonly finals: number;
  /** Windows that are final and to which something late was added. */
  readonly amended: number;
  readonly differences: number;
  readonly samples: readonly string[];
  readonly seconds: number;
  readonly writeUnits: number;
  readonly requests: number;
}

/**
 * Sends the events through the embedded runtime, by the functions' bundles, in the variant's order and over its
 * shards, while windows are closed all along; then compares every row of every level with DuckDB's answer.
 */
export async function prove(
  data: DataSet,
  events: number,
  expected: Expected,
  variant: Variant,
  batchEvents: number,
): Promise<Proof> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-proof-'));
  const started = performance.now();
  const { signal } = new AbortController();
  const isShuffled = variant.order === 'shuffled';
  const pipeline = data.pipelines[pipelineKind(variant)];
  if (pipeline === undefined) throw new Error(`no pipeline of ${data.name} for ${variant.name}`);
  const loaded = await loadPipeline(pipeline);
  const plan = planBatches(batchEvents);
  const file = await openEventFile(await expected.write(folder, variant));
  const run = await LocalRun.start(loaded, {
    runtime: {
      shards: variant.shards,
      closeEveryMs: CLOSE_EVERY_MS,
      eventSource: { batchSize: plan.recordsPerBatch },
      processesMax: 2,
    },
    producer: { eventsPerRecordMax: plan.eventsPerRecord, recordBytesTarget: RECORD_BYTES_MAX },
  });
  const stream = run.runtime.environment['WEIR_STREAM'] ?? '';
  const resharding = new Resharding(stream);
  try {
    const steps = [
      { after: events / 3, run: () => resharding.split() },
      { after: (2 * events) / 3, run: () => resharding.merge() },
    ];
    // Copies are told within a shard, so they must come in the one that the event came in.
    if (variant.hasDuplicates) await feedByKey(file, stream, variant.shards);
    else await run.feed(variant.isResharded ? withSteps(file, steps) : file, signal);
    await run.drained(signal);
    const { finals } = await measureClosing(run);
    const usage = run.usage();
    const { total } = await readLedger(run.table);
    const proof = {
      ...{ events, ledger: total, shards: await resharding.shards(), finals },
      ...{ rows: 0, amended: 0, differences: 0, samples: [] as string[] },
      writeUnits: usage.writeUnits,
      requests: Object.values(usage.requests).reduce((sum, count) => sum + count, 0),
    };
    for (const each of data.aggregates) {
      const aggregate = loaded.pipeline.aggregates.find(({ name }) => name === each.name);
      if (aggregate === undefined) throw new Error(`no aggregate ${each.name}`);
      for (const seconds of isShuffled ? each.shuffledLevelsSeconds : each.levelsSeconds) {
        const deps = { table: run.table, compression: nodeCompression };
        for (const range of await expected.ranges(each)) {
          const answer = await answerAggregate(deps, aggregate, { levelMs: seconds * 1000, ...range });
          const compared = await expected.compare(each, seconds, answer.rows, range);
          proof.rows += compared.rows;
          proof.differences += compared.differences;
          proof.samples.push(...compared.samples.slice(proof.samples.length));
          proof.amended += answer.windows.filter(({ amended }) => amended).length;
        }
      }
    }
    return { ...proof, seconds: (performance.now() - started) / 1000 };
  } finally {
    resharding.close();
    await run.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
