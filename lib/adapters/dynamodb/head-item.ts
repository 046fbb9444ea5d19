import type { EpochMs, SequenceNumber, WindowStart } from '#core/brand.ts';
import { CorruptError } from '#core/bytes/corrupt-error.ts';
import { NO_LOAD } from '#core/degradation/ladder.ts';
import type { SeenIds, SegmentRef } from '#core/duplicates/seen-ids.ts';
import { decodeSegmentRefs, encodeSegmentRefs } from '#core/duplicates/segment-refs.ts';
import type {
  CanarySeen,
  CrashCount,
  Head,
  NewestEvent,
  PendingDelta,
  PendingHole,
  Suspect,
} from '#core/protocol/head.ts';
import { bool, bytes, type Item, ItemError, integer, list, map, optional, text } from './attributes.ts';
import { fromHole, toHole } from './hole-item.ts';
import { fromLedger, toLedger } from './ledger-item.ts';
import { fromLoad, toLoad } from './load-item.ts';
import { fromPosition, toPosition } from './position-item.ts';

/** The version of the item's layout; every older one must still be read. */
const HEAD_VERSION = 2;
/** Of a head that knows of ids: code that does not would count duplicates, and must hand its batches back. */
const HEAD_VERSION_WITH_IDS = 3;
/** Of one that leaves events out, or did: code that does not know of holes would lose them. */
const HEAD_VERSION_WITH_LOAD = 4;
const HEAD_VERSIONS_READ = [1, 2, 3, 4];

/** A head as attributes; names of what repeats are one letter, since a head is written with every batch. */
export function toHeadItem(head: Head): Item {
  return {
    v: { N: String(versionOf(head)) },
    rev: { N: String(head.rev) },
    n: { N: String(head.n) },
    position: { M: toPosition(head.position) },
    ledger: { M: toLedger(head.ledger) },
    pending: { L: head.pending.map((delta) => ({ M: toPendingDelta(delta) })) },
    blockBytes: {
      M: Object.fromEntries([...head.blockBytes].map(([name, size]) => [name, { N: String(size) }])),
    },
    ...(head.watermark !== null && { watermark: { N: String(head.watermark) } }),
    ...(head.suspect !== null && { suspect: { M: toSuspect(head.suspect) } }),
    ...(head.crashes !== null && { crashes: { M: toCrashes(head.crashes) } }),
    ...(head.newest !== null && { newest: { M: toNewest(head.newest) } }),
    ...(head.canary !== null && { canary: { M: toCanary(head.canary) } }),
    ...(head.lastEnd !== null && { lastEnd: { N: String(head.lastEnd) } }),
    ...(head.load !== NO_LOAD && { load: { M: toLoad(head.load) } }),
    ...(head.holes.length > 0 && { holes: { L: head.holes.map((hole) => ({ M: toPendingHole(hole) })) } }),
    ...(head.lastHole !== null && { lastHole: { M: toPosition(head.lastHole) } }),
    ...(head.ended && { ended: { BOOL: true } }),
    ...(head.seen !== null && { seen: { M: toSeen(head.seen) } }),
  };
}

/** The least that knows what the head has: code of before hands its batches back, where it would go wrong. */
function versionOf({ lastHole, load, seen }: Head): number {
  if (load !== NO_LOAD || lastHole !== null) return HEAD_VERSION_WITH_LOAD;
  return seen === null ? HEAD_VERSION : HEAD_VERSION_WITH_IDS;
}

/** Throws `ItemError` where the item is no head, or one of a later version than this code knows. */
export function fromHeadItem(item: Item): Head {
  const version = integer(item, 'v');
  if (!HEAD_VERSIONS_READ.includes(version)) {
    throw new ItemError(
      `it is of version ${version}; this code reads ${HEAD_VERSIONS_READ.join(', ')}: deploy the newer code`,
    );
  }
  return {
    rev: integer(item, 'rev'),
    n: integer(item, 'n'),
    position: fromPosition(map(item, 'position')),
    ledger: fromLedger(map(item, 'ledger')),
    watermark: optional(item, 'watermark', integer) as EpochMs | null,
    pending: list(item, 'pending').map((element) => fromPendingDelta(element.M ?? {})),
    blockBytes: fromBlockBytes(map(item, 'blockBytes')),
    suspect: fromSuspect(optional(item, 'suspect', map)),
    crashes: fromCrashes(optional(item, 'crashes', map)),
    newest: fromNewest(optional(item, 'newest', map)),
    canary: fromCanary(optional(item, 'canary', map)),
    lastEnd: optional(item, 'lastEnd', integer) as EpochMs | null,
    load: fromLoad(optional(item, 'load', map)),
    holes: (optional(item, 'holes', list) ?? []).map((element) => fromPendingHole(element.M ?? {})),
    lastHole: fromLastHole(optional(item, 'lastHole', map)),
    ended: optional(item, 'ended', bool) ?? false,
    seen: fromSeen(optional(item, 'seen', map)),
  };
}

