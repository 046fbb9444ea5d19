import type { EpochMs } from '#core/brand.ts';
import { type Decision, decideMoves } from '#core/scale/decide-moves.ts';
import type { Finding, Move } from '#core/scale/moves.ts';
import type { ScaleSettings } from '#core/scale/scale-settings.ts';
import { EMPTY_SCALE_STATE, type ScaleState } from '#core/scale/scale-state.ts';
import { DependencyError } from '../ports/dependency-error.ts';
import type { ScaleStates } from '../ports/scale-states.ts';
import type { ShardControl, StreamStatus } from '../ports/shard-control.ts';
import { lookAtShards } from './look-at-shards.ts';

export interface ScaleDeps {
  readonly stream: ShardControl;
  readonly states: ScaleStates;
  readonly settings: ScaleSettings;
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Waits until the stream may be ready for the next move. */
  readonly wait: () => Promise<void>;
}

/** What a run of `scaleStream` found and did. */
export interface ScaleReport {
  readonly shards: number;
  /** Shares of a shard's capacity, smoothed over the last runs. */
  readonly loadMax: number;
  readonly loadMean: number;
  readonly moves: readonly Move[];
  readonly findings: readonly Finding[];
  /** Why less was done than was decided; the next run decides anew. */
  readonly unfinished: ScaleUnfinished | undefined;
  /** For the log, where the stream refused: what it said. */
  readonly error: Error | undefined;
}

export type ScaleUnfinished =
  | 'deadline' // the run's time was nearly up
  | 'overtaken' // somebody else changes the stream
  | 'failed'; // the stream refused a move, or did not answer

/** Begun later than so long before the deadline, a move may not be over by then. */
const MOVE_MS = 60_000;

/**
 * Looks at a stream's shards, decides on splits and merges, and makes them one after the other, each when the one
 * before is over. The decision is stored first, on the condition that no other run stored one: so of two runs at once,
 * one decides. Nothing is harmed where a run dies on the way: whatever shards there are, the next run goes on from
 * them.
 *
 * Throws for a stream that is not provisioned. `deadline` is when the function would be stopped, in epoch milliseconds.
 */
export async function scaleStream(deps: ScaleDeps, deadline: number): Promise<ScaleReport> {
  const { settings, states, stream } = deps;
  const status = await stream.status();
  if (status.mode !== 'provisioned') {
    throw new Error(
      'the stream is on-demand, and scales by itself: leave out `scale`, or make it provisioned',
    );
  }
  const looks = await lookAtShards({
    stream,
    capacity: settings.capacity,
    periodMs: settings.periodMs,
    now: deps.now,
    random: deps.random,
  });
  const stored = (await states.read(status.stream)) ?? EMPTY_SCALE_STATE;
  const now = deps.now() as EpochMs;
  // Listed while the stream was being changed, the shards are not those that a move would find.
  const mayMove = status.active && status.openShards === looks.length;
  const decision = decideMoves(settings, stored, looks, now, mayMove);
  const { findings, moves } = decision;
  const state: ScaleState =
    moves.length === 0 ? decision.state : { ...decision.state, movingUntil: deadline as EpochMs };
  const about = { ...loads(decision), shards: looks.length, findings };
  if ((await states.write(status.stream, state)) === 'conflict') {
    return { ...about, moves: [], unfinished: moves.length > 0 ? 'overtaken' : undefined, error: undefined };
  }
  if (moves.length === 0) return { ...about, moves, unfinished: undefined, error: undefined };
  const made = await makeMoves(deps, status, moves, deadline);
  // Where that fails, or another run has written meanwhile, it is over by itself at the deadline.
  await states.write(status.stream, { ...state, rev: state.rev + 1, movingUntil: null }).catch(ignoreFailure);
  return { ...about, ...made, shards: looks.length + made.added };
}

interface MadeMoves {
  readonly moves: readonly Move[];
  readonly unfinished: ScaleUnfinished | undefined;
  readonly error: Error | undefined;
  /** How many more shards there are. */
  readonly added: number;
}

async function makeMoves(
  deps: ScaleDeps,
  { openShards }: StreamStatus,
  moves: readonly Move[],
  deadline: number,
): Promise<MadeMoves> {
  const made: Move[] = [];
  let added = 0;
  const end = (unfinished?: ScaleUnfinished, error?: Error): MadeMoves => ({
    moves: made,
    unfinished,
    error,
    added,
  });
  try {
    for (const move of moves) {
      const shardsNow = await becomesActive(deps, deadline);
      if (shardsNow === undefined) return end('deadline');
      // Shards that this run has not made: another one is at work, and the bounds are its to keep.
      if (shardsNow !== openShards + added) return end('overtaken');
      if ((await makeMove(deps.stream, move)) === 'overtaken') return end('overtaken');
      made.push(move);
      added += move.type === 'split' ? 1 : -1;
    }
    await becomesActive(deps, deadline);
    return end();
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    return end('failed', error);
  }
}

/** Waits until the stream can be changed; gives how many open shards it has then, `undefined` if the time is up. */
async function becomesActive(deps: ScaleDeps, deadline: number): Promise<number | undefined> {
  while (deps.now() <= deadline - MOVE_MS) {
    const { active, openShards } = await deps.stream.status();
    if (active) return openShards;
    await deps.wait();
  }
  return undefined;
}

function makeMove(stream: ShardControl, move: Move) {
  if (move.type === 'split') return stream.split(move.shard, move.at);
  return stream.merge(move.shard, move.neighbour);
}

function loads({ state: { shards } }: Decision) {
  const all = shards.map(({ load }) => load);
  const loadMean = all.reduce((sum, load) => sum + load, 0) / Math.max(1, all.length);
  return { loadMax: Math.max(0, ...all), loadMean };
}

function ignoreFailure(error: unknown): void {
  if (!(error instanceof DependencyError)) throw error;
}
