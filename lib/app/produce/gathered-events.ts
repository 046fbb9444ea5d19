import type { PackableEvent } from '#core/records/packable-event.ts';
import { encodePackedColumns, type PackTools } from '#core/records/packed-columns.ts';
import type { ProducerClock } from './deliver-records.ts';
import { RECORD_OVERHEAD_BYTES } from './outstanding-records.ts';
import { OpenRecord, type PackedRecord } from './pack-records.ts';
import { encodeLines, type PreparedEvent } from './prepare-event.ts';
import { PARTITION_KEY_BYTES, type ProducerLimits } from './producer-limits.ts';

/** JSON bytes gathered for one record at most: its reader holds them several times over, however well they compress. */
const GATHERED_BYTES_MAX = 1024 * 1024;

/** Events on their way into records: those for columns, and those for lines. */
export class GatheredEvents {
  readonly #columns: OpenRecord<PackableEvent>;
  readonly #lines: OpenRecord<string>;
  readonly #clock: ProducerClock;
  readonly #lingerMs: number;
  readonly #send: (packed: readonly PackedRecord[]) => void;
  #lingers = false;

  /**
   * `send` gets records as soon as they are full, or their first event has lingered long enough. `newRecordId` gives
   * each record of columns an id, where they are to have one.
   */
  constructor(
    clock: ProducerClock,
    tools: PackTools,
    limits: ProducerLimits,
    send: (packed: readonly PackedRecord[]) => void,
    newRecordId: () => string | undefined = () => undefined,
  ) {
    this.#clock = clock;
    this.#lingerMs = limits.lingerMs;
    this.#send = send;
    const pack = {
      recordBytesTarget: limits.recordBytesTarget - PARTITION_KEY_BYTES,
      eventsMax: limits.eventsPerRecordMax,
      jsonBytesMax: Math.min(GATHERED_BYTES_MAX, limits.bufferBytesMax / 4),
    };
    const nowMs = () => clock.nowMs();
    this.#columns = new OpenRecord(
      (events) => encodePackedColumns(events, tools, newRecordId()),
      pack,
      nowMs,
    );
    this.#lines = new OpenRecord((lines) => encodeLines(lines, tools), pack, nowMs);
  }

  /** Bytes of memory that the events take, about, and their records once they are packed at most. */
  get heldBytes(): number {
    return heldBytes(this.#columns.jsonBytes) + heldBytes(this.#lines.jsonBytes);
  }

  add(prepared: Extract<PreparedEvent, { kind: 'columns' | 'line' }>): void {
    if (prepared.kind === 'columns') this.#send(this.#columns.add(prepared.event, prepared.bytes));
    else this.#send(this.#lines.add(prepared.json, prepared.bytes));
    if (this.#lingers) return;
    this.#lingers = true;
    void this.#linger();
  }

  /** Sends all that is there. */
  seal(): void {
    this.#send(this.#columns.seal());
    this.#send(this.#lines.seal());
  }

  /** For as long as there is anything. */
  async #linger(): Promise<void> {
    for (let openedMs = this.#openedMs(); openedMs < Infinity; openedMs = this.#openedMs()) {
      await this.#clock.sleep(Math.max(0, openedMs + this.#lingerMs - this.#clock.nowMs()));
      const dueMs = this.#clock.nowMs() - this.#lingerMs;
      if (this.#columns.openedMs <= dueMs) this.#send(this.#columns.seal());
      if (this.#lines.openedMs <= dueMs) this.#send(this.#lines.seal());
    }
    this.#lingers = false;
  }

  #openedMs(): number {
    return Math.min(this.#columns.openedMs, this.#lines.openedMs);
  }
}

function heldBytes(jsonBytes: number): number {
  return jsonBytes === 0 ? 0 : jsonBytes + RECORD_OVERHEAD_BYTES;
}
