import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeadLetter, DeadLetters } from '#app/ports/dead-letters.ts';
import type { EpochMs, SequenceNumber, ShardId, StreamId } from '#core/brand.ts';

/** A queue of dead letters, and a way to see what is in it. */
export interface DeadLetterStore {
  readonly deadLetters: DeadLetters;
  /** Takes out all that is in it. */
  takeAll(): Promise<DeadLetter[]>;
  close(): Promise<void>;
}

function letter(event: number | null, payload: string | Uint8Array): DeadLetter {
  return {
    pipeline: 'flights',
    shard: { stream: 'flights@1767225600' as StreamId, shard: 'shardId-000000000000' as ShardId },
    sequence: '49590338271490256608559692538361571095921575989136588898' as SequenceNumber,
    event,
    arrival: 1_767_225_600_123 as EpochMs,
    rejection: { reason: 'schema', detail: 'delay: expected a number' },
    payload,
  };
}

/** Letters without their order, which no queue keeps. */
function sorted(letters: readonly DeadLetter[]): unknown[] {
  const plain = letters.map(({ payload, ...rest }) => ({
    ...rest,
    payload: typeof payload === 'string' ? payload : { bytes: Buffer.from(payload).toString('hex') },
  }));
  return plain.sort((a, b) => (a.event ?? -1) - (b.event ?? -1));
}

/** What the protocol takes for granted of the dead-letter queue. */
export function deadLetterContract(name: string, open: () => Promise<DeadLetterStore>): void {
  describe(`${name}, for dead letters`, () => {
    let store: DeadLetterStore;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());

    test('keeps every letter, whole: texts and bytes, of an event and of a record', async () => {
      const letters = [
        letter(null, Uint8Array.of(0, 255, 128)),
        letter(0, '{"delay":"many"}'),
        letter(1, ''),
        letter(2, 'é\u0000\u001f\ud83d\ude00\ufffe"\\'),
        letter(3, new Uint8Array()),
      ];
      await store.deadLetters.send(letters);
      expect(sorted(await store.takeAll())).toEqual(sorted(letters));
    });

    test('keeps as many as there are, also such as no message holds', async () => {
      const letters = Array.from({ length: 45 }, (_, i) =>
        letter(i, i % 20 === 7 ? 'x'.repeat(400_000) : `event ${i}`),
      );
      await store.deadLetters.send(letters);
      expect(sorted(await store.takeAll())).toEqual(sorted(letters));
    });

    test('keeps one that is sent twice at least once, and nothing that was not sent', async () => {
      await store.deadLetters.send([letter(7, 'again')]);
      await store.deadLetters.send([letter(7, 'again')]);
      const kept = await store.takeAll();
      expect(kept.length).toBeGreaterThanOrEqual(1);
      for (const each of kept) expect(sorted([each])).toEqual(sorted([letter(7, 'again')]));
    });

    test('takes no letters at all', async () => {
      await store.deadLetters.send([]);
      expect(await store.takeAll()).toEqual([]);
    });
  });
}
