import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSeeds } from './campaign.ts';
import { codeOfSeeds, readJournal, writeJournal } from './journal.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-journal-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a long run in parts', () => {
  it('adds up to what it is in one', async () => {
    const file = join(folder, 'new', 'seeds.json');
    let reached = 0;
    const totals = await runSeeds(1, 5, (_, next) => {
      reached = next;
      return true;
    });
    await writeJournal(file, { code: 'a', from: 1, next: reached, elapsedMs: 1, totals });
    const journal = await readJournal(file, 'a');
    expect(journal?.next).toBe(6);
    const rest = await runSeeds(6, 4, undefined, journal?.totals);
    expect(rest).toEqual(await runSeeds(1, 9));
    expect(rest.seeds).toBe(9);
  }, 120_000);

  it('begins where there is no file', async () => {
    expect(await readJournal(join(folder, 'none.json'), 'a')).toBeUndefined();
  });

  it('refuses to go on with other code', async () => {
    const file = join(folder, 'seeds.json');
    const totals = await runSeeds(1, 0);
    await writeJournal(file, { code: 'a', from: 1, next: 1, elapsedMs: 0, totals });
    await expect(readJournal(file, 'b')).rejects.toThrow(/seeds\.json is of other code/);
  });

  it('tells code by what its seeds run', async () => {
    expect(await codeOfSeeds()).toMatch(/^[0-9a-f]{64}$/);
    expect(await codeOfSeeds()).toBe(await codeOfSeeds());
  });
});
