import { Command } from 'commander';
import type { RunAction } from './run-action.ts';

export function openApiCommand(run: RunAction): Command {
  return new Command('openapi')
    .summary("print the OpenAPI document of a pipeline's query API")
    .description(
      'Prints the OpenAPI 3.1 document of the query API, made from the definition: names, group-by fields, values. It\n' +
        'is what the API itself hands out as /openapi.json.',
    )
    .argument('[pipeline]', 'name of a pipeline in pipelines/, or path of a .ts file', 'flights')
    .option('--server <url>', 'where the API is: a URL, or a path on its host', '/')
    .addHelpText(
      'after',
      `
Examples:
  weir openapi
  weir openapi ./my-pipeline.ts --server https://api.example.com/v1 > openapi.json

Exit codes: 0 done; 1 something failed; 2 wrong usage, or a pipeline that can't be loaded.`,
    )
    .action((pipeline: string, options: { readonly server: string }) =>
      run({ json: true }, async (terminal) => {
        const { printOpenApi } = await import('../open-api/print-open-api.ts');
        return printOpenApi(pipeline, options.server, terminal);
      }),
    );
}
