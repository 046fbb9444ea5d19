import { describe, expect, test } from 'vitest';
import type { Capacity } from '#core/pipeline/pipeline.ts';
import { holdToCapacity } from '#local/capacity/hold-to-capacity.ts';
import type { EndedInvocation } from '#local/event-source-mapping/ports.ts';
import { VirtualClock } from '../event-source-mapping/virtual-clock.ts';

const EVENTS_A_RECORD = 100;
const START = 1_000_000_000_000;

interface Given {
  readonly Records: readonly { readonly kinesis: { readonly sequenceNumber: string } }[];
}

/** A function of so much capacity on a virtual clock, behind a mapping that gives it what is handed back. */
class HeldFunction {
  readonly clock = new VirtualClock(START);
  /** Records of each invocation. */
  readonly invocations: number[] = [];
  /** What it leaves out: shares of all events. */
  reduced = 0;
  held = 0;
  /** Takes so long by itself. */
  ownMs = 0;
  outcome: EndedInvocation['outcome'] = { type: 'response', response: { batchItemFailures: [] } };
  readonly #invoke: (json: string) => Promise<EndedInvocation>;
  #sequence = 0;

  constructor(capacity: Capacity) {
    this.#invoke = holdToCapacity((json) => this.#function(json), capacity, this.clock);
  }

  /** How long a batch takes, in seconds, with all that is handed back. */
  async seconds(records: number, shard = 'shardId-000000000000'): Promise<number> {
    let left = Array.from({ length: records }, () => record(shard, String(++this.#sequence)));
    const begun = this.clock.nowMs();
    while (left.length > 0) {
      const ended = await this.clock.run(this.#invoke(JSON.stringify({ Records: left })));
      const first = firstFailure(ended);
      left = first === undefined ? [] : left.slice(left.findIndex(({ eventID }) => eventID.endsWith(first)));
    }
    return (this.clock.nowMs() - begun) / 1000;
  }

  invoke(records: number): Promise<EndedInvocation> {
    const Records = Array.from({ length: records }, (_, i) => record('shardId-000000000000', String(i + 1)));
    return this.clock.run(this.#invoke(JSON.stringify({ Records })));
  }

  async #function(json: string): Promise<EndedInvocation> {
    const { Records } = JSON.parse(json) as Given;
    this.invocations.push(Records.length);
    if (this.ownMs > 0) await this.clock.sleep(this.ownMs);
    const EventsReceived = Records.length * EVENTS_A_RECORD;
    const EventsReduced = EventsReceived * this.reduced;
    const EventsHeld = EventsReceived * this.held;
    const metrics = [{ _aws: {}, EventsReceived, EventsReduced, EventsHeld: [EventsHeld, 0] }];
    return {
      requestId: 'one',
      outcome: this.outcome,
      ...(this.outcome.type === 'response' && { metrics }),
    };
  }
}

/** Lines of JSON. */
function record(shard: string, sequenceNumber: string) {
  const data = Buffer.from(Array.from({ length: EVENTS_A_RECORD }, () => '{}').join('\n')).toString('base64');
  return { kinesis: { sequenceNumber, data }, eventID: `${shard}:${sequenceNumber}` };
}

function firstFailure({ outcome }: EndedInvocation): string | undefined {
  if (outcome.type !== 'response') throw new Error(`the invocation ended as ${outcome.type}`);
  const { batchItemFailures } = outcome.response as { batchItemFailures: { itemIdentifier: string }[] };
  return batchItemFailures[0] && `:${batchItemFailures[0].itemIdentifier}`;
}

describe('a function that is held to its capacity', () => {
  test('takes the time for its events that they would take, before it gets them', async () => {
    const held = new HeldFunction({ eventsPerSecond: 100 });
    expect(await held.seconds(3)).toBeCloseTo(3);
    expect(held.invocations).toEqual([3]);
  });

  test('gets a few seconds of work at a time, and the rest is handed back', async () => {
    const held = new HeldFunction({ eventsPerSecond: 100 });
    expect(await held.seconds(12)).toBeCloseTo(12);
    expect(held.invocations).toEqual([5, 5, 2]);
    const slow = new HeldFunction({ eventsPerSecond: 1 });
    expect(await slow.seconds(2)).toBeCloseTo(200);
    expect(slow.invocations).toEqual([1, 1]);
  });

  test('takes more while something is left out of them', async () => {
    const held = new HeldFunction({ eventsPerSecond: 100, reducedCost: 0.2, heldCost: 0 });
    held.reduced = 1;
    // It does not know before the first batch: that one took too long, which the next makes up for.
    const first = await held.seconds(5);
    expect(first + (await held.seconds(95))).toBeCloseTo(20);
    held.reduced = 0.5;
    held.held = 0.5;
    expect(await held.seconds(1000)).toBeCloseTo(100, -1);
    const usual = new HeldFunction({ eventsPerSecond: 100 });
    usual.reduced = 1;
    expect(await usual.seconds(1000)).toBeCloseTo(500, -1);
  });

  test('takes no longer by its own time, but where that is longer', async () => {
    const held = new HeldFunction({ eventsPerSecond: 100 });
    held.ownMs = 500;
    expect(await held.seconds(100)).toBeGreaterThanOrEqual(99.5);
    expect(await held.seconds(100)).toBeLessThanOrEqual(101);
    held.ownMs = 9000;
    expect(await held.seconds(10)).toBeGreaterThanOrEqual(18);
  });

  test('is as fast for each shard', async () => {
    const held = new HeldFunction({ eventsPerSecond: 100 });
    const both = [held.seconds(4, 'shardId-000000000000'), held.seconds(4, 'shardId-000000000001')];
    expect(Math.max(...(await Promise.all(both)))).toBeCloseTo(4);
  });

  test('goes by bytes where its capacity does', async () => {
    const bytes = EVENTS_A_RECORD * 3 - 1;
    expect(await new HeldFunction({ bytesPerSecond: bytes }).seconds(4)).toBeCloseTo(4);
    const held = new HeldFunction({ bytesPerSecond: bytes, heldCost: 0 });
    held.held = 0.5;
    expect(await held.seconds(200)).toBeCloseTo(100, -1);
  });

  test('says of itself what is the matter: a failure is one of all, and what it names comes first', async () => {
    const held = new HeldFunction({ eventsPerSecond: 100 });
    held.outcome = { type: 'failed' };
    expect((await held.invoke(12)).outcome).toEqual({ type: 'failed' });
    held.outcome = { type: 'response', response: { batchItemFailures: [{ itemIdentifier: '2' }] } };
    expect((await held.invoke(12)).outcome).toEqual(held.outcome);
    held.outcome = { type: 'response', response: { batchItemFailures: [] } };
    expect(firstFailure(await held.invoke(12))).toBe(':6');
    expect(held.invocations).toEqual([5, 5, 5]);
  });
});
