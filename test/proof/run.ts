import { parseArgs } from 'node:util';
import { whole } from '#cli/show/numbers.ts';
import { DATA_SETS } from './data-sets.ts';
import { Expected } from './expected.ts';
import { prove } from './prove.ts';
import { pipelineKind, VARIANTS } from './variants.ts';

const USAGE = `Sends real events through the embedded runtime in many ways, and compares every row with DuckDB's answer.

  npm run proof                            all variants of all data sets; 3,000,000 flights take minutes each
  npm run proof -- --data flights          one data set: ${DATA_SETS.map(({ name }) => name).join(', ')}
  npm run proof -- --only shuffled         variants with this in their name
  npm run proof -- --shards 4              variants that begin with so many shards
  npm run proof -- --events 20000          so many events, taken evenly by time
  npm run proof -- --batch 25000           events in a batch
  npm run proof -- --list                  the variants' names`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    only: { type: 'string' },
    shards: { type: 'string' },
    events: { type: 'string', default: '3000000' },
    batch: { type: 'string', default: '25000' },
    list: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

const chosen = VARIANTS.filter(
  ({ name, shards }) =>
    (values.only === undefined || name.includes(values.only)) &&
    (values.shards === undefined || shards === Number(values.shards)),
);
const data = DATA_SETS.filter(({ name }) => values.data === undefined || name === values.data);
if (values.help) console.log(USAGE);
else if (values.list) for (const { name } of VARIANTS) console.log(name);
else if (chosen.length === 0 || data.length === 0) {
  console.error(`Nothing to prove: no variant or data set of that name.\n\n${USAGE}`);
  process.exitCode = 2;
} else await run();

async function run(): Promise<void> {
  console.log(
    '| data | variant | events | late | duplicates | shards | rows compared | differences | finals | amended | s | write units / 1,000 events | requests / 1,000 |',
  );
  console.log('|---|---|---|---|---|---|---|---|---|---|---|---|---|');
  for (const set of data) {
    const events = Math.min(Number(values.events), set.events);
    const expected = await Expected.load(set, events);
    try {
      for (const variant of chosen) {
        if (set.pipelines[pipelineKind(variant)] === undefined) continue;
        const proof = await prove(set, events, expected, variant, Number(values.batch));
        const perThousand = (count: number) => ((1000 * count) / events).toFixed(1);
        const { ledger } = proof;
        const copies = variant.hasDuplicates ? await expected.copies() : 0;
        const isAllCounted =
          ledger.received === events + copies &&
          ledger.duplicate === copies &&
          ledger.aggregated + ledger.late === events;
        const cells = [
          ...[
            set.name,
            variant.name,
            whole(events),
            whole(ledger.late),
            whole(ledger.duplicate),
            String(proof.shards),
          ],
          ...[whole(proof.rows), whole(proof.differences), whole(proof.finals), whole(proof.amended)],
          ...[proof.seconds.toFixed(0), perThousand(proof.writeUnits), perThousand(proof.requests)],
        ];
        console.log(`| ${cells.join(' | ')} |`);
        for (const sample of proof.samples) console.log(sample);
        if (!isAllCounted) console.log(`not all are counted: ${JSON.stringify(ledger)}`);
        if (proof.differences > 0 || !isAllCounted) process.exitCode = 1;
      }
    } finally {
      expected.close();
    }
  }
}
