import { appendFileSync, readdirSync, readlinkSync } from 'node:fs';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import v8 from 'node:v8';
import vm from 'node:vm';

/** Names the file in the environment of a function's process. */
export const PROBE_FILE_VARIABLE = 'WEIR_SOAK_PROBE_FILE';

/** What a process of the function was like over a minute of stream time. Times in real milliseconds. */
export interface ProbeSample {
  readonly pid: number;
  /** Epoch milliseconds of stream time, at its end. */
  readonly atMs: number;
  /** After a full garbage collection; once in ten minutes. */
  readonly heapAfterGcBytes?: number;
  /** What of it is code that was compiled by then. */
  readonly codeBytes?: number;
  readonly residentBytes: number;
  readonly gcCount: number;
  readonly gcMsTotal: number;
  readonly gcMsMax: number;
  readonly loopDelayMsP99: number;
  /** What each invocation took of the processors, all threads together. */
  readonly batchCpuMs: readonly number[];
  /** To services; 0 where the system does not tell. */
  readonly sockets: number;
}

const MINUTE_MS = 60_000;
const COLLECT_EVERY_MINUTES = 10;
/** In real time: often enough for minutes that take two seconds and less. */
const LOOK_EVERY_MS = 100;
const LOOP_RESOLUTION_MS = 2;

/** Measures this process, and appends a line of JSON a minute of stream time to a file. */
export function startProbe(file: string, nowMs: () => number): void {
  v8.setFlagsFromString('--expose-gc');
  const collectGarbage = vm.runInNewContext('gc') as () => void;
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  let pauses: number[] = [];
  let batchCpuMs: number[] = [];
  measureBatches((ms) => batchCpuMs.push(ms));
  const take = (entries: readonly { readonly duration: number }[]) =>
    pauses.push(...entries.map(({ duration }) => duration));
  const observer = new PerformanceObserver((list) => {
    take(list.getEntries());
  });
  observer.observe({ entryTypes: ['gc'] });
  let minute = Math.floor(nowMs() / MINUTE_MS);
  const socketsBefore = openSockets();

  setInterval(() => {
    const now = Math.floor(nowMs() / MINUTE_MS);
    if (now === minute) return;
    take(observer.takeRecords());
    const measured = {
      gcCount: pauses.length,
      gcMsTotal: pauses.reduce((sum, pause) => sum + pause, 0),
      gcMsMax: Math.max(0, ...pauses),
      loopDelayMsP99: Math.max(0, loop.percentile(99) / 1e6 - LOOP_RESOLUTION_MS),
      sockets: Math.max(0, openSockets() - socketsBefore),
      residentBytes: process.memoryUsage.rss(),
      batchCpuMs,
    };
    const collects = Math.floor(now / COLLECT_EVERY_MINUTES) > Math.floor(minute / COLLECT_EVERY_MINUTES);
    if (collects) collectGarbage();
    const sample: ProbeSample = {
      pid: process.pid,
      atMs: now * MINUTE_MS,
      ...measured,
      ...(collects && { heapAfterGcBytes: process.memoryUsage().heapUsed, codeBytes: compiledBytes() }),
    };
    appendFileSync(file, `${JSON.stringify(sample)}\n`);
    minute = now;
    // The collection that was asked for is not the function's.
    observer.takeRecords();
    pauses = [];
    batchCpuMs = [];
    loop.reset();
  }, LOOK_EVERY_MS).unref();
}

function compiledBytes(): number {
  const { bytecode_and_metadata_size: bytecode, code_and_metadata_size: code } = v8.getHeapCodeStatistics();
  return bytecode + code;
}

/** An invocation lasts from the message that begins it to the one that answers. */
function measureBatches(onBatch: (cpuMs: number) => void): void {
  let begun: NodeJS.CpuUsage | undefined;
  process.on('message', () => {
    begun = process.cpuUsage();
  });
  const send = process.send?.bind(process);
  process.send = ((...message: Parameters<NonNullable<typeof send>>) => {
    if (begun !== undefined) {
      const { system, user } = process.cpuUsage(begun);
      onBatch((system + user) / 1000);
      begun = undefined;
    }
    return send?.(...message) ?? false;
  }) as NonNullable<typeof process.send>;
}

const FILES_FOLDER = '/proc/self/fd';

/** Node tells only of sockets that keep the process alive, which those that wait for their next use do not. */
function openSockets(): number {
  try {
    return readdirSync(FILES_FOLDER).filter((name) => linkOf(name).startsWith('socket:')).length;
  } catch {
    return 0;
  }
}

function linkOf(name: string): string {
  try {
    return readlinkSync(`${FILES_FOLDER}/${name}`);
  } catch {
    return '';
  }
}
