import type { EpochMs, SequenceNumber } from '#core/brand.ts';
import type { Hole } from '#core/degradation/hole.ts';
import { bytes, type Item, ItemError, integer, list, map, text } from './attributes.ts';
import { fromPosition, toPosition } from './position-item.ts';

/** The version of the item's layout; every older one must still be read. */
const HOLES_VERSION = 1;

/** Holes that are stored together, as attributes beside the key. */
export function toHolesItem(holes: readonly Hole[]): Item {
  return { v: { N: String(HOLES_VERSION) }, holes: { L: holes.map((hole) => ({ M: toHole(hole) })) } };
}

export function fromHolesItem(item: Item): Hole[] {
  const version = integer(item, 'v');
  if (version !== HOLES_VERSION)
    throw new ItemError(
      `it is of version ${version}; this code reads ${HOLES_VERSION}: deploy the newer code`,
    );
  return list(item, 'holes').map((element) => fromHole(element.M ?? {}));
}

export function toHole({ arrival, bytes: content, first, held, last, reduced }: Hole): Item {
  return {
    f: { S: first.sequence },
    i: { N: String(first.event) },
    p: { M: toPosition(last) },
    t: { N: String(arrival) },
    r: { N: String(reduced) },
    h: { N: String(held) },
    b: { B: content },
  };
}

export function fromHole(item: Item): Hole {
  return {
    first: { sequence: text(item, 'f') as SequenceNumber, event: integer(item, 'i') },
    last: fromPosition(map(item, 'p')),
    arrival: integer(item, 't') as EpochMs,
    reduced: integer(item, 'r'),
    held: integer(item, 'h'),
    bytes: bytes(item, 'b'),
  };
}
