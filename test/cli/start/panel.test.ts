import { expect, test } from 'vitest';
import { barLine } from '#cli/progress-line.ts';
import { type PanelState, panelLines } from '#cli/start/panel.ts';
import { EMPTY_LEDGER } from '#core/protocol/ledger.ts';

const STATE: PanelState = {
  fileName: 'flights-20k.json',
  replayed: 0.5,
  fed: 10_000,
  eventsPerSecond: 667.4,
  lagMs: 1234,
  load: undefined,
  finalThrough: Date.UTC(2001, 2, 31, 20),
  ledger: { ...EMPTY_LEDGER, received: 9000, aggregated: 8999, invalid: 1 },
};

test('the live view tells replay, throughput, ledger and the newest windows', () => {
  expect(panelLines(STATE, 80, 'newest\n│ a │\n')).toEqual([
    'replay      ████████████░░░░░░░░░░░░  50 % 10,000 events of flights-20k.json',
    'throughput  667 events/s, lag 1.2 s',
    'ledger      received 9,000 = aggregated 8,999 + invalid 1',
    'final       up to 2001-03-31 20:00',
    '',
    'newest',
    '│ a │',
  ]);
});

test('the live view tells what is left out, of a pipeline that declares its capacity', () => {
  const levelOf = (load: PanelState['load']) => panelLines({ ...STATE, load }, 100, '')[2];
  expect(levelOf({ level: 0, shardsWithHoles: 0 })).toBe('level       0: nothing is left out');
  expect(levelOf({ level: 2, shardsWithHoles: 1 })).toBe(
    'level       2: essential metrics only, nothing of low priority; holes in 1 shard',
  );
});

test('no line is as wide as the terminal: it would wrap, and could not be drawn over', () => {
  for (const columns of [10, 20, 40, 60]) {
    for (const line of panelLines(STATE, columns, `newest\n${'│ wide '.repeat(30)}\n`)) {
      expect(line.length).toBeLessThan(columns);
    }
  }
  expect(barLine({ done: 7, text: '' }, 80)).toContain('100 %');
  expect(barLine({ done: -1, text: '' }, 80)).toContain('  0 %');
});
