import { type PipelineLedger, readLedger } from '#app/query/read-ledger.ts';
import { LEDGER_COUNTERS } from '#core/protocol/ledger.ts';
import { type ConnectionOptions, connectTable } from '../connection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { ledgerText } from '../show/ledger-text.ts';
import { instant } from '../show/numbers.ts';
import type { Terminal } from '../terminal.ts';

export type LedgerOptions = ConnectionOptions & { readonly json: boolean };

/** Prints a pipeline's ledger, over all shards and by shard. */
export async function showLedger(
  nameOrPath: string | undefined,
  options: LedgerOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { loaded, table } = await connectTable(nameOrPath, options);
  const found = await readLedger(table);
  const { name } = loaded.pipeline;
  await terminal.print(
    options.json ? `${JSON.stringify(asJson(name, found))}\n` : asText(name, found, terminal),
  );
  if (found.shards.length === 0) terminal.note('No shard has begun yet.');
  return EXIT.done;
}

function asJson(pipeline: string, { finalThrough, shards, total }: PipelineLedger): object {
  const byShard = shards.map(({ shard, head, ledger }) => ({
    stream: shard.stream,
    shard: shard.shard,
    watermark: isoTime(head.watermark),
    ...Object.fromEntries(LEDGER_COUNTERS.map((counter) => [counter, ledger[counter]])),
    ...(head.load.level > 0 && { level: head.load.level }),
  }));
  return { pipeline, ledger: total, finalThrough: isoTime(finalThrough), shards: byShard };
}

function isoTime(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}

function asText(
  pipeline: string,
  { finalThrough, shards, total }: PipelineLedger,
  { colors }: Terminal,
): string {
  const lines = shards.map(({ shard, head, ledger }) => {
    const until = head.watermark === null ? 'no event yet' : `watermark ${instant(head.watermark)}`;
    const level = head.load.level === 0 ? '' : `  level ${head.load.level}`;
    return `  ${shard.shard}  ${ledgerText(ledger)}  ${colors.dim(until)}${level}\n`;
  });
  const final = finalThrough === null ? 'no window is final' : `final up to ${instant(finalThrough)}`;
  return `${colors.bold(pipeline)}  ${ledgerText(total)}  ${colors.dim(final)}\n${lines.join('')}`;
}
