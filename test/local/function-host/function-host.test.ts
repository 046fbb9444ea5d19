import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FunctionHost } from '#local/function-host/function-host.ts';
import { HostFixture, isRunning, until, wish } from './host-fixture.ts';

let fixture: HostFixture;
beforeAll(async () => {
  fixture = await HostFixture.open();
});
afterEach(() => fixture.reset());
afterAll(() => fixture.close());

async function answer<Answer>(host: FunctionHost, event: string): Promise<Answer> {
  const result = await host.invoke(event);
  if (result.type !== 'response') throw new Error(`${result.type}: ${result.message}`);
  return JSON.parse(result.payload) as Answer;
}

describe('an invocation', () => {
  test('gets its event and gives its response as JSON', async () => {
    const host = await fixture.start();
    const value = { text: 'Ünïcödé 😀 " \\ \n', number: 1.5, list: [null, true] };
    expect(await answer(host, wish('echo', value))).toEqual(value);
  });

  test('of 6 MB', async () => {
    const host = await fixture.start();
    const event = wish('echo', 'x'.repeat(6 * 1024 * 1024));
    expect(await answer<string>(host, event)).toHaveLength(6 * 1024 * 1024);
  });

  test('without a response answers null', async () => {
    const host = await fixture.start();
    expect(await host.invoke(wish('echo'))).toMatchObject({ type: 'response', payload: 'null' });
    expect(await host.invoke(wish('function'))).toMatchObject({ type: 'response', payload: 'null' });
  });

  test("has Lambda's context", async () => {
    const host = await fixture.start({ timeoutMs: 20_000 });
    const result = await host.invoke(wish('context'));
    const context = JSON.parse(result.type === 'response' ? result.payload : '{}') as { remainingMs: number };
    expect(context).toMatchObject({
      awsRequestId: result.requestId,
      functionName: 'test-function',
      functionVersion: '$LATEST',
      memoryLimitInMB: '128',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:test-function',
      logGroupName: '/aws/lambda/test-function',
    });
    expect(context.remainingMs).toBeGreaterThan(0);
    expect(context.remainingMs).toBeLessThanOrEqual(20_000);
  });

  test('sees of the environment what Lambda has, and nothing of ours', async () => {
    process.env['OURS_ALONE'] = 'secret';
    const host = await fixture.start({ environment: { WEIR_TABLE: 'table' } });
    const environment = await answer<Record<string, string>>(host, wish('environment'));
    delete process.env['OURS_ALONE'];
    expect(environment).toMatchObject({
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'test-function',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      NODE_OPTIONS: '--enable-source-maps',
      WEIR_TABLE: 'table',
    });
    const expected = /^(AWS_|LAMBDA_|WEIR_|LANG$|TZ$|NODE_OPTIONS$)/;
    expect(Object.keys(environment).filter((name) => !expected.test(name))).toEqual([]);
  });

  test('that throws is an error, and the process is used again', async () => {
    const host = await fixture.start();
    const before = await answer<{ pid: number }>(host, wish('count'));
    expect(await host.invoke(wish('throw'))).toMatchObject({
      type: 'error',
      errorType: 'RangeError',
      message: expect.stringContaining('what the function says') as string,
    });
    expect(await host.invoke(wish('throw a text'))).toMatchObject({ type: 'error', errorType: 'string' });
    expect(await host.invoke(wish('circular'))).toMatchObject({ type: 'error', errorType: 'TypeError' });
    expect(await answer(host, wish('count'))).toEqual({ pid: before.pid, invocations: 5 });
  });

  test('whose event is no JSON is an error', async () => {
    const host = await fixture.start();
    expect(await host.invoke('{')).toMatchObject({ type: 'error', errorType: 'SyntaxError' });
  });

  test('is told with its start and its end', async () => {
    const host = await fixture.start();
    const { requestId } = await host.invoke(wish('echo', 1));
    expect(fixture.events).toEqual([
      { type: 'started', requestId },
      { type: 'ended', requestId, result: 'response', durationMs: expect.any(Number) as number },
    ]);
  });
});

