import type { EventBridgeClient, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { Announcements, ClosedWindow } from '#app/ports/announcements.ts';
import { DependencyError } from '#app/ports/dependency-error.ts';
import { EVENT_SOURCE_NAME, WINDOW_CLOSED } from '#contracts/window-closed.ts';
import { toDependencyError } from './dependency-error.ts';
import { type MakeClient, makePlainClient } from './make-client.ts';
import { once } from './once.ts';

/** Entries that one call may have. */
const ENTRIES_MAX = 10;
/** Calls for the same entries, the first included, before the rest is left to the next run. */
const ATTEMPTS_MAX = 3;

/** Puts one event a closed window on an event bus. The client is loaded with the first of them. */
export class EventBridgeAnnouncements implements Announcements {
  readonly #busName: string;
  readonly #pipeline: string;
  readonly #client: () => Promise<Pick<EventBridgeClient, 'send'>>;

  constructor(
    busName: string,
    pipeline: string,
    client: () => Promise<Pick<EventBridgeClient, 'send'>> = lazyEventBridge(),
  ) {
    this.#busName = busName;
    this.#pipeline = pipeline;
    this.#client = client;
  }

  async announce(windows: readonly ClosedWindow[]): Promise<void> {
    for (let i = 0; i < windows.length; i += ENTRIES_MAX) {
      await this.#put(windows.slice(i, i + ENTRIES_MAX).map((window) => this.#entry(window)));
    }
  }

  async #put(entries: PutEventsRequestEntry[]): Promise<void> {
    const { PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
    const client = await this.#client();
    let left = entries;
    for (let attempt = 0; attempt < ATTEMPTS_MAX && left.length > 0; attempt++) {
      try {
        const { Entries: results = [] } = await client.send(new PutEventsCommand({ Entries: left }));
        left = left.filter((_, i) => results[i]?.EventId === undefined);
      } catch (error) {
        throw toDependencyError('announcements', 'PutEvents', error);
      }
    }
    if (left.length > 0)
      throw new DependencyError(
        'announcements',
        'throttled',
        `PutEvents took ${entries.length - left.length} of ${entries.length} entries`,
      );
  }

  #entry(window: ClosedWindow): PutEventsRequestEntry {
    const detail = {
      ...window,
      pipeline: this.#pipeline,
      windowStart: new Date(window.windowStart).toISOString(),
      windowEnd: new Date(window.windowEnd).toISOString(),
    };
    return {
      EventBusName: this.#busName,
      Source: EVENT_SOURCE_NAME,
      DetailType: WINDOW_CLOSED,
      Detail: JSON.stringify(detail),
    };
  }
}

export function lazyEventBridge(makeClient: MakeClient = makePlainClient): () => Promise<EventBridgeClient> {
  return once(async () => {
    const { EventBridgeClient } = await import('@aws-sdk/client-eventbridge');
    return makeClient(
      (config) => new EventBridgeClient(config),
      () => 'event_bus',
    );
  });
}
