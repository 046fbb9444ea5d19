import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';

/** How far a shard is processed. */
export interface ShardCheckpoint {
  /** The last processed record; none before the first. */
  readonly sequenceNumber?: string | undefined;
  /** The shard is closed, and everything in it is processed. */
  readonly finished: boolean;
}

/**
 * Keeps the checkpoints of one stream. What is kept may be a little behind: records that are processed again for that
 * are what "at least once" means.
 */
export interface CheckpointStore {
  get(shardId: string): ShardCheckpoint | undefined;
  set(shardId: string, checkpoint: ShardCheckpoint): void;
  /** Forgets the shards that the stream does not list any more. */
  keepOnly(shardIds: ReadonlySet<string>): void;
  /** Resolves when all that was set is kept. */
  flush(): Promise<void>;
}

/** Checkpoints for as long as the process runs. */
export function memoryCheckpoints(shards = new Map<string, ShardCheckpoint>()): CheckpointStore {
  return {
    get: (shardId) => shards.get(shardId),
    set: (shardId, checkpoint) => {
      shards.set(shardId, checkpoint);
    },
    keepOnly: (shardIds) => {
      for (const shardId of shards.keys()) if (!shardIds.has(shardId)) shards.delete(shardId);
    },
    flush: () => Promise.resolve(),
  };
}

const checkpointFile = z.object({
  version: z.literal(1),
  streamId: z.string(),
  shards: z.record(
    z.string(),
    z.object({
      sequenceNumber: z
        .string()
        .regex(/^\d{1,129}$/)
        .optional(),
      finished: z.boolean(),
    }),
  ),
});

/**
 * Checkpoints in a file, written whole beside it and then renamed, so that a process that is killed leaves either the
 * old or the new one. A file of another stream (also of one with the same name, made anew) is not used.
 *
 * Throws when the file is there and can't be read or understood.
 */
export async function fileCheckpoints(path: string, streamId: string): Promise<CheckpointStore> {
  const shards = await load(path, streamId);
  const memory = memoryCheckpoints(shards);
  await mkdir(dirname(path), { recursive: true });

  let dirty = false;
  let writing: Promise<void> | undefined;
  const writeAll = async () => {
    while (dirty) {
      dirty = false;
      const text = JSON.stringify({ version: 1, streamId, shards: Object.fromEntries(shards) });
      try {
        await writeFile(`${path}.new`, text);
        await rename(`${path}.new`, path);
      } catch (error) {
        dirty = true;
        throw error;
      }
    }
  };
  const write = (): Promise<void> => {
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
    return writing;
  };
  return {
    ...memory,
    set: (shardId, checkpoint) => {
      memory.set(shardId, checkpoint);
      dirty = true;
      // A write that fails is made again with the next change, and `flush` tells of it.
      write().catch(() => {});
    },
    flush: () => write(),
  };
}

async function load(path: string, streamId: string): Promise<Map<string, ShardCheckpoint>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
  const parsed = checkpointFile.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new Error(
      `${path} is no checkpoint file of this version; remove it to start at the oldest records`,
    );
  }
  return new Map(parsed.data.streamId === streamId ? Object.entries(parsed.data.shards) : []);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
