import { openApiDocument } from '#app/open-api/document.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { loadPipeline } from '../load-pipeline.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** Prints the document of a pipeline's query API, as JSON. */
export async function printOpenApi(
  nameOrPath: string,
  server: string,
  terminal: Terminal,
): Promise<ExitCode> {
  if (!server.startsWith('/') && !URL.canParse(server)) {
    throw new UsageError(
      `--server: "${server}" is no URL, and no path. Give e.g. https://api.example.com/v1.`,
    );
  }
  const { pipeline } = await loadPipeline(nameOrPath);
  await terminal.print(`${JSON.stringify(openApiDocument(pipeline, server), undefined, 2)}\n`);
  return EXIT.done;
}
