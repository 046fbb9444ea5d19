import { AggregatePlan } from '#core/batch/aggregate-plan.ts';
import { BatchDeltas } from '#core/batch/batch-deltas.ts';
import { isRejection } from '#core/batch/check-event.ts';
import { HELD, type HoleContent, type Mark, REDUCED } from '#core/degradation/hole.ts';
import type { Pipeline } from '#core/pipeline/pipeline.ts';
import { EMPTY_LEDGER, type Ledger } from '#core/protocol/ledger.ts';
import type { ShardKey } from '#core/protocol/registry.ts';
import { eventLetter } from '../aggregate/letter.ts';
import { judgeEvent } from '../aggregate/take-chunk.ts';
import type { Lookups } from '../enrich/lookups.ts';
import type { DeadLetter } from '../ports/dead-letters.ts';
import type { MarkedEvent } from './hole-events.ts';

/** What one commit of a repair will say. */
export interface RepairChunk {
  readonly deltas: BatchDeltas;
  readonly letters: readonly DeadLetter[];
  readonly ledger: Ledger;
  readonly reduced: number;
  readonly lost: number;
}

/**
 * Aggregates what was left out of some events of a hole, by what the hole says was left out and not by what the
 * definition would leave out today. An aggregate that is there no more, or means something else, gets nothing: what its
 * windows lack, they lack for good.
 */
export async function repairChunk(
  { lookups, pipeline }: { readonly pipeline: Pipeline; readonly lookups?: Lookups | undefined },
  shard: ShardKey,
  content: HoleContent,
  events: readonly MarkedEvent[],
): Promise<RepairChunk> {
  const plans = pipeline.aggregates.flatMap((aggregate) => {
    const then = content.aggregates.find(
      ({ generation, name }) => name === aggregate.name && generation === aggregate.generation,
    );
    return then === undefined
      ? []
      : [new AggregatePlan(aggregate, ({ name }) => then.leftOut.includes(name))];
  });
  const deltas = new BatchDeltas(pipeline, plans);
  const letters: DeadLetter[] = [];
  let aggregated = 0;
  let reduced = 0;
  let lost = 0;
  const found = events.flatMap(({ mark, placed }) => (placed === undefined ? [] : [{ mark, placed }]));
  lost += events.length - found.length;
  const judged = found.map(({ placed }) => judgeEvent(pipeline, placed));
  const enriched = lookups === undefined ? undefined : await lookups.enrich(judged, () => false);
  for (const [i, { mark, placed }] of found.entries()) {
    const event = enriched?.[i]?.outcome ?? judged[i];
    if (event === undefined) continue;
    const place = { shard: shard.shard, sequence: placed.record.sequence, index: placed.index };
    const rejection = isRejection(event) ? event : deltas.repair(event, place, mark === REDUCED);
    if (rejection === undefined) {
      if (mark === HELD) aggregated += 1;
      else reduced += 1;
    } else if (mark === HELD) {
      letters.push(eventLetter(pipeline, shard, placed, rejection));
      // Nothing is missing from its windows then.
      const known = judged[i];
      if (known !== undefined && !isRejection(known)) deltas.release(known.time);
    }
    // Its essential metrics have it: given again, it would count twice there.
    else lost += 1;
  }
  const invalid = letters.length;
  const ledger = { ...EMPTY_LEDGER, received: aggregated + invalid, aggregated, invalid };
  return { deltas, letters, ledger, reduced, lost };
}

/**
 * What a commit says of events of which the function died: held ones are invalid, all of them in one letter. Of the
 * others, the essential metrics have what they take: given again, they would count twice there, so they are lost.
 */
export function rejectedChunk(pipeline: Pipeline, marks: readonly Mark[], letter: DeadLetter): RepairChunk {
  const invalid = marks.filter((mark) => mark === HELD).length;
  return {
    deltas: new BatchDeltas(pipeline, []),
    letters: invalid > 0 ? [letter] : [],
    ledger: { ...EMPTY_LEDGER, received: invalid, invalid },
    reduced: 0,
    lost: marks.filter((mark) => mark === REDUCED).length,
  };
}