describe('a process that is lost', () => {
  test('by an exit in the middle of an invocation is a crash, and is replaced', async () => {
    const host = await fixture.start({ processesMax: 1 });
    expect(await host.invoke(wish('exit'))).toMatchObject({
      type: 'crashed',
      message: "the function's process exited with code 7",
    });
    expect(await answer(host, wish('echo', 'again'))).toBe('again');
  });

  test('by a rejection that nobody handles is a crash', async () => {
    const host = await fixture.start();
    expect(await host.invoke(wish('reject unseen'))).toMatchObject({ type: 'crashed' });
    await fixture.stopHosts();
    expect(fixture.logs.join('\n')).toContain('nobody waits for this');
  });

  test('by a full heap is a crash', async () => {
    const host = await fixture.start({ memoryMegabytes: 32 });
    const result = await host.invoke(wish('fill memory'));
    expect(result).toMatchObject({ type: 'crashed' });
    await fixture.stopHosts();
    expect(fixture.logs.join('\n')).toContain('heap');
  });

  test('by kill in flight is a crash; without an invocation nothing is killed', async () => {
    const host = await fixture.start({ processesMax: 1 });
    expect(host.killInFlight()).toBe(false);
    const { pid } = await answer<{ pid: number }>(host, wish('count'));
    expect(host.killInFlight()).toBe(false);
    const running = host.invoke(wish('sleep', 60_000));
    await until(() => fixture.events.filter(({ type }) => type === 'started').length === 2);
    expect(host.killInFlight()).toBe(true);
    expect(host.killInFlight()).toBe(false);
    expect(await running).toMatchObject({
      type: 'crashed',
      message: "the function's process ended by SIGKILL",
    });
    expect(isRunning(pid)).toBe(false);
    expect(await answer(host, wish('echo', 'again'))).toBe('again');
  });

  test('by kill in flight spares the process that has lived longest, where that is asked for', async () => {
    const host = await fixture.start({ processesMax: 2 });
    const started = () => fixture.events.filter(({ type }) => type === 'started').length;
    const oldest = host.invoke(wish('sleep', 60_000));
    await until(() => started() === 1);
    expect(host.killInFlight('younger')).toBe(false);
    const younger = host.invoke(wish('sleep', 60_000));
    await until(() => started() === 2);
    expect(host.killInFlight('younger')).toBe(true);
    expect(await younger).toMatchObject({ type: 'crashed' });
    expect(host.killInFlight('younger')).toBe(false);
    expect(host.killInFlight()).toBe(true);
    expect(await oldest).toMatchObject({ type: 'crashed' });
  });

  test('between two invocations is replaced', async () => {
    const host = await fixture.start({ processesMax: 1 });
    const { pid } = await answer<{ pid: number }>(host, wish('count'));
    await host.invoke(wish('exit when idle'));
    await until(() => !isRunning(pid));
    const next = await answer<{ pid: number; invocations: number }>(host, wish('count'));
    expect(next.pid).not.toBe(pid);
    expect(next.invocations).toBe(1);
  });
});

test('a process that has ended makes room at once, though something that it started keeps its output open', async () => {
  const host = await fixture.start({ processesMax: 1 });
  const left = await answer<number>(host, wish('leave a process behind', 30));
  const { pid } = await answer<{ pid: number }>(host, wish('count'));
  await host.invoke(wish('exit when idle'));
  await until(() => !isRunning(pid));
  expect(await answer(host, wish('echo', 'next'))).toBe('next');
  process.kill(left);
});

describe('a timeout', () => {
  test.each(['sleep', 'spin'])('of a function that does nothing but %s', async (what) => {
    const host = await fixture.start({ timeoutMs: 2000, processesMax: 1 });
    await host.invoke(wish('echo'));
    expect(await host.invoke(wish(what, 60_000))).toMatchObject({
      type: 'timeout',
      message: 'the function ran for more than 2000 ms',
    });
    expect(await answer(host, wish('echo', 'again'))).toBe('again');
  });
});

