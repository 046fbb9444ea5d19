import { createHash, randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { catchMutants, runSeeds } from './campaign.ts';
import { FAULTS, type Fault } from './fault-kinds.ts';
import { codeOfSeeds, readJournal, writeJournal } from './journal.ts';
import { MUTANTS } from './mutants/all.ts';
import type { Mutant } from './mutants/mutant.ts';
import type { Cut } from './plan.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';
import { describeTotals, type Totals, unseen } from './totals.ts';

const USAGE = `Runs the protocol against faults, deterministically from seeds.

  npm run sim -- --seeds 10000 [--from 1]     many seeds, on all processors; Ctrl-C ends it with the figures so far
      [--fresh]                               from a seed that nobody has tried
      [--journal file]                        goes on where an earlier run with this file has ended
  npm run sim -- --seed N                     one seed; prints the hash of its trace, and the trace's end if it fails
      [--records R] [--without fault,…]       fewer records, some faults switched off
      [--mutant name] [--trace]               of a mutant; the whole trace
  npm run sim -- --mutants [--seeds 2000]     how many seeds it takes to catch each mutant, of so many at most`;

const SEEDS_A_MUTANT = 2000;
const TRACE_LINES = 60;
const SEEN_CHARACTERS = 140;
const PROGRESS_MS = 30_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    records: { type: 'string' },
    without: { type: 'string' },
    mutant: { type: 'string' },
    mutants: { type: 'boolean' },
    trace: { type: 'boolean' },
    fresh: { type: 'boolean' },
    journal: { type: 'string' },
  },
});

const from = values.fresh ? randomInt(2 ** 40) : wholeNumber('from', values.from);
if (values.mutants)
  process.exitCode = await runMutants(wholeNumber('seeds', values.seeds ?? String(SEEDS_A_MUTANT)));
else if (values.seed !== undefined) process.exitCode = await runOne(wholeNumber('seed', values.seed));
else if (values.seeds !== undefined) process.exitCode = await runMany(wholeNumber('seeds', values.seeds));
else console.log(USAGE);

async function runMany(seeds: number): Promise<number> {
  const { journal: file } = values;
  const code = file === undefined ? '' : await codeOfSeeds();
  const before = file === undefined ? undefined : await readJournal(file, code);
  const first = before?.from ?? from;
  const end = first + seeds;
  const begin = Math.min(before?.next ?? first, end);
  console.log(
    `seeds from ${first}${before === undefined ? '' : `, of which those before ${begin} are done`}`,
  );
  const started = Date.now();
  const elapsed = () => (before?.elapsedMs ?? 0) + Date.now() - started;
  let told = started;
  let isOver = false;
  let writing = Promise.resolve();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      isOver = true;
    });
  const note = (totals: Totals, next: number) => {
    if (file === undefined || totals.failures.length > 0) return;
    const journal = { code, from: first, next, elapsedMs: elapsed(), totals: structuredClone(totals) };
    writing = writing.then(() => writeJournal(file, journal));
  };
  let next = begin;
  const totals = await runSeeds(
    begin,
    end - begin,
    (sofar, reached) => {
      next = reached;
      if (Date.now() - told >= PROGRESS_MS) {
        told = Date.now();
        console.log(`${sofar.seeds} of ${seeds} seeds`);
        note(sofar, reached);
      }
      return !isOver;
    },
    before?.totals,
  );
  note(totals, next);
  await writing;
  for (const line of describeTotals(totals, elapsed())) console.log(line);
  for (const { seed, message } of totals.failures) await explain(seed, message);
  const never = unseen(totals);
  if (never.length > 0) console.log(`never struck or seen: ${never.join(', ')}`);
  return totals.failures.length > 0 ? 1 : 0;
}

async function runOne(seed: number): Promise<number> {
  const mutant = findMutant(values.mutant);
  const cut = { ...cutOf(), ...(mutant && { mutant }) };
  const hash = createHash('sha256');
  const lines: string[] = [];
  const run = await simulate(seed, {
    ...cut,
    trace: (line) => {
      hash.update(line).update('\n');
      lines.push(line);
    },
  });
  for (const line of values.trace ? lines : run.failure === undefined ? [] : lines.slice(-TRACE_LINES))
    console.log(line);
  const strikes = [...run.strikes].map(([name, count]) => `${name} ${count}`).join(', ');
  console.log(
    `seed ${seed}: ${run.records} records, ${run.commits} commits, ${run.answers} answers; ${strikes}`,
  );
  console.log(`trace of ${lines.length} lines, sha256 ${hash.digest('hex')}`);
  console.log(run.failure === undefined ? 'no failure' : `WRONG: ${run.failure}`);
  if (run.failure !== undefined && values.without === undefined) await explain(seed, run.failure, mutant);
  return run.failure === undefined ? 0 : 1;
}

async function runMutants(seedsMax: number): Promise<number> {
  const catches = await catchMutants(from, seedsMax, ({ name, breaks, seeds, failure }) => {
    const result =
      failure === undefined
        ? `NOT CAUGHT in ${seeds} seeds`
        : `caught in ${seeds} seeds, by seed ${failure.seed}`;
    const seen = failure?.message.slice(0, SEEN_CHARACTERS) ?? 'nothing';
    console.log(`${name.padEnd(38)} ${result}\n    breaks: ${breaks}\n    seen: ${seen}`);
  });
  const missed = catches.filter(({ failure }) => failure === undefined);
  console.log(`${catches.length - missed.length} of ${MUTANTS.length} mutants caught`);
  return catches.length < MUTANTS.length || missed.length > 0 ? 1 : 0;
}

/** Prints how a failure is seen again, and a smaller run that fails. */
async function explain(seed: number, message: string, mutant?: Mutant): Promise<void> {
  const run = await simulate(seed, { mutant });
  const { cut, failure } = await shrink(seed, run.records, message, mutant);
  const without = [...cut.without].join();
  const lines: string[] = [];
  await simulate(seed, { ...cut, mutant, trace: (line) => lines.push(line) });
  console.log(`\nseed ${seed}: ${message}`);
  console.log(
    `shrunk to ${cut.records} records and ${FAULTS.filter((fault) => !cut.without.has(fault)).join(', ') || 'no fault'}: ${failure}`,
  );
  for (const line of lines.slice(-TRACE_LINES)) console.log(line);
  const options = `${mutant === undefined ? '' : ` --mutant ${mutant.name}`} --records ${cut.records}${without === '' ? '' : ` --without ${without}`}`;
  console.log(`again: npm run sim -- --seed ${seed}${options}`);
}

function cutOf(): Cut {
  const known = new Set<string>(FAULTS);
  const without = (values.without ?? '').split(',').filter((name) => name !== '');
  const unknown = without.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new Error(`there is no fault '${unknown}'; there are ${FAULTS.join(', ')}`);
  return {
    ...(values.records !== undefined && { records: wholeNumber('records', values.records) }),
    without: new Set(without as Fault[]),
  };
}

function findMutant(name: string | undefined): Mutant | undefined {
  if (name === undefined) return undefined;
  const mutant = MUTANTS.find((known) => known.name === name);
  if (mutant === undefined)
    throw new Error(
      `there is no mutant '${name}'; there are ${MUTANTS.map((known) => known.name).join(', ')}`,
    );
  return mutant;
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new Error(`--${option} is '${text}'; give a whole number`);
  return number;
}
