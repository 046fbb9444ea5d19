import { Command } from 'commander';
import type { ConnectionOptions } from '../connection.ts';
import { CONNECTION_HELP, withConnectionOptions } from './connection-options.ts';
import type { RunAction } from './run-action.ts';

type PutOptions = ConnectionOptions & { readonly json: boolean; readonly pipeline?: string };

export function putCommand(run: RunAction): Command {
  const command = new Command('put')
    .summary('put the events of a file into the stream')
    .description(
      'Puts all events of a file into the stream, packed into compressed records. It does not wait until they are\n' +
        'aggregated (`weir ledger` tells). Putting a file twice counts it twice, unless its pipeline has an `eventId`.',
    )
    .argument('<file>', 'events: a JSON array, lines of JSON, CSV or Parquet, gzip-compressed or not')
    .option(
      '--pipeline <pipeline>',
      "on AWS: the stream's pipeline, if it has an `eventId`: then events of one id go to one shard",
    )
    .option('--json', 'print what was put as one JSON object', false);
  return withConnectionOptions(command, 'stream')
    .addHelpText(
      'after',
      `
Examples:
  weir put events.ndjson
  weir put events.csv.gz --stream weir-flights      (on AWS)
${CONNECTION_HELP}

Events too large for a record go to the runtime's dead-letter queue; on AWS to that of WEIR_DEAD_LETTER_QUEUE_URL and
WEIR_DEAD_LETTER_BUCKET.`,
    )
    .action((path: string, options: PutOptions) =>
      run(options, async (terminal, signal) => {
        const { putFile } = await import('../put/put-file.ts');
        return putFile(path, options, terminal, signal);
      }),
    );
}
