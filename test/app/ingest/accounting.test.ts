import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordTools } from '#adapters/record-tools.ts';
import { packEvents } from '#app/ingest/pack-events.ts';
import type { PutResult } from '#app/ports/record-sink.ts';
import { producerLimits } from '#app/produce/producer-limits.ts';
import { decodeRecord } from '#core/records/decode-record.ts';
import { noise, OK, REFUSED, ScriptedSink, seededRandom, THROTTLED } from '#test/app/produce/fakes.ts';
import { IngestRig, postEvents, VALID } from './fixture.ts';

const UNREACHABLE: PutResult = { ok: false, code: 'ETIMEDOUT', message: 'No.', retryable: true };

const utf8 = new TextEncoder();
const tools = { gzip: (bytes: Uint8Array) => gzipSync(bytes), utf8: (text: string) => utf8.encode(text) };

/** Texts that gzip makes little of, so that a request is several records; and what may be wrong with an event. */
const sample = fc.record({
  size: fc.constantFrom(0, 10, 3000, 30_000),
  fault: fc.constantFrom(undefined, undefined, 'schema', 'group'),
  format: fc.constantFrom('columns', 'line'),
});

/** What a stream does in one call: to each record, cyclically, or to the call as a whole. */
const call = fc.oneof(
  fc.array(fc.constantFrom(OK, OK, THROTTLED, UNREACHABLE, REFUSED), { minLength: 1, maxLength: 5 }),
  fc.constantFrom('throws', 'says nothing'),
);

describe('whatever a stream does to a request', () => {
  it('each event has one result, and is in the stream once where it was accepted, and else not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(sample, { minLength: 1, maxLength: 25 }),
        fc.array(call, { minLength: 1, maxLength: 6 }),
        async (samples, calls) => {
          const random = seededRandom();
          const events = samples.map(({ fault, format, size }, n) => ({
            ...VALID,
            n,
            text: noise(size, random),
            ...(fault === 'schema' && { text: 1 }),
            ...(fault === 'group' && { page: [] }),
            // A number that JSON has, but no double: packed columns do not take what it is read as.
            ...(format === 'line' && { huge: 'HUGE' }),
          }));
          const sink = new ScriptedSink((records, n) => {
            const script = calls[n % calls.length] ?? 'throws';
            if (script === 'throws') throw new Error('a bug');
            if (script === 'says nothing') return [];
            return records.map((_, i) => script[i % script.length] ?? OK);
          });
          const request = postEvents(events);
          const body = utf8.encode(new TextDecoder().decode(request.body).replaceAll('"HUGE"', '1e999'));
          const { body: got, status } = await new IngestRig(sink).send({ ...request, body });

          const results = got.results ?? [];
          expect(results.map(({ index }) => index)).toEqual(events.map((_, index) => index));
          const count = (wanted: string) => results.filter((result) => result.status === wanted).length;
          expect([got.accepted, got.rejected, got.undelivered]).toEqual(
            ['accepted', 'rejected', 'undelivered'].map(count),
          );
          const invalid = samples.flatMap(({ fault }, n) => (fault === undefined ? [] : [n]));
          expect(results.filter((one) => one.status === 'rejected').map(({ index }) => index)).toEqual(
            invalid,
          );
          const inStream = (sink.values() as { n: number }[]).map(({ n }) => n).sort((a, b) => a - b);
          expect(inStream).toEqual(
            results.filter((one) => one.status === 'accepted').map(({ index }) => index),
          );
          const all = count('undelivered') === 0;
          if (!all) expect([429, 503]).toContain(status);
          else if (count('accepted') === 0) expect(status).toBe(400);
          else expect(status).toBe(invalid.length === 0 ? 200 : 207);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('packing', () => {
  it('says of each event in which record it is, or that none can take it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3000), { maxLength: 60 }),
        fc.integer({ min: 1024, max: 4096 }),
        (sizes, bytes) => {
          const random = seededRandom();
          const events = sizes.map((size, at) => ({
            index: 10 * at,
            value:
              at % 3 === 0
                ? { at, huge: Infinity, text: noise(size, random) }
                : { at, text: noise(size, random) },
          }));
          const { oversize, records } = packEvents(events, tools, producerLimits({ recordBytesMax: bytes }));
          for (const { data, indices } of records) {
            expect(data.length + 32).toBeLessThanOrEqual(bytes);
            const values = decodeRecord(data, recordTools).map((event) => (event.ok ? event.value : event));
            expect(values).toEqual(indices.map((index) => events[index / 10]?.value));
          }
          const places = [
            ...records.flatMap(({ indices }) => indices),
            ...oversize.map(({ index }) => index),
          ];
          expect(places.sort((a, b) => a - b)).toEqual(events.map(({ index }) => index));
          for (const { index } of oversize) expect(sizes[index / 10]).toBeGreaterThan(bytes / 2);
        },
      ),
      { numRuns: 60 },
    );
  });
});
