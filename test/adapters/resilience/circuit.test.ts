import { describe, expect, it } from 'vitest';
import { CIRCUIT_SETTINGS, Circuit, CircuitOpen } from '#adapters/resilience/circuit.ts';

const DOWN = new Error('the service is down');
const REFUSED = new Error('the service says no');

/** A circuit on a clock of its own, before a service that does as it is told. */
class Rig {
  nowMs = 0;
  random = 1 - Number.EPSILON;
  calls = 0;
  service: () => Promise<string> = async () => 'ok';
  readonly changes: string[] = [];
  readonly circuit = new Circuit(CIRCUIT_SETTINGS, {
    now: () => this.nowMs,
    random: () => this.random,
    isFailure: (error) => error === DOWN,
    onChange: (isOpen) => this.changes.push(isOpen ? 'opens' : 'closes'),
  });

  readonly down = async (): Promise<string> => {
    throw DOWN;
  };

  slow(ms: number): () => Promise<string> {
    return async () => {
      this.nowMs += ms;
      return 'late';
    };
  }

  /** What becomes of a call: an answer, or what it is rejected with. */
  async call(): Promise<unknown> {
    return this.circuit
      .run(() => {
        this.calls += 1;
        return this.service();
      })
      .catch((error: unknown) => error);
  }

  async times(count: number): Promise<unknown[]> {
    const ends: unknown[] = [];
    for (let i = 0; i < count; i++) ends.push(await this.call());
    return ends;
  }
}

describe('a circuit', () => {
  it('passes on answers and errors while it is closed', async () => {
    const rig = new Rig();
    expect(await rig.call()).toBe('ok');
    rig.service = rig.down;
    expect(await rig.call()).toBe(DOWN);
    expect(rig.circuit.isOpen).toBe(false);
  });

  it('opens on failures, and then fails at once without a call', async () => {
    const rig = new Rig();
    rig.service = rig.down;
    expect(await rig.times(5)).toEqual([DOWN, DOWN, DOWN, DOWN, DOWN]);
    expect(rig.circuit.isOpen).toBe(true);
    const refused = await rig.times(1000);
    expect(rig.calls).toBe(5);
    expect(refused.every((end) => end instanceof CircuitOpen)).toBe(true);
    expect((refused[0] as CircuitOpen).retryAfterMs).toBeCloseTo(1000);
    expect(rig.changes).toEqual(['opens']);
  });

  it('opens when half of the last twenty calls have failed, and not before', async () => {
    const rig = new Rig();
    await rig.times(20);
    rig.service = rig.down;
    await rig.times(10);
    expect(rig.circuit.isOpen).toBe(false);
    await rig.times(1);
    expect(rig.circuit.isOpen).toBe(true);
  });

  it('opens on slowness, though the answers are right', async () => {
    const rig = new Rig();
    rig.service = rig.slow(CIRCUIT_SETTINGS.slowMs);
    await rig.times(20);
    expect(rig.circuit.isOpen).toBe(false);
    rig.service = rig.slow(CIRCUIT_SETTINGS.slowMs + 1);
    expect(await rig.times(11)).toEqual(Array.from({ length: 11 }, () => 'late'));
    expect(rig.circuit.isOpen).toBe(true);
  });

  it('does not open for a service that answers with no', async () => {
    const rig = new Rig();
    rig.service = async () => {
      throw REFUSED;
    };
    expect(await rig.times(100)).toEqual(Array.from({ length: 100 }, () => REFUSED));
    expect(rig.circuit.isOpen).toBe(false);
  });

  it('lets one call through after a while, and closes when that succeeds', async () => {
    const rig = new Rig();
    rig.service = rig.down;
    await rig.times(5);
    rig.nowMs += 999;
    expect(await rig.call()).toBeInstanceOf(CircuitOpen);
    rig.nowMs += 1;
    rig.service = async () => 'ok';
    expect(await rig.call()).toBe('ok');
    expect(rig.circuit.isOpen).toBe(false);
    expect(rig.changes).toEqual(['opens', 'closes']);
  });

  it('has others wait for the probe, and makes one call for all of them while it fails', async () => {
    const rig = new Rig();
    rig.service = rig.down;
    await rig.times(5);
    rig.nowMs += 1000;
    const ends = await Promise.all(Array.from({ length: 50 }, () => rig.call()));
    expect(rig.calls).toBe(6);
    expect(ends.filter((end) => end === DOWN)).toHaveLength(1);
    expect(ends.filter((end) => end instanceof CircuitOpen)).toHaveLength(49);
  });

  it('probes a service that is down for an hour about a hundred and twenty times', async () => {
    const rig = new Rig();
    rig.service = rig.down;
    while (rig.nowMs < 3_600_000) {
      await rig.call();
      rig.nowMs += 100;
    }
    // 5, then after 1, 2, 4, 8 and 16 s, then every 30 s: of 36,000 calls that were asked for.
    const everySoOften = (3600 - 31) / 30;
    expect(rig.calls).toBeGreaterThan(5 + 5 + everySoOften - 2);
    expect(rig.calls).toBeLessThan(5 + 5 + everySoOften + 2);
    rig.service = async () => 'ok';
    rig.nowMs += 30_000;
    expect(await rig.call()).toBe('ok');
  });

  it('does not probe in step with others', async () => {
    const rig = new Rig();
    rig.random = 0;
    rig.service = rig.down;
    await rig.times(5);
    expect((await rig.call()) as CircuitOpen).toMatchObject({ retryAfterMs: 500 });
  });
});
