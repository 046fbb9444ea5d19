import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import { ingestApiOptions } from './ingest-options.ts';
import { queryApiOptions } from './query-options.ts';
import { type ScaleOptions, scaleOptions } from './scale-options.ts';

const arn = (service: string) =>
  z.string().regex(new RegExp(`^arn:[\\w-]+:${service}:`), `is no ARN of ${service}`);

/** CloudWatch keeps logs for certain numbers of days only. */
const LOG_RETENTION_DAYS = Object.values(RetentionDays).filter(
  (value): value is RetentionDays => typeof value === 'number' && value !== RetentionDays.INFINITE,
);

/** `true` asks for a section as it comes, `false` for none. */
function asSection(value: unknown): unknown {
  if (typeof value !== 'boolean') return value;
  return value ? {} : undefined;
}

/** How one pipeline is deployed. Everything has a default; a user sets what differs, in `cdk.json` or with `-c weir=…`. */
export const pipelineOptions = z.strictObject({
  /** Where it goes; without it, wherever the credentials of the deployment belong. */
  env: z.strictObject({ account: z.string().regex(/^\d{12}$/), region: z.string() }).optional(),
  stream: z
    .strictObject({
      /** A stream that is there already; it is read, and nothing about it is changed. */
      arn: arn('kinesis').optional(),
      /** The key of that stream, where it is encrypted with a customer-managed one. */
      keyArn: arn('kms').optional(),
      mode: z.enum(['provisioned', 'on-demand']).default('provisioned'),
      shards: z.int().min(1).max(10_000).default(1),
      /** 24 hours to 365 days. Also of a stream that is brought: thresholds of alarms go by it. */
      retentionHours: z.int().min(24).max(8760).default(24),
    })
    .prefault({}),
  table: z
    .strictObject({
      /** A table that is there already, with string keys `pk` and `sk`. */
      arn: arn('dynamodb').optional(),
      keyArn: arn('kms').optional(),
      /** Caps on what the table serves in a second, so that a runaway can not cost more. None unless given. */
      readUnitsMax: z.int().min(1).optional(),
      writeUnitsMax: z.int().min(1).optional(),
    })
    .prefault({}),
  /** Tables of reference data in place of those that the definition's lookups name, by their names. */
  referenceTables: z
    .record(z.string(), z.strictObject({ arn: arn('dynamodb'), keyArn: arn('kms').optional() }))
    .default({}),
  function: z
    .strictObject({
      /** Invocations that the account keeps free for the function, and that it can not exceed. */
      reservedConcurrency: z.int().min(1).optional(),
      /** Metrics are lines of the level INFO: a level above it would lose them. */
      logLevel: z.enum(['TRACE', 'DEBUG', 'INFO']).default('INFO'),
      tracing: z.boolean().default(false),
    })
    .prefault({}),
  close: z
    .strictObject({
      /** Name or ARN of an event bus on which closed windows are announced, e.g. `default`. Not at all without one. */
      eventBus: z.string().min(1).optional(),
      /**
       * Whether a canary is put into every shard once a minute, to see how long it takes to count. Other readers of the
       * stream get it too: unless said, only a stream of the stack's own has them.
       */
      canary: z.boolean().optional(),
    })
    .prefault({}),
  /** Between which bounds shards are split and merged by their load; not at all without. See docs/scaling.md. */
  scale: scaleOptions.optional(),
  logRetentionDays: z.literal(LOG_RETENTION_DAYS).default(RetentionDays.ONE_MONTH),
  /** `aws`: keys of the services. `create`: one customer-managed key for all. Or the ARN of a key. */
  key: z.union([z.enum(['aws', 'create']), arn('kms')]).default('aws'),
  alarms: z
    .strictObject({
      emails: z.array(z.email()).default([]),
      /** A topic that is there already, in place of one of the stack's own. */
      topicArn: arn('sns').optional(),
      /** Where the runbooks can be read; a name is put behind it. */
      runbooks: z.string().default('docs/runbooks/'),
      /** Other thresholds than those of docs/alarms.md, by the alarm's name. */
      thresholds: z.record(z.string(), z.number()).default({}),
      /** Names of alarms to leave out, be it that they do not suit or that an emulator can not make them. */
      without: z.array(z.string()).default([]),
    })
    .prefault({}),
  /** Whether events are also taken over HTTP: `true`, or with options; see docs/ingest-api.md. */
  ingestApi: z.preprocess(asSection, ingestApiOptions.optional()).optional(),
  /** Whether values can be asked for over HTTP: `true`, or with options; see docs/query-api.md. */
  queryApi: z.preprocess(asSection, queryApiOptions.optional()).optional(),
  /** Whether the stream, the table and the queues outlive the stack; `false` for stacks to try things with. */
  retain: z.boolean().default(true),
  tags: z.record(z.string(), z.string()).default({}),
});

