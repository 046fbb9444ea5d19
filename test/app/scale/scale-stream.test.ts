import { describe, expect, it } from 'vitest';
import { DependencyError } from '#app/ports/dependency-error.ts';
import { type ScaleReport, scaleStream } from '#app/scale/scale-stream.ts';
import { positionOf, SETTINGS } from '#test/core/scale/stream-model.ts';
import { ModelControl } from './model-control.ts';

/** Records a minute that use up a shard. */
const FULL = 60_000;

/** So many keys over all shards, with the load of so many shards. */
function evenLoad(shards: number) {
  return Array.from({ length: 400 }, (_, i) => ({
    position: positionOf(`key ${i}`),
    records: (shards * FULL) / 400,
  }));
}

describe('a run', () => {
  it('makes its moves one after the other, each with a reason, and leaves the next decision to the next run', async () => {
    const control = new ModelControl(SETTINGS, 4);
    control.load = evenLoad(3.6);
    const reports = await control.minutes(4);
    expect(control.model.shards).toHaveLength(8);
    const moves = reports.flatMap((report) => report.moves);
    expect(moves).toHaveLength(4);
    for (const { reason, type } of moves) {
      expect(type).toBe('split');
      expect(reason).toMatch(
        /^it carries \d+ % of what it is to carry at most, and is hot from 70 %; cut where \d\d % of/,
      );
    }
    expect(reports.at(2)?.shards).toBe(8);
    expect(control.stored?.movingUntil).toBeNull();
  });

  it('goes on from what is stored: a new environment knows what the last one knew', async () => {
    const control = new ModelControl(SETTINGS, 1);
    control.load = evenLoad(0.9);
    await control.minutes(2);
    expect(control.model.shards).toHaveLength(1);
    const stored = control.stored ?? expect.fail();
    const other = new ModelControl(SETTINGS, 1, 2);
    other.load = control.load;
    other.nowMs = control.nowMs;
    await other.write('the-stream@1' as never, { ...stored, rev: 1 });
    await other.minute();
    expect(other.model.shards).toHaveLength(2);
  });

  it('begins no move that it could not see the end of', async () => {
    const control = new ModelControl(SETTINGS, 4);
    control.load = evenLoad(3.6);
    await control.minutes(2);
    const report = await control.minute(95_000);
    expect(report).toMatchObject({ unfinished: 'deadline' });
    expect(report.moves).toHaveLength(2);
    await control.minutes(2);
    expect(control.model.shards).toHaveLength(8);
  });

  it('only looks while the stream is being changed', async () => {
    const control = new ModelControl(SETTINGS, 1);
    control.load = evenLoad(0.9);
    await control.minutes(2);
    control.nowMs += 60_000;
    const status = await control.status();
    const busy = { ...control.deps, stream: busyStream(control, { ...status, active: false }) };
    expect((await scaleStream(busy, control.nowMs + 300_000)).moves).toEqual([]);
    expect(control.stored?.shards[0]?.samples).toBe(3);
  });

  it('says that the stream is none that it can scale', async () => {
    const control = new ModelControl(SETTINGS, 1);
    control.mode = 'on-demand';
    await expect(control.minute()).rejects.toThrow(/on-demand, and scales by itself: leave out `scale`/);
  });

  it('names a hot key by its hash, and what to do', async () => {
    const control = new ModelControl(SETTINGS, 4);
    control.load = [...evenLoad(0.6), { position: positionOf('the one'), records: 0.9 * FULL }];
    const last = (await control.minutes(10)).at(-1);
    expect(last?.findings).toMatchObject([{ type: 'hot_key', key: positionOf('the one') }]);
  });
});

/** The stream of a control, with another status. */
function busyStream(control: ModelControl, status: Awaited<ReturnType<ModelControl['status']>>) {
  return {
    status: async () => status,
    openShards: () => control.openShards(),
    sample: control.sample.bind(control),
    split: control.split.bind(control),
    merge: control.merge.bind(control),
  };
}

