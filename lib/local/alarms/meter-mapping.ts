import type { MappingCounters } from '../event-source-mapping/mapping-counters.ts';
import type { InvokeFunction, StreamReader } from '../event-source-mapping/ports.ts';
import type { MetricIdentity, MetricStore } from './metric-store.ts';

/** What the parts of a runtime are called in their metrics. */
export interface MeteredNames {
  readonly stream: string;
  readonly function: string;
  /** The event source mapping's identifier. */
  readonly mapping: string;
}

const ARRIVAL = '"approximateArrivalTimestamp":';

/**
 * Publishes what Kinesis and Lambda publish of a stream, a function and the mapping between them. Names, dimensions and
 * units are AWS's, written out here and not taken from the alarms that look at them.
 */
export class MappingMeter {
  readonly #store: MetricStore;
  readonly #names: MeteredNames;
  #running = 0;
  #told: MappingCounters | undefined;

  constructor(store: MetricStore, names: MeteredNames) {
    this.#store = store;
    this.#names = names;
  }

  /** A stream whose reads are metered, as polls of the mapping and as reads of the stream. */
  stream(stream: StreamReader): StreamReader {
    return {
      listShards: () => stream.listShards(),
      shard: (shardId) => {
        const shard = stream.shard(shardId);
        return {
          read: async (after, recordsMax, closed) => {
            const read = await shard.read(after, recordsMax, closed);
            const last = read.records.at(-1);
            this.#add(
              this.#ofStream('GetRecords.IteratorAgeMilliseconds'),
              last === undefined ? 0 : ageMs(last.arrivalMs),
            );
            this.#add(this.#ofMapping('PolledEventCount'), read.records.length);
            return read;
          },
        };
      },
    };
  }

  /** A function whose invocations are metered. */
  invoke(invoke: InvokeFunction): InvokeFunction {
    return async (event) => {
      const startMs = Date.now();
      this.#running += 1;
      this.#add(this.#ofFunction('ConcurrentExecutions'), this.#running);
      const invocation = await invoke(event);
      this.#running -= 1;
      if (invocation.outcome.type === 'not_invoked') {
        this.#add(this.#ofFunction('Throttles'), 1);
        return invocation;
      }
      const lastArrival = event.slice(event.lastIndexOf(ARRIVAL) + ARRIVAL.length);
      this.#add(
        this.#ofFunction('IteratorAge'),
        Math.max(0, startMs - Number.parseFloat(lastArrival) * 1000),
      );
      this.#add(this.#ofFunction('Invocations'), 1);
      this.#add(this.#ofFunction('Errors'), invocation.outcome.type === 'failed' ? 1 : 0);
      this.#add(this.#ofFunction('Duration'), Date.now() - startMs);
      return invocation;
    };
  }

  /** What the mapping gave up since the last call; to be called at least once a minute. */
  sample(counters: MappingCounters): void {
    const told = this.#told;
    this.#told = counters;
    const published = {
      DroppedEventCount: ['droppedRecords', this.#ofMapping.bind(this)],
      OnFailureDestinationDeliveredEventCount: ['deliveredRecords', this.#ofMapping.bind(this)],
      DestinationDeliveryFailures: ['destinationDeliveryFailures', this.#ofFunction.bind(this)],
    } as const;
    for (const [name, [counter, of]] of Object.entries(published)) {
      const more = counters[counter] - (told?.[counter] ?? 0);
      if (more > 0) this.#add(of(name), more);
    }
  }

  #add(metric: MetricIdentity, value: number): void {
    this.#store.add(metric, value, Date.now());
  }

  #ofStream(name: string): MetricIdentity {
    return { namespace: 'AWS/Kinesis', name, dimensions: { StreamName: this.#names.stream } };
  }

  #ofFunction(name: string): MetricIdentity {
    return { namespace: 'AWS/Lambda', name, dimensions: { FunctionName: this.#names.function } };
  }

  #ofMapping(name: string): MetricIdentity {
    return { namespace: 'AWS/Lambda', name, dimensions: { EventSourceMappingUUID: this.#names.mapping } };
  }
}

function ageMs(arrivalMs: number): number {
  return Math.max(0, Date.now() - arrivalMs);
}
