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

function asJson(pipeline: string, { total, shards }: PipelineLedger): object {
  const byShard = shards.map(({ shard, head }) => ({
    stream: shard.stream,
    shard: shard.shard,
    watermark: head.watermark === null ? null : new Date(head.watermark).toISOString(),
    ...Object.fromEntries(LEDGER_COUNTERS.map((counter) => [counter, head.ledger[counter]])),
  }));
  return { pipeline, ledger: total, shards: byShard };
}

function asText(pipeline: string, { total, shards }: PipelineLedger, { colors }: Terminal): string {
  const lines = shards.map(({ shard, head }) => {
    const until = head.watermark === null ? 'no event yet' : `watermark ${instant(head.watermark)}`;
    return `  ${shard.shard}  ${ledgerText(head.ledger)}  ${colors.dim(until)}\n`;
  });
  return `${colors.bold(pipeline)}  ${ledgerText(total)}\n${lines.join('')}`;
}
