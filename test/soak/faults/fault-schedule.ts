import { readFile } from 'node:fs/promises';
import * as z from 'zod';

const MINUTE_MS = 60_000;

/** `02:05` or `12:00`: hours and minutes of stream time since the beginning of the run. */
const moment = z
  .string()
  .regex(
    /^\d{1,3}:[0-5]\d$/,
    'is no moment of the run; write hours and minutes since its beginning, e.g. 02:05',
  )
  .transform((text) => {
    const [hours = 0, minutes = 0] = text.split(':').map(Number);
    return (hours * 60 + minutes) * MINUTE_MS;
  });

/** `90s`, `20m`, `1h`. */
const duration = z
  .string()
  .regex(/^\d+(ms|s|m|h)$/, 'is no duration; write e.g. 30s, 20m or 1h')
  .transform((text) => {
    const unit = { ms: 1, s: 1000, m: MINUTE_MS, h: 60 * MINUTE_MS }[text.replace(/\d+/, '')] ?? 1;
    return Number.parseInt(text, 10) * unit;
  });

const share = z.number().gt(0).lte(1);

const common = {
  at: moment,
  /** What people call it, on the report. */
  title: z.string().optional(),
  /** Alarms that must fire, each from the fault's beginning to a quarter of an hour after its end, and be off again. */
  alarms: z.array(z.string()).default([]),
  /** Alarms that may fire as well. */
  mayFire: z.array(z.string()).default([]),
};
const lasting = { ...common, for: duration };

/** One thing that goes wrong, or is done, at a moment. */
const faultSchema = z.discriminatedUnion('fault', [
  z.strictObject({ fault: z.literal('table-down'), ...lasting }),
  /** Requests get no answer for that long, and then an error. */
  z.strictObject({ fault: z.literal('table-unreachable'), ...lasting, answerAfter: duration.prefault('5s') }),
  z.strictObject({ fault: z.literal('table-slow'), ...lasting, answerAfter: duration }),
  /** Write units a second that the table serves. */
  z.strictObject({ fault: z.literal('table-throttled'), ...lasting, units: z.number().int().min(1) }),
  z.strictObject({ fault: z.literal('handler-killed'), ...lasting, every: duration }),
  z.strictObject({ fault: z.literal('bad-deployment'), ...lasting }),
  z.strictObject({ fault: z.literal('no-concurrency'), ...lasting }),
  z.strictObject({ fault: z.literal('handler-clocks-apart'), ...lasting, by: duration }),
  z.strictObject({ fault: z.literal('producer-clocks-ahead'), ...lasting, by: duration, share }),
  z.strictObject({ fault: z.literal('flash-crowd'), ...lasting, times: z.number().gt(0) }),
  z.strictObject({ fault: z.literal('hot-keys'), ...lasting, keys: z.number().int().min(1), share }),
  z.strictObject({ fault: z.literal('bad-events'), ...lasting, share }),
  z.strictObject({ fault: z.literal('late-events'), ...lasting, share }),
  z.strictObject({ fault: z.literal('split-shard'), ...common }),
  z.strictObject({ fault: z.literal('merge-shards'), ...common }),
  /** Nothing goes wrong, and something is expected: what a run looks like after it. */
  z.strictObject({ fault: z.literal('quiet'), ...lasting }),
]);

export type Fault = z.output<typeof faultSchema>;
export type FaultKind = Fault['fault'];

const scheduleSchema = z.strictObject({
  /** What the file is for. */
  about: z.string(),
  /** Which one is run. */
  pipeline: z.enum(['orders', 'overload']).default('orders'),
  shards: z.number().int().min(1).max(16).default(4),
  load: z
    .strictObject({
      /** At the top of the day. */
      eventsPerSecond: z.number().gt(0).max(10_000).optional(),
      unpacked: z.boolean().optional(),
      /** Of low priority. */
      importShare: share.optional(),
      eventsARecord: z.number().int().min(1).max(400).optional(),
    })
    .default({}),
  /** How often the stream is read, and how long a batch is gathered. */
  readEvery: duration.prefault('5s'),
  /** Has the shards split and merged by their load. */
  scale: z
    .strictObject({
      shardsMin: z.number().int().min(1),
      shardsMax: z.number().int().min(2).max(16),
      shardBytesPerSecond: z.number().int().min(1000).optional(),
      calm: duration.prefault('15m'),
    })
    .optional(),
  /** What must hold while that fault is there, from some time after its beginning on; it is looked at every so often. */
  underLoad: z
    .strictObject({
      during: z.string(),
      after: duration,
      every: duration,
      staleMax: duration,
      /** Times the capacity that is declared, on average. */
      loadMin: z.number().gt(0),
    })
    .optional(),
  /** Holds the stream to the limits of its shards, reads included. */
  streamLimits: z.boolean().default(false),
  /** How old the oldest event may be, so many minutes after the end of that kind of fault. */
  caughtUp: z.strictObject({ after: z.string(), within: duration }).optional(),
  faults: z.array(faultSchema),
});

export type FaultSchedule = z.output<typeof scheduleSchema>;

/** Until when it lasts, in milliseconds since the beginning of the run. */
export function endOf(fault: Fault): number {
  return fault.at + ('for' in fault ? fault.for : 0);
}

/** Reads a schedule. Throws an error that says what is wrong, and where. */
export async function readFaultSchedule(path: string): Promise<FaultSchedule> {
  const text = await readFile(path, 'utf8');
  return parseFaultSchedule(path, text);
}

export function parseFaultSchedule(path: string, text: string): FaultSchedule {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is no JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = scheduleSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Error(`${path} is no schedule of faults:\n${z.prettifyError(parsed.error)}`);
}
