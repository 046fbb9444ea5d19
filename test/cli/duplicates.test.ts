import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './read-events/read-file.ts';
import { WeirProcess, weir } from './run-weir.ts';

const PIPELINE = `
  import { count, definePipeline, sum, tumbling } from 'weir';
  import * as z from 'zod';
  export default definePipeline({
    name: 'payments',
    schema: z.object({ id: z.string(), at: z.string(), amount: z.number() }),
    eventTime: ({ at }) => at,
    eventId: ({ id }) => id,
    allowedLateness: '1m',
    aggregates: { all: { groupBy: [], window: tumbling('1d'), metrics: { payments: count(), amount: sum('amount') } } },
  });
`;
const COUNT = 3000;
const TOTAL = (COUNT * (COUNT - 1)) / 2;

/** A minute between two payments: one that is read much too late is late. */
const payments = Array.from({ length: COUNT }, (_, i) => {
  const at = new Date(Date.parse('2026-03-01T00:00Z') + i * 60_000).toISOString();
  return JSON.stringify({ id: `payment ${i}`, at, amount: i });
});

async function files(lines: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'payments.ts'), PIPELINE);
  await writeFile(join(folder, 'payments.ndjson'), lines.join('\n'));
  return folder;
}

test('try counts what is in a file twice once, over whatever shards, and keeps the order of the file in each', async () => {
  const twice = [...payments, ...payments.filter((_, i) => i % 3 === 0)];
  const folder = await files(twice);
  const { stdout } = await weir(
    ['try', './payments.ts', 'payments.ndjson', '--shards', '4', '--batch-size', '100', '--json'],
    folder,
  );
  const { aggregates, ledger } = JSON.parse(stdout);
  expect(ledger).toMatchObject({ received: twice.length, duplicate: COUNT / 3, aggregated: COUNT, late: 0 });
  expect(sumOf(aggregates.all, 'payments')).toBe(COUNT);
  expect(sumOf(aggregates.all, 'amount')).toBe(TOTAL);
});

test('put puts a file again into the shards where its events are known, by the pipeline of what runs or that is named', async () => {
  const folder = await files(payments);
  const started = new WeirProcess(
    ['start', './payments.ts', '--no-replay', '--shards', '4', '--json'],
    folder,
  );
  await started.says('Up for weir put');
  const { environment } = JSON.parse(await started.firstLine());
  const { WEIR_DEAD_LETTER_QUEUE_URL: _queue, WEIR_STREAM, ...sdk } = environment;
  expect((await weir(['put', 'payments.ndjson'], folder)).code).toBe(0);
  const elsewhere = await files(payments);
  const named = ['--stream', WEIR_STREAM, '--pipeline', './payments.ts'];
  expect((await weir(['put', 'payments.ndjson', ...named], elsewhere, sdk)).code).toBe(0);
  await expect
    .poll(async () => JSON.parse((await weir(['ledger', '--json'], folder)).stdout).ledger, {
      interval: 500,
      timeout: 60_000,
    })
    .toMatchObject({ received: 2 * COUNT, aggregated: COUNT, duplicate: COUNT, late: 0 });
  const rows = JSON.parse((await weir(['query', 'payments', 'all', '--json'], folder)).stdout);
  expect(sumOf(rows, 'amount')).toBe(TOTAL);
});

function sumOf(rows: readonly Readonly<Record<string, unknown>>[], metric: string): number {
  return rows.reduce((total, row) => total + Number(row[metric]), 0);
}
