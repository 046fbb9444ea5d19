import { runCli } from '#cli/program.ts';

// Who reads our output may stop reading: `weir query … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

await runCli(process.argv.slice(2));
