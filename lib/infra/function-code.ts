import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { PIPELINE_MODULE } from '#contracts/aggregate-function.ts';
import { FUNCTION_BUNDLE } from '#contracts/function-bundle.ts';

const PROJECT_FOLDER = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A function's code with one pipeline in it, bundled when the stack is synthesized. Its hash is the bundle's: the same
 * sources are no change to deploy.
 *
 * @param name the function's folder in `functions/`
 */
export function functionCode(name: string, pipelineFile: string): Code {
  const folder = join(PROJECT_FOLDER, 'functions', name);
  return Code.fromAsset(folder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the local bundler below does all of it.
      image: DockerImage.fromRegistry('none'),
      // CDK bundles once for equal options, and does not look into the function below: the pipeline must be in them.
      environment: { PIPELINE_FILE: pipelineFile },
      local: {
        tryBundle(outputFolder: string): boolean {
          bundle(join(folder, 'handler.ts'), pipelineFile, outputFolder);
          return true;
        },
      },
    },
  });
}

function bundle(entryFile: string, pipelineFile: string, outputFolder: string): void {
  buildSync({
    ...FUNCTION_BUNDLE,
    mainFields: [...FUNCTION_BUNDLE.mainFields],
    outExtension: { ...FUNCTION_BUNDLE.outExtension },
    entryPoints: [entryFile],
    outdir: outputFolder,
    absWorkingDir: PROJECT_FOLDER,
    alias: {
      [PIPELINE_MODULE]: pipelineFile,
      'weir/producer': join(PROJECT_FOLDER, 'lib/producer.ts'),
      weir: join(PROJECT_FOLDER, 'lib/index.ts'),
    },
    // Errors are thrown, with the place; CDK shows them.
    logLevel: 'silent',
  });
}
