import { gzipSync } from 'node:zlib';
import { count, definePipeline, type Pipeline, sum, tumbling } from 'weir';
import * as z from 'zod';
import { recordTools } from '#adapters/record-tools.ts';
import type { HttpRequest, HttpResponse } from '#app/http/http.ts';
import { INGEST_SETTINGS, Ingest, type IngestReport, type IngestSettings } from '#app/ingest/ingest.ts';
import type { RecordSink } from '#app/ports/record-sink.ts';
import type { EpochMs } from '#core/brand.ts';
import { ManualClock, passTime, ScriptedSink, seededRandom } from '#test/app/produce/fakes.ts';

/** The date in these tests. */
export const NOW = Date.parse('2026-11-23T12:00:00Z');

/** Times up to an hour ahead, a group-by that takes no objects, a sum that takes no texts. */
export const PIPELINE = definePipeline({
  name: 'clicks',
  schema: z.object({ at: z.number(), page: z.any(), n: z.any(), text: z.string().optional() }),
  eventTime: (click) => click.at,
  allowedLateness: '1h',
  maxAhead: '1h',
  aggregates: {
    pages: { groupBy: ['page'], window: tumbling('1h'), metrics: { clicks: count(), total: sum('n') } },
  },
});

export const VALID = { at: NOW, page: '/', n: 1 };

/** What a body says of one event. */
export interface Result {
  readonly index: number;
  readonly status: 'accepted' | 'rejected' | 'undelivered';
  readonly reason?: string;
  readonly what?: string;
  readonly remedy?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: HttpResponse['headers'];
  readonly body: {
    readonly type?: string;
    readonly title?: string;
    readonly status?: number;
    readonly detail?: string;
    readonly accepted?: number;
    readonly rejected?: number;
    readonly undelivered?: number;
    readonly results?: readonly Result[];
  };
}

const utf8 = new TextEncoder();

export class IngestRig {
  readonly clock = new ManualClock();
  readonly sink: RecordSink;
  readonly ingest: Ingest;

  constructor(
    sink: RecordSink = new ScriptedSink(),
    settings: Partial<IngestSettings> = {},
    pipeline: Pipeline = PIPELINE,
  ) {
    this.sink = sink;
    this.ingest = new Ingest(
      {
        pipeline,
        sink,
        clock: this.clock,
        random: seededRandom(),
        tools: { ...recordTools, gzip: (bytes) => gzipSync(bytes), utf8: (text) => utf8.encode(text) },
        now: () => NOW as EpochMs,
      },
      { ...INGEST_SETTINGS, ...settings },
    );
  }

  /** Sends a request, and lets time pass until it is answered. */
  async send(request: HttpRequest): Promise<Answer & { readonly report: IngestReport }> {
    const report = await passTime(this.clock, this.ingest.take(request));
    return { ...answer(report.response), report };
  }
}

export function answer({ body, headers, status }: HttpResponse): Answer {
  return { status, headers, body: JSON.parse(String(body)) as Answer['body'] };
}

export function post(
  body: string | Uint8Array,
  type = 'application/json',
  headers: Readonly<Record<string, string>> = {},
): HttpRequest {
  return {
    method: 'POST',
    path: '/events',
    pathParameters: {},
    query: new Map(),
    headers: { 'content-type': type, ...headers },
    body: typeof body === 'string' ? utf8.encode(body) : body,
    client: undefined,
  };
}

export function postEvents(events: readonly unknown[]): HttpRequest {
  return post(JSON.stringify(events));
}