function toPendingHole(hole: PendingHole): Item {
  return { ...toHole(hole), w: { BOOL: hole.store } };
}

function fromPendingHole(item: Item): PendingHole {
  return { ...fromHole(item), store: bool(item, 'w') };
}

function fromLastHole(item: Item | null): Head['lastHole'] {
  return item === null ? null : fromPosition(item);
}

function fromBlockBytes(item: Item): ReadonlyMap<string, number> {
  return new Map(Object.keys(item).map((aggregate) => [aggregate, integer(item, aggregate)]));
}

function toPendingDelta(delta: PendingDelta): Item {
  return {
    a: { S: delta.key.aggregate },
    g: { S: delta.key.generation },
    s: { N: String(delta.key.windowStart) },
    e: { N: String(delta.windowEnd) },
    m: { N: String(delta.groupsMax) },
    c: { N: String(delta.carriedBytes) },
    f: { BOOL: delta.fold },
    ...(delta.key.late && { l: { BOOL: true } }),
    ...(delta.keepMs !== null && { k: { N: String(delta.keepMs) } }),
    b: { B: delta.bytes },
  };
}

function fromPendingDelta(item: Item): PendingDelta {
  return {
    key: {
      aggregate: text(item, 'a'),
      generation: text(item, 'g'),
      windowStart: integer(item, 's') as WindowStart,
      ...(optional(item, 'l', bool) && { late: true as const }),
    },
    keepMs: optional(item, 'k', integer),
    windowEnd: integer(item, 'e') as EpochMs,
    groupsMax: integer(item, 'm'),
    carriedBytes: integer(item, 'c'),
    fold: bool(item, 'f'),
    bytes: bytes(item, 'b'),
  };
}

function toSuspect({ sequence, event, attempts }: Suspect): Item {
  return {
    s: { S: sequence },
    ...(event !== null && { e: { N: String(event) } }),
    n: { N: String(attempts) },
  };
}

function fromSuspect(item: Item | null): Suspect | null {
  if (item === null) return null;
  return {
    sequence: text(item, 's') as SequenceNumber,
    event: optional(item, 'e', integer),
    attempts: integer(item, 'n'),
  };
}

function toCrashes({ since, count }: CrashCount): Item {
  return { since: { N: String(since) }, count: { N: String(count) } };
}

function fromCrashes(item: Item | null): CrashCount | null {
  return item === null ? null : { since: integer(item, 'since') as EpochMs, count: integer(item, 'count') };
}

function toNewest({ time, arrival }: NewestEvent): Item {
  return { t: { N: String(time) }, a: { N: String(arrival) } };
}

function fromNewest(item: Item | null): NewestEvent | null {
  if (item === null) return null;
  return { time: integer(item, 't') as EpochMs, arrival: integer(item, 'a') as EpochMs };
}

function toCanary({ arrival, counted }: CanarySeen): Item {
  return { a: { N: String(arrival) }, c: { N: String(counted) } };
}

function fromCanary(item: Item | null): CanarySeen | null {
  if (item === null) return null;
  return { arrival: integer(item, 'a') as EpochMs, counted: integer(item, 'c') as EpochMs };
}

function toSeen({ arrived, forgotten, recent, segments }: SeenIds): Item {
  return {
    a: { N: String(arrived) },
    ...(forgotten > 0 && { f: { N: String(forgotten) } }),
    r: { B: recent },
    s: { B: encodeSegmentRefs(segments) },
  };
}

function fromSeen(item: Item | null): SeenIds | null {
  if (item === null) return null;
  return {
    arrived: integer(item, 'a'),
    forgotten: optional(item, 'f', integer) ?? 0,
    recent: bytes(item, 'r'),
    segments: fromSegmentRefs(bytes(item, 's')),
  };
}

function fromSegmentRefs(refs: Uint8Array): SegmentRef[] {
  try {
    return decodeSegmentRefs(refs);
  } catch (error) {
    if (!(error instanceof CorruptError)) throw error;
    throw new ItemError(`the names of its segments can't be read: ${error.message}`);
  }
}
