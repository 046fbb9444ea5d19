import type { RejectReason } from '#core/rejection.ts';

/** What should become of an event, known from how it was made and never from the code under test. */
export interface ExpectedEvent {
  /** `good`: it counts. `canary`: it is none. Else the reason of its dead letter. */
  readonly verdict: 'good' | 'canary' | RejectReason;
  /** Event time, epoch milliseconds. Of events that have one; the values, of good events only. */
  readonly time: number;
  readonly g: string;
  readonly h: string;
  readonly v: number;
  readonly w: number | null;
  /** Its own number, which no other has; and what it is looked up by. */
  readonly u: number;
  readonly k: unknown;
  /** What the dead letter must carry: the value of an event that could be decoded, or the text or bytes that could not. */
  readonly payload: { readonly value: unknown } | { readonly raw: string | Uint8Array };
  /** The function dies while it decodes the record: there is no event in it, just the record. */
  readonly killsDecoding: boolean;
  /** The function throws, and its process lives on. */
  readonly throws: boolean;
  /** Of an event that can be decoded and has one. */
  readonly id: string | undefined;
  /** The function dies only after it has asked whether the event is a duplicate. */
  readonly killsLate: boolean;
  /** The id of its record, if that has one, and whether the event is the record's last. */
  readonly whole?: { readonly id: string; readonly isLast: boolean };
}

/** A record before it is put. */
export interface NewRecord {
  readonly data: Uint8Array;
  readonly events: readonly ExpectedEvent[];
}

const NO_VALUES = {
  time: 0,
  g: '',
  h: '',
  v: 0,
  w: null,
  u: 0,
  k: undefined,
  killsDecoding: false,
  throws: false,
  id: undefined,
  killsLate: false,
};

/** An event that must be rejected with its text or bytes as they came. */
export function unreadable(verdict: RejectReason, raw: string | Uint8Array): ExpectedEvent {
  return { ...NO_VALUES, verdict, payload: { raw } };
}

/** An event that can be decoded, and must be rejected. */
export function rejected(verdict: RejectReason, value: unknown): ExpectedEvent {
  return {
    ...NO_VALUES,
    verdict,
    payload: { value },
    time: timeOf(value),
    id: idOf(value),
    killsLate: hasTrait(value, 'where'),
  };
}

/** A record that is no event: it is put to see how long it takes. */
export function canary(data: Uint8Array): NewRecord {
  return { data, events: [{ ...NO_VALUES, verdict: 'canary', payload: { raw: data } }] };
}

function timeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || !('t' in value)) return 0;
  return typeof value.t === 'number' ? value.t : 0;
}

/** The id of a decoded event, as the pipeline's definition reads it. */
export function idOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('id' in value)) return undefined;
  return typeof value.id === 'string' ? value.id : undefined;
}

function hasTrait(value: unknown, kills: string): boolean {
  return typeof value === 'object' && value !== null && 'kills' in value && value.kills === kills;
}
