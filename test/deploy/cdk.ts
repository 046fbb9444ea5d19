import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Target } from './targets.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** What the stack says about itself, by the outputs' names. */
export type StackOutputs = Readonly<Record<string, string>>;

/** The CDK command line, aimed at a target, for one pipeline of this checkout. */
export class Cdk {
  readonly #target: Target;
  readonly #folder: string;
  readonly #pipeline: string;

  /** @param folder where the app's output goes */
  constructor(target: Target, folder: string, pipeline: string) {
    this.#target = target;
    this.#folder = folder;
    this.#pipeline = pipeline;
  }

  bootstrap(): Promise<string> {
    const { account, bootstrapArguments } = this.#target;
    return this.#run(['bootstrap', `aws://${account}/${process.env['AWS_REGION']}`, ...bootstrapArguments]);
  }

  /** Deploys; gives what the command said and the stack's outputs. @param options over those of the emulator */
  async deploy(options: object = {}): Promise<{ readonly said: string; readonly outputs: StackOutputs }> {
    const outputsFile = join(this.#folder, 'outputs.json');
    const said = await this.#run([
      'deploy',
      '--require-approval=never',
      `--outputs-file=${outputsFile}`,
      ...this.#target.deployArguments,
      ...this.#context(options),
    ]);
    const outputs = JSON.parse(readFileSync(outputsFile, 'utf8')) as Record<string, StackOutputs>;
    return { said, outputs: outputs[`weir-${this.#pipeline}`] ?? {} };
  }

  destroy(): Promise<string> {
    return this.#run(['destroy', '--force', ...this.#context({})]);
  }

  #context(options: object): string[] {
    const weir = { '*': { alarms: { without: this.#target.alarmsWithout }, ...options } };
    return ['-c', `pipeline=${this.#pipeline}`, '-c', `weir=${JSON.stringify(weir)}`];
  }

  #run(args: readonly string[]): Promise<string> {
    const cdk = join(ROOT, 'node_modules/aws-cdk/bin/cdk');
    return new Promise((resolve, reject) => {
      execFile(
        process.execPath,
        [cdk, ...args, '--output', join(this.#folder, 'cdk.out'), '--ci', '--no-color'],
        { cwd: ROOT, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, NODE_ENV: undefined } },
        (error, stdout, stderr) => {
          const said = `${stdout}\n${stderr}`;
          if (error === null) resolve(said);
          else reject(new Error(`cdk ${args[0]} failed:\n${said.slice(-4000)}`));
        },
      );
    });
  }
}
