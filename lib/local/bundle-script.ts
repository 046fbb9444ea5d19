import { build } from 'esbuild';

/** Makes one of our own TypeScript scripts a file that a child process can run by itself. */
export async function bundleScript(sourceFile: string, outputFile: string): Promise<void> {
  await build({
    entryPoints: [sourceFile],
    outfile: outputFile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: outputFile.endsWith('.cjs') ? 'cjs' : 'esm',
    logLevel: 'silent',
  });
}
