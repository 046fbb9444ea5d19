import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { expect, onTestFinished, test } from 'vitest';
import { emulatorClients } from '#local/emulator-clients.ts';
import { startQueryApi } from '#local/http-api/start-query-api.ts';
import type { Runtime } from '#local/runtime.ts';
import { startRuntime } from '#local/start-runtime.ts';
import { temporaryFolder } from '../cli/read-events/read-file.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/query-api.md');
const FLIGHTS = { pipelineFile: resolve('pipelines/flights.ts'), pipelineName: 'flights' };
/** Some 4,000 windows are closed: seconds, but on a busy machine. */
const BUSY_MS_MAX = 300_000;
/** Where the page has its two pipelines. */
const ADDRESSES = { flights: 'http://127.0.0.1:8080', visits: 'http://127.0.0.1:8081' };

// `npm run docs` writes it anew.
test(
  'the answers in docs/query-api.md are those of the API, of the flights of npm start and of the visits in it',
  async () => {
    const page = readFileSync(PAGE, 'utf8');
    const flights = JSON.parse(
      readFileSync(resolve('node_modules/vega-datasets/data/flights-20k.json'), 'utf8'),
    ) as readonly unknown[];
    const pipelineFile = join(await temporaryFolder(), 'visits.ts');
    writeFileSync(pipelineFile, fileIn(page, 'visits.ts'));
    const lines = fileIn(page, 'visits.ndjson').trim().split('\n');
    const urls = {
      [ADDRESSES.flights]: await serve(FLIGHTS, flights),
      [ADDRESSES.visits]: await serve(
        { pipelineFile, pipelineName: 'visits' },
        lines.map((line): unknown => JSON.parse(line)),
      ),
    };
    await expect(await recorded(page, urls)).toMatchFileSnapshot(PAGE);
  },
  BUSY_MS_MAX,
);

/** What a fence that is named like a file holds. */
function fileIn(page: string, file: string): string {
  const begin = page.indexOf('\n', page.indexOf(` ${file}\n`)) + 1;
  expect(begin).toBeGreaterThan(1);
  return page.slice(begin, page.indexOf('```', begin));
}

/** Counts events, closes what is over, and serves what came of it. Gives the address. */
async function serve(pipeline: typeof FLIGHTS, events: readonly unknown[]): Promise<string> {
  const runtime = await startRuntime({ ...pipeline, closeEveryMs: 3_600_000 });
  onTestFinished(() => runtime.stop());
  await put(runtime, events);
  await runtime.drained();
  await runtime.close();
  const { environment } = runtime;
  const quiet = { onLog: () => {}, onMetrics: () => {} };
  const api = await startQueryApi({ ...pipeline, environment, port: 0, ...quiet });
  onTestFinished(() => api.stop());
  return api.url;
}

async function put({ environment }: Runtime, events: readonly unknown[]): Promise<void> {
  const at = (service: string) => environment[`AWS_ENDPOINT_URL_${service}`] ?? '';
  const clients = emulatorClients({
    ...{ kinesis: at('KINESIS'), dynamodb: at('DYNAMODB'), sqs: at('SQS'), s3: at('S3') },
  });
  const Records = Array.from({ length: Math.ceil(events.length / 500) }, (_, i) => ({
    PartitionKey: 'p',
    Data: Buffer.from(JSON.stringify(events.slice(i * 500, (i + 1) * 500))),
  }));
  await clients.kinesis.send(new PutRecordsCommand({ StreamName: environment['WEIR_STREAM'], Records }));
  clients.destroy();
}

/** A command with curl, and the fence behind it that has what it prints. */
const EXCHANGE = /(?<=^```sh\n(curl .*)\n```\n\n```\w+\n)[^`]*(?=^```$)/gm;

/** The page with what the commands print now. */
async function recorded(page: string, urls: Readonly<Record<string, string>>): Promise<string> {
  let tag = '';
  const outputs: string[] = [];
  for (const [, command = ''] of page.matchAll(EXCHANGE)) {
    const printed = await curl(
      command.replaceAll(/W\/"[\w-]+"|TAG/g, () => tag),
      urls,
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
async function curl(command: string, urls: Readonly<Record<string, string>>): Promise<string> {
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
    else if (part.startsWith('http:')) target = addressOf(part, urls);
    else throw new Error(`the test does not know ${part} in ${command}`);
  }
  if (target === undefined) throw new Error(`no address in ${command}`);
  const response = await fetch(target, { headers });
  const body = await response.text();
  const told = format
    .replaceAll('%{http_code}', String(response.status))
    .replaceAll(/%header\{([\w-]+)\}/g, (_, name: string) => response.headers.get(name) ?? '')
    .replaceAll(String.raw`\n`, '\n');
  const shown = isShown ? body.replaceAll('\r\n', '\n') : '';
  const printed = `${shown}${told}`;
  return printed.endsWith('\n') ? printed : `${printed}\n`;
}

/** Where an address of the page is in truth. */
function addressOf(target: string, urls: Readonly<Record<string, string>>): string {
  const [address, url] = Object.entries(urls).find(([begin]) => target.startsWith(begin)) ?? [];
  if (address === undefined || url === undefined) throw new Error(`nothing is at ${target}`);
  return `${url}${target.slice(address.length)}`;
}
