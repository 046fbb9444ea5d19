import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { InvocationLog } from '#adapters/invocation-log.ts';

const MINUTE_MS = 60_000;

let lines: Record<string, unknown>[];
let now: number;
let log: InvocationLog;

beforeEach(() => {
  lines = [];
  now = Date.parse('2026-11-23T12:00:00Z');
  log = new InvocationLog(() => now);
  const take = (line: unknown) => void lines.push(JSON.parse(String(line)) as Record<string, unknown>);
  vi.spyOn(console, 'warn').mockImplementation(take);
  vi.spyOn(console, 'info').mockImplementation(take);
});
afterEach(() => void vi.restoreAllMocks());

function fail(kind = 'table unavailable'): void {
  log.warn(kind, 'batch unfinished', { records: 3 });
  log.end();
}

describe('the log of an environment', () => {
  it('tells an error at once, then once a minute how often it came, and once when it is over', () => {
    fail();
    expect(lines).toEqual([{ level: 'WARN', message: 'batch unfinished', records: 3 }]);
    for (let second = 1; second < 60; second++) {
      now += 1000;
      fail();
    }
    expect(lines).toHaveLength(1);
    now += 1000;
    fail();
    expect(lines[1]).toEqual({
      level: 'WARN',
      message: 'batch unfinished',
      records: 3,
      times: 61,
      since: '2026-11-23T12:00:00.000Z',
    });
    fail();
    log.end();
    expect(lines[2]).toEqual({
      level: 'WARN',
      message: 'it goes well again',
      errors: [{ kind: 'table unavailable', times: 62, since: '2026-11-23T12:00:00.000Z' }],
    });
    log.end();
    expect(lines).toHaveLength(3);
    fail();
    expect(lines[3]).toEqual({ level: 'WARN', message: 'batch unfinished', records: 3 });
  });

  it('has one line an invocation at most, of the last thing that went wrong', () => {
    log.circuit('table_reads', true);
    log.warn('first', 'one', {});
    log.warn('second', 'two', {});
    log.end({ events: 1 });
    expect(lines).toEqual([{ level: 'WARN', message: 'two', circuits: ['table_reads opened'] }]);
  });

  it('counts errors of different kinds apart, and bounds how many kinds there are', () => {
    for (let kind = 0; kind < 1000; kind++) fail(`kind ${kind}`);
    // 16 by name, and all others together.
    expect(lines).toHaveLength(17);
    log.end();
    expect(lines[17]).toMatchObject({ errors: [{ kind: 'others', times: 984 }] });
  });

  it('tells at once when a circuit opens or closes, but not when it opens again', () => {
    fail();
    log.circuit('table_reads', true);
    fail();
    expect(lines[1]).toMatchObject({ times: 2, circuits: ['table_reads opened'] });
    for (let probe = 0; probe < 10; probe++) {
      log.circuit('table_reads', true);
      fail();
    }
    expect(lines).toHaveLength(2);
    log.circuit('table_reads', false);
    log.end();
    expect(lines[2]).toMatchObject({ message: 'it goes well again', circuits: ['table_reads closed'] });
    log.circuit('event_bus', true);
    log.end();
    expect(lines[3]).toMatchObject({ message: 'circuits changed', circuits: ['event_bus opened'] });
  });

  it('gives an example of what goes well once a minute', () => {
    for (let second = 0; second < 120; second++) {
      log.end({ events: second });
      now += 1000;
    }
    expect(lines).toEqual([
      { level: 'INFO', message: 'for example', events: 0 },
      { level: 'INFO', message: 'for example', events: 60 },
    ]);
    now += MINUTE_MS;
    log.end();
    expect(lines).toHaveLength(2);
  });
});