describe('two runs at once', () => {
  it('of one minute: one of them decides', async () => {
    const control = new ModelControl(SETTINGS, 4);
    control.load = evenLoad(3.6);
    await control.minutes(2);
    control.nowMs += 60_000;
    const deadline = control.nowMs + 300_000;
    const reports = await Promise.all([
      scaleStream(control.deps, deadline),
      scaleStream(control.deps, deadline),
    ]);
    expect(reports.map(({ moves }) => moves.length).sort((a, b) => a - b)).toEqual([0, 4]);
    expect(control.model.shards).toHaveLength(8);
  });

  it('the next minute, while the first is at work: it only looks', async () => {
    const control = new ModelControl(SETTINGS, 4);
    control.load = evenLoad(3.6);
    await control.minutes(2);
    const others: Promise<ScaleReport>[] = [];
    control.beforeMove = () => {
      if (others.length === 0) others.push(scaleStream(control.deps, control.nowMs + 300_000));
    };
    await control.minute();
    expect((await Promise.all(others)).map(({ moves }) => moves)).toEqual([[]]);
    expect(control.model.shards).toHaveLength(8);
  });

  it('stop where somebody else changes the stream', async () => {
    const control = new ModelControl(SETTINGS, 4);
    control.load = evenLoad(3.6);
    await control.minutes(2);
    let moves = 0;
    control.beforeMove = () => {
      moves += 1;
      if (moves !== 2) return;
      const [lower, upper] = control.model.shards;
      if (lower && upper) {
        control.model.make({ type: 'merge', shard: lower.shard, neighbour: upper.shard, reason: '' });
      }
    };
    const report = await control.minute();
    expect(report.unfinished).toBe('overtaken');
    expect(report.moves.length).toBeLessThan(4);
  });
});

describe('what fails', () => {
  it('ends the run, is told, and the next run tries again', async () => {
    const control = new ModelControl(SETTINGS, 4);
    control.load = evenLoad(3.6);
    await control.minutes(2);
    control.refusal = new DependencyError('stream', 'throttled', 'SplitShard: LimitExceededException');
    const report = await control.minute();
    expect(report).toMatchObject({ moves: [], unfinished: 'failed', error: control.refusal });
    control.refusal = undefined;
    await control.minute();
    expect(control.model.shards).toHaveLength(8);
  });

  it('in the middle, with the run dead and its claim left behind, holds up the next for five minutes', async () => {
    const control = new ModelControl(SETTINGS, 4);
    control.load = evenLoad(3.6);
    await control.minutes(2);
    control.beforeMove = () => {
      throw new Error('killed');
    };
    await expect(control.minute()).rejects.toThrow('killed');
    control.beforeMove = () => {};
    await control.minutes(4);
    expect(control.model.shards).toHaveLength(4);
    await control.minutes(2);
    expect(control.model.shards).toHaveLength(8);
  });

  it('in the table rejects', async () => {
    const control = new ModelControl(SETTINGS, 4);
    control.isTableDown = true;
    await expect(control.minute()).rejects.toThrow(DependencyError);
  });

  it('in reading a shard leaves that shard out', async () => {
    const control = new ModelControl(SETTINGS, 2);
    control.load = evenLoad(1.8);
    const [first] = control.model.shards;
    const { stream } = control.deps;
    const deps = {
      ...control.deps,
      stream: {
        ...busyStream(control, await control.status()),
        sample: (shard: never) =>
          shard === first?.shard
            ? Promise.reject(new DependencyError('stream', 'throttled', 'GetRecords'))
            : stream.sample(shard, 0 as never, { recordsMax: 1, bytesMax: 1 }),
      },
    };
    const moves = [];
    for (let i = 0; i < 3; i++) {
      control.nowMs += 60_000;
      moves.push(...(await scaleStream(deps, control.nowMs + 300_000)).moves);
    }
    expect(moves.map(({ shard }) => shard)).not.toContain(first?.shard);
    expect(moves.length).toBeGreaterThan(0);
  });
});
