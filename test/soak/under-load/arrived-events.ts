import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BEFORE_ALL, isReached, type Position, parseSequence } from '#core/protocol/position.ts';
import type { MadeRecord } from '../load/records.ts';

/** A file has what arrives in that time, and so many of them are kept: what newer windows are of. */
const FILE_MS = 5 * 60_000;
const FILES_MAX = 6;
const SEQUENCE_DIGITS = 129;

interface Waiting {
  readonly sequence: string;
  readonly arrivedMs: number;
}

/** Where each record of the last half an hour is in the stream, and what is in it. */
export class ArrivedEvents {
  readonly #folder: string;
  readonly #files = new Map<number, string>();
  /** By shard, in the stream's order: what was not seen to be counted. */
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Files of comma-separated values, as `COLUMNS` has them. */
  get files(): readonly string[] {
    return [...this.#files.values()];
  }

  add({ orders }: MadeRecord, shard: string, sequence: string, nowMs: number): void {
    const waiting = this.#waiting.get(shard) ?? [];
    waiting.push({ sequence, arrivedMs: nowMs });
    this.#waiting.set(shard, waiting);
    const place = `${shard},${paddedSequence(sequence)}`;
    const rows = orders.map(
      ({ amount, at, id, product, quantity, region, shop, source }, index) =>
        `${place},${index},${id},${at},${shop},${region},${product},${amount},${quantity},${source ?? 'shop'}\n`,
    );
    appendFileSync(this.#fileAt(nowMs), rows.join(''));
  }

  /** How long the oldest record has waited that is not counted at these positions; 0: all are. */
  oldestMs(positions: ReadonlyMap<string, Position>, nowMs: number): number {
    let oldest = nowMs;
    for (const [shard, waiting] of this.#waiting) {
      const position = positions.get(shard) ?? BEFORE_ALL;
      const isCounted = ({ sequence }: Waiting) =>
        isReached(position, { sequence: parseSequence(sequence), events: null });
      const first = waiting.findIndex((one) => !isCounted(one));
      waiting.splice(0, first < 0 ? waiting.length : first);
      oldest = Math.min(oldest, waiting[0]?.arrivedMs ?? nowMs);
    }
    return nowMs - oldest;
  }

  #fileAt(nowMs: number): string {
    const number = Math.floor(nowMs / FILE_MS);
    const known = this.#files.get(number);
    if (known !== undefined) return known;
    const file = join(this.#folder, `arrived-${number}.csv`);
    this.#files.set(number, file);
    for (const [old, path] of this.#files) {
      if (old > number - FILES_MAX) continue;
      rmSync(path, { force: true });
      this.#files.delete(old);
    }
    return file;
  }
}

export const COLUMNS =
  "{shard: 'VARCHAR', sequence: 'VARCHAR', place: 'BIGINT', id: 'VARCHAR', time: 'BIGINT', shop: 'VARCHAR', region: 'VARCHAR', product: 'VARCHAR', amount: 'DOUBLE', quantity: 'BIGINT', source: 'VARCHAR'}";

/** So that they are ordered as text. */
export function paddedSequence(sequence: string): string {
  return sequence.padStart(SEQUENCE_DIGITS, '0');
}
