import type { RejectReason } from '#core/rejection.ts';
import type { DecodedEvent } from './decoded-event.ts';

/** An event (or a whole record, as one event) that was set aside. `detail` must be free of the event's own data. */
export function rejectedEvent(
  reason: RejectReason,
  detail: string,
  payload: string | Uint8Array,
): DecodedEvent & { ok: false } {
  return { ok: false, rejection: { reason, detail }, payload };
}
