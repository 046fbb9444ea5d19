import type { EpochMs, SequenceNumber } from '#core/brand.ts';
import type { Compression } from '#core/compression.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import type { Position } from '#core/protocol/position.ts';
import { encodeHole, HELD, type Hole, KEPT, type Mark, REDUCED } from './hole.ts';

/** An event's place: its record, and its index in it. */
export interface FirstEvent {
  readonly sequence: SequenceNumber;
  readonly event: number;
}

/** Notes event by event what is left out, in the stream's order. */
export class HoleBuilder {
  readonly #pipeline: Pipeline;
  readonly #marks: Mark[] = [];
  readonly #recordEvents: number[] = [];
  #first: (FirstEvent & { readonly arrival: EpochMs }) | undefined;
  #sequence: SequenceNumber | undefined;
  #reduced = 0;
  #held = 0;

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  /** Of each event that is counted, those that are kept too: positions are told by counting. */
  add(sequence: SequenceNumber, event: number, arrival: EpochMs, mark: Mark): void {
    this.#first ??= { sequence, event, arrival };
    if (this.#sequence !== sequence) this.#recordEvents.push(0);
    this.#sequence = sequence;
    this.#recordEvents[this.#recordEvents.length - 1] = (this.#recordEvents.at(-1) ?? 0) + 1;
    this.#marks.push(mark);
    if (mark === REDUCED) this.#reduced += 1;
    else if (mark === HELD) this.#held += 1;
  }

  /** What was left out up to `last`; `null`: nothing. */
  hole(last: Position, compression: Compression): Hole | null {
    const first = this.#first;
    if (first === undefined || this.#marks.every((mark) => mark === KEPT)) return null;
    const aggregates = this.#pipeline.aggregates.map(({ generation, metrics, name }) => ({
      name,
      generation,
      leftOut: metrics.filter(({ essential }) => !essential).map((metric) => metric.name),
    }));
    const content = { aggregates, recordEvents: this.#recordEvents, marks: this.#marks };
    return {
      first: { sequence: first.sequence, event: first.event },
      last,
      arrival: first.arrival,
      reduced: this.#reduced,
      held: this.#held,
      bytes: encodeHole(content, compression),
    };
  }
}
