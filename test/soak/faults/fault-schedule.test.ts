import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pipelineAlarms } from '#contracts/alarms.ts';
import { pipelineOptions } from '#infra/options.ts';
import { alarmSettings } from '#infra/pipeline-stack.ts';
import { SOAK_PIPELINES } from '../soak-pipelines.ts';
import { endOf, parseFaultSchedule, readFaultSchedule } from './fault-schedule.ts';

const SCENARIOS = join(import.meta.dirname, '../scenarios');
const files = await readdir(SCENARIOS);
const parse = (schedule: object) => parseFaultSchedule('faults.json', JSON.stringify(schedule));

describe('a schedule of faults', () => {
  test('says when each begins and ends', () => {
    const { faults, shards } = parse({
      about: 'a test',
      faults: [
        { fault: 'table-slow', at: '02:05', for: '15m', answerAfter: '2s' },
        { fault: 'split-shard', at: '11:40' },
      ],
    });
    expect(shards).toBe(4);
    expect(faults.map((fault) => [fault.at, endOf(fault)])).toEqual([
      [125 * 60_000, 140 * 60_000],
      [700 * 60_000, 700 * 60_000],
    ]);
  });

  test.each([
    ['a fault that there is not', { fault: 'moon-eclipse', at: '01:00', for: '1h' }, /faults\[0\]/],
    [
      'no moment',
      { fault: 'table-down', at: '1 o’clock', for: '1h' },
      /hours and minutes since its beginning/,
    ],
    ['no duration', { fault: 'table-down', at: '01:00', for: 'long' }, /write e\.g\. 30s, 20m or 1h/],
    ['a member too many', { fault: 'table-down', at: '01:00', for: '1h', loud: true }, /loud/],
    ['a share beyond all', { fault: 'bad-events', at: '01:00', for: '1h', share: 2 }, /share/],
  ])('with %s is refused, with the place', (_what, fault, message) => {
    expect(() => parse({ about: 'a test', faults: [fault] })).toThrow(message);
    expect(() => parse({ about: 'a test', faults: [fault] })).toThrow(/^faults\.json is no schedule/);
  });

  test('that is no JSON is refused', () => {
    expect(() => parseFaultSchedule('faults.json', '{')).toThrow(/^faults\.json is no JSON/);
  });

  test.each(files)('%s can be run, and names alarms that there are', async (file) => {
    const { faults, pipeline, scale } = await readFaultSchedule(join(SCENARIOS, file));
    const options = pipelineOptions.parse({
      table: { readUnitsMax: 1, writeUnitsMax: 1 },
      ...(scale !== undefined && { scale: { shardsMax: scale.shardsMax } }),
    });
    const settings = alarmSettings(options, SOAK_PIPELINES[pipeline].pipeline);
    const alarms = pipelineAlarms(settings).map(({ name }) => name);
    expect(faults.length).toBeGreaterThan(0);
    for (const { alarms: must, mayFire } of faults)
      expect(alarms).toEqual(expect.arrayContaining([...must, ...mayFire]));
  });

  test('of the ten hours leaves the second and the tenth alone, so that they can be compared', async () => {
    const { faults } = await readFaultSchedule(join(SCENARIOS, 'ten-hours.json'));
    const quiet = [
      [60, 120],
      [540, 600],
    ] as const;
    for (const [from, to] of quiet) {
      for (const fault of faults) {
        const isApart = endOf(fault) / 60_000 <= from || fault.at / 60_000 >= to;
        expect([fault.fault, isApart]).toEqual([fault.fault, true]);
      }
    }
    const text = await readFile(join(SCENARIOS, 'ten-hours.json'), 'utf8');
    for (const kind of [
      'table-down',
      'table-throttled',
      'table-slow',
      'handler-killed',
      'split-shard',
      'merge-shards',
      'handler-clocks-apart',
      'bad-deployment',
      'flash-crowd',
      'hot-keys',
      'late-events',
      'bad-events',
    ])
      expect(text).toContain(kind);
  });
});