describe('code that can not be loaded', () => {
  const broken = [
    ['a syntax error', 'export function handler( {', 'Runtime.UserCodeSyntaxError', 'Unexpected'],
    ['an import of nothing', "import './missing.mjs';", 'Runtime.ImportModuleError', 'missing.mjs'],
    ['an error at load', "throw new Error('at load');", 'Runtime.ImportModuleError', 'at load'],
    ['no handler', 'export const other = 1;', 'Runtime.HandlerNotFound', 'exports no function named handler'],
  ] as const;
  test.each(broken)('%s', async (_what, code, errorType, message) => {
    const host = await fixture.start({ code });
    const result = await host.invoke('{}');
    expect(result).toMatchObject({
      type: 'error',
      errorType,
      message: expect.stringContaining(message) as string,
    });
    expect(fixture.events.map(({ type }) => type)).toEqual(['ended']);
  });

  test('an exit at load is a crash', async () => {
    const host = await fixture.start({ code: 'process.exit(9)' });
    expect(await host.invoke('{}')).toMatchObject({ type: 'crashed' });
  });

  test('a slow start is waited for, and does not count as running time', async () => {
    const code = `
      await new Promise((resolve) => setTimeout(resolve, 800));
      const loadedMs = Date.now();
      export const handler = (event, context) => Date.now() + context.getRemainingTimeInMillis() - loadedMs;
    `;
    const host = await fixture.start({ code, timeoutMs: 5000 });
    expect(await answer<number>(host, '{}')).toBeGreaterThanOrEqual(5000);
  });

  test('a start that does not end is a timeout', async () => {
    const code = 'setInterval(() => {}, 1000); await new Promise(() => {}); export const handler = () => {};';
    const host = await fixture.start({ code, timeoutMs: 500 });
    expect(await host.invoke('{}')).toMatchObject({
      type: 'timeout',
      message: "the function's code took more than 500 ms to load",
    });
  });
});

describe('processes', () => {
  test('run side by side up to the limit, one invocation each; others wait', async () => {
    const host = await fixture.start({ processesMax: 2 });
    const results = await Promise.all(Array.from({ length: 6 }, () => answer(host, wish('sleep', 50))));
    expect(results).toEqual(Array(6).fill('slept'));
    let running = 0;
    let most = 0;
    for (const { type } of fixture.events) {
      running += type === 'started' ? 1 : -1;
      most = Math.max(most, running);
    }
    expect(most).toBe(2);
    const pids = await Promise.all([1, 2].map(() => answer<{ invocations: number }>(host, wish('count'))));
    expect(pids[0]?.invocations ?? 0).toBeGreaterThan(1);
  });

  test('a crash leaves those that wait to the others', async () => {
    const host = await fixture.start({ processesMax: 1 });
    const results = await Promise.all([
      host.invoke(wish('exit')),
      host.invoke(wish('echo', 1)),
      host.invoke(wish('exit')),
    ]);
    expect(results.map(({ type }) => type)).toEqual(['crashed', 'response', 'crashed']);
  });
});

describe('stop', () => {
  test('ends running and waiting invocations, leaves no process, and may be called again', async () => {
    const host = await fixture.start({ processesMax: 1 });
    const { pid } = await answer<{ pid: number }>(host, wish('count'));
    const running = host.invoke(wish('spin'));
    const waiting = host.invoke(wish('echo', 1));
    await until(() => fixture.events.filter(({ type }) => type === 'started').length === 2);
    await Promise.all([host.stop(), host.stop()]);
    expect(isRunning(pid)).toBe(false);
    expect((await running).type).toBe('crashed');
    expect((await waiting).type).toBe('not_invoked');
    expect((await host.invoke(wish('echo'))).type).toBe('not_invoked');
  });

  test('before anything was invoked', async () => {
    const host = await fixture.start();
    await expect(host.stop()).resolves.toBeUndefined();
  });

  test('does not wait for what the function left behind', async () => {
    const host = await fixture.start();
    const pid = await answer<number>(host, wish('leave a process behind', 30));
    await host.stop();
    expect(isRunning(pid)).toBe(true);
    process.kill(pid);
  });
});

describe('output', () => {
  test('metrics are told apart from log lines', async () => {
    const host = await fixture.start();
    await host.invoke(wish('metrics', 42));
    await host.invoke(wish('complain'));
    await fixture.stopHosts();
    expect(fixture.metrics).toEqual([{ _aws: { Timestamp: 1, CloudWatchMetrics: [] }, EventsReceived: 42 }]);
    expect(fixture.logs).toEqual(['{"_aws": is no JSON}', 'to the other stream']);
  });

  test('a flood is bounded, and what is left out is counted', async () => {
    const host = await fixture.start();
    const line = 'x'.repeat(200);
    expect(await answer(host, wish('write', { lines: 50_000, line }))).toBe('written');
    await host.invoke(wish('write', { lines: 3, line: 'after' }));
    await fixture.stopHosts();
    expect(fixture.logs).toHaveLength(1000 + 1 + 3);
    expect(fixture.logs.slice(0, 1000).every((logged) => logged === line)).toBe(true);
    expect(fixture.logs[1000]).toBe('49000 further lines of this invocation left out');
  });
});
