/** A rejected event as it stands in the dead-letter queue, as JSON. Read by people and by redrives: fields are never renamed. */
export interface DeadLetterMessage {
  readonly version: 1;
  readonly pipeline: string;
  readonly stream: string;
  readonly shard: string;
  /** With `event`, the position: where in the stream it stood. Absent for what never got into the stream. */
  readonly sequenceNumber?: string;
  /** Its place in its record; `null` where the record was rejected as a whole. */
  readonly event: number | null;
  /** When the stream took it in; ISO 8601, UTC. */
  readonly arrival: string;
  readonly reason: string;
  readonly detail: string;
  /** The event as it came, if it was text; one of `payload`, `payloadBase64` and `payloadObject` is there. */
  readonly payload?: string;
  /** The event as it came, if it was no text. */
  readonly payloadBase64?: string;
  /** Where the event is, if it was too large for the queue. */
  readonly payloadObject?: { readonly bucket: string; readonly key: string; readonly bytes: number };
}