export type PipelineOptions = z.output<typeof pipelineOptions>;

/** Something is wrong with what is to be deployed; the message says where, what, and what to do. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
}

/**
 * A pipeline's options out of the context `weir`: those under `*`, with those under its own name over them, section by
 * section. Throws `DeploymentError` for mistakes.
 */
export function readOptions(
  context: unknown,
  pipeline: string,
  pipelines: readonly string[],
): PipelineOptions {
  const all = contextObject(context);
  for (const name of Object.keys(all)) {
    if (name !== '*' && !pipelines.includes(name)) {
      throw new DeploymentError(
        `context weir: '${name}' is no pipeline; there are ${pipelines.join(', ')}, and '*' for all`,
      );
    }
  }
  const parsed = pipelineOptions.safeParse(merge(all['*'], all[pipeline]));
  if (parsed.success) return check(parsed.data, pipeline);
  const problems = parsed.error.issues.map(
    ({ path, message }) => `  ${['weir', pipeline, ...path].join('.')}: ${message}`,
  );
  throw new DeploymentError(`the options of pipeline '${pipeline}' have mistakes:\n${problems.join('\n')}`);
}

function contextObject(context: unknown): Record<string, unknown> {
  if (context === undefined) return {};
  try {
    const value: unknown = typeof context === 'string' ? JSON.parse(context) : context;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below, with the remedy.
  }
  throw new DeploymentError(
    `context weir: is no object; give e.g. -c weir='{"flights":{"stream":{"shards":2}}}'`,
  );
}

function merge(base: unknown, over: unknown): unknown {
  const isSection = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isSection(base)) return over ?? base ?? {};
  if (!isSection(over)) return over ?? base;
  const merged: Record<string, unknown> = { ...(base as object) };
  for (const [name, value] of Object.entries(over as object)) merged[name] = merge(merged[name], value);
  return merged;
}

function check(options: PipelineOptions, pipeline: string): PipelineOptions {
  const { function: fn, scale, stream, table } = options;
  const fail = (place: string, message: string) => {
    throw new DeploymentError(`weir.${pipeline}.${place}: ${message}`);
  };
  const shards = scale?.shardsMax ?? stream.shards;
  if (stream.mode === 'provisioned' && (fn.reservedConcurrency ?? shards) < shards) {
    fail(
      'function.reservedConcurrency',
      `is ${fn.reservedConcurrency}, but each of the ${shards} shards has an invocation of its own; give at least ${shards}`,
    );
  }
  if (scale !== undefined) checkScale(scale, stream, fail);
  if (stream.keyArn !== undefined && stream.arn === undefined) {
    fail('stream.keyArn', "is for a stream that is brought (stream.arn); use 'key' for one that is made");
  }
  if (table.keyArn !== undefined && table.arn === undefined) {
    fail('table.keyArn', "is for a table that is brought (table.arn); use 'key' for one that is made");
  }
  return options;
}

function checkScale(
  { shardsMax, shardsMin }: ScaleOptions,
  { arn, mode, shards }: PipelineOptions['stream'],
  fail: (place: string, message: string) => void,
): void {
  if (mode === 'on-demand')
    fail('scale', 'an on-demand stream scales by itself; leave it out, or make the stream provisioned');
  if (arn !== undefined)
    fail('scale', "a stream that is brought (stream.arn) is its owner's to split and merge; leave it out");
  if (shardsMin > shardsMax)
    fail('scale.shardsMin', `is ${shardsMin}, and above shardsMax, which is ${shardsMax}`);
  if (shards < shardsMin || shards > shardsMax) {
    fail(
      'stream.shards',
      `is ${shards}, and not between scale.shardsMin and scale.shardsMax, ${shardsMin} and ${shardsMax}; it is what the stream begins with`,
    );
  }
}
