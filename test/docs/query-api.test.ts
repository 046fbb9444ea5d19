import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { expect, onTestFinished, test } from 'vitest';
import { emulatorClients } from '#local/emulator-clients.ts';
import { startQueryApi } from '#local/http-api/start-query-api.ts';
import type { Runtime } from '#local/runtime.ts';
import { startRuntime } from '#local/start-runtime.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/query-api.md');
const PIPELINE = { pipelineFile: resolve('pipelines/flights.ts'), pipelineName: 'flights' };
/** Some 4,000 windows are closed: seconds, but on a busy machine. */
const BUSY_MS_MAX = 300_000;
const ADDRESS = 'http://127.0.0.1:8080';

// `npm run docs` writes it anew.
test(
  'the answers in docs/query-api.md are those of the API, of the flights of npm start',
  async () => {
    const runtime = await startRuntime({ ...PIPELINE, closeEveryMs: 3_600_000 });
    onTestFinished(() => runtime.stop());
    await putFlights(runtime);
    await runtime.drained();
    await runtime.close();
    const { environment } = runtime;
    const quiet = { onLog: () => {}, onMetrics: () => {} };
    const api = await startQueryApi({ ...PIPELINE, environment, port: 0, ...quiet });
    onTestFinished(() => api.stop());
    await expect(await recorded(readFileSync(PAGE, 'utf8'), api.url)).toMatchFileSnapshot(PAGE);
  },
  BUSY_MS_MAX,
);

async function putFlights({ environment }: Runtime): Promise<void> {
  const at = (service: string) => environment[`AWS_ENDPOINT_URL_${service}`] ?? '';
  const clients = emulatorClients({
    ...{ kinesis: at('KINESIS'), dynamodb: at('DYNAMODB'), sqs: at('SQS'), s3: at('S3') },
  });
  const flights = JSON.parse(
    readFileSync(resolve('node_modules/vega-datasets/data/flights-20k.json'), 'utf8'),
  ) as readonly unknown[];
  const Records = Array.from({ length: Math.ceil(flights.length / 500) }, (_, i) => ({
    PartitionKey: 'p',
    Data: Buffer.from(JSON.stringify(flights.slice(i * 500, (i + 1) * 500))),
  }));
  await clients.kinesis.send(new PutRecordsCommand({ StreamName: environment['WEIR_STREAM'], Records }));
  clients.destroy();
}

/** A command with curl, and the fence behind it that has what it prints. */
const EXCHANGE = /(?<=^```sh\n(curl .*)\n```\n\n```\w+\n)[^`]*(?=^```$)/gm;

/** The page with what the commands print now. */
async function recorded(page: string, url: string): Promise<string> {
  let tag = '';
  const outputs: string[] = [];
  for (const [, command = ''] of page.matchAll(EXCHANGE)) {
    const printed = await curl(
      command.replaceAll(/W\/"[\w-]+"|TAG/g, () => tag),
      url,
    );
    tag = /W\/"[\w-]+"/.exec(printed)?.[0] ?? tag;
    outputs.push(printed.replaceAll(/"ageMs":\d+/g, '"ageMs":…'));
  }
  expect(outputs.length).toBeGreaterThan(9);
  const written = page.replaceAll(EXCHANGE, () => outputs.shift() ?? '');
  // The second of a pair of commands sends what the first one got.
  return written.replaceAll(/(?<=if-none-match: )(?:W\/"[\w-]+"|TAG)/g, tag);
}

/** What curl would print, for the options that the page uses. */
async function curl(command: string, url: string): Promise<string> {
  const parts = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const headers: Record<string, string> = {};
  let target: string | undefined;
  let format = '';
  let isShown = true;
  for (let at = 1; at < parts.length; at++) {
    const part = parts[at] ?? '';
    if (part === '-s') continue;
    const value = part.startsWith('-') ? (parts[++at] ?? '') : part;
    if (part === '-H') headers[value.split(': ', 1)[0] ?? ''] = value.slice(value.indexOf(': ') + 2);
    else if (part === '-w') format = value;
    else if (part === '-o' && value === '/dev/null') isShown = false;
    else if (part.startsWith(ADDRESS)) target = part.slice(ADDRESS.length);
    else throw new Error(`the test does not know ${part} in ${command}`);
  }
  if (target === undefined) throw new Error(`no address in ${command}`);
  const response = await fetch(`${url}${target}`, { headers });
  const body = await response.text();
  const told = format
    .replaceAll('%{http_code}', String(response.status))
    .replaceAll(/%header\{([\w-]+)\}/g, (_, name: string) => response.headers.get(name) ?? '')
    .replaceAll(String.raw`\n`, '\n');
  const shown = isShown ? body.replaceAll('\r\n', '\n') : '';
  const printed = `${shown}${told}`;
  return printed.endsWith('\n') ? printed : `${printed}\n`;
}
