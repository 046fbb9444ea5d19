// Run as a process of its own, with a small heap: a function that looks so many keys up that its caches, each of which
// keeps to its bound, are together more than the heap can hold. With `guarded`, its environment watches them.
import { FunctionEnvironment } from '#adapters/function-environment.ts';
import { LookupSource } from '#app/enrich/lookup-source.ts';
import type { Lookup } from '#core/pipeline/pipeline.ts';

const LOOKUPS = 6;
const BATCHES = 300;
const KEYS_A_BATCH = 100;
const FAR_MS = 600_000;

const lookup: Lookup = {
  name: 'airport',
  table: 'airports',
  key: 'origin',
  tableKey: 'iata',
  fields: [{ name: 'airport_text', attribute: 'text', type: 'string' }],
  ttlMs: FAR_MS,
  staleMaxMs: FAR_MS,
  entriesMax: 100_000,
  whenDown: 'wait',
  whenMissing: null,
} as never;

const entries = {
  get: async (_source: unknown, keys: readonly string[]) =>
    new Map(keys.map((key) => [key, { text: `${key} `.repeat(10) }])),
};

async function main(): Promise<void> {
  const environment = new FunctionEnvironment();
  const sources = Array.from({ length: LOOKUPS }, () => new LookupSource(lookup, entries, Date.now));
  if (process.argv[2] === 'guarded') for (const { cache } of sources) environment.watchCache(cache);
  let shed = 0;
  for (let batch = 0; batch < BATCHES; batch++) {
    await environment.invocation(Date.now() + FAR_MS, async () => {
      const keys = Array.from({ length: KEYS_A_BATCH }, (_, i) => `key ${batch} ${i}`);
      for (const source of sources) {
        const answers = await source.answers(keys, () => false);
        if (answers.size !== KEYS_A_BATCH) throw new Error(`${answers.size} answers`);
      }
    });
    // Between two invocations, the process gets to what waits for its turn.
    await new Promise((resolve) => setImmediate(resolve));
    shed += environment.takeMetrics().CachesShed ?? 0;
  }
  process.stdout.write(JSON.stringify({ shed, peak: environment.takeMetrics() }));
}

void main();
