import Table from 'cli-table3';
import { kinesisClient } from '#adapters/aws-clients.ts';
import { KinesisShardControl } from '#adapters/kinesis-shard-control.ts';
import { adviceFor } from '#app/scale/advice.ts';
import { lookAtShards } from '#app/scale/look-at-shards.ts';
import { SHARD_CAPACITY } from '#contracts/scale-function.ts';
import type { EpochMs } from '#core/brand.ts';
import { shareOfSpace } from '#core/scale/hash-range.ts';
import { loadOf, type ShardLook } from '#core/scale/note-measures.ts';
import { type ConnectionOptions, connectStream } from '../connection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { counted, short, whole } from '../show/numbers.ts';
import type { Terminal } from '../terminal.ts';

export type ShardsOptions = ConnectionOptions & { readonly json: boolean };

const LOOK_BACK_MS = 60_000;
const KEYS_SHOWN = 2;

/** Prints the open shards of a stream with their load, and what to do about it. */
export async function showShards(options: ShardsOptions, terminal: Terminal): Promise<ExitCode> {
  const { stream } = connectStream(options);
  const client = kinesisClient();
  try {
    const control = new KinesisShardControl(client, stream);
    const looks = await lookAtShards({
      stream: control,
      capacity: SHARD_CAPACITY,
      periodMs: LOOK_BACK_MS,
      now: Date.now,
      // Here, all of the minute is wanted, as far as the sample goes.
      random: () => 0,
    });
    looks.sort((a, b) => (a.range.first < b.range.first ? -1 : 1));
    const advice = adviceFor(looks, SHARD_CAPACITY, Date.now() as EpochMs);
    const shown = looks.map(shardJson(looks));
    await terminal.print(
      options.json
        ? `${JSON.stringify({ stream, shards: shown, advice })}\n`
        : asText(stream, shown, advice, terminal),
    );
    return EXIT.done;
  } finally {
    client.destroy();
  }
}

interface ShownShard {
  readonly shard: string;
  /** Shares are from 0 to 1: of the hash keys, of the stream's bytes, and of what Kinesis takes for a shard. */
  readonly range: number;
  readonly share: number | null;
  readonly load: number | null;
  readonly bytesPerSecond: number | null;
  readonly recordsPerSecond: number | null;
  readonly keys: readonly { readonly md5: string; readonly share: number }[];
}

function shardJson(looks: readonly ShardLook[]): (look: ShardLook) => ShownShard {
  const total = looks.reduce((sum, { measure }) => sum + (measure?.bytesPerSecond ?? 0), 0);
  return ({ measure, range, shard }) => ({
    shard,
    range: shareOfSpace(range),
    share: measure === undefined || total === 0 ? null : measure.bytesPerSecond / total,
    load: measure === undefined ? null : loadOf(measure, SHARD_CAPACITY),
    bytesPerSecond: measure?.bytesPerSecond ?? null,
    recordsPerSecond: measure?.recordsPerSecond ?? null,
    keys: (measure?.heaviest ?? []).map(({ hash, share }) => ({ md5: hash, share })),
  });
}

function asText(
  stream: string,
  shards: readonly ShownShard[],
  advice: readonly string[],
  { colors }: Terminal,
): string {
  const head = ['shard', 'hash keys', 'of the stream', 'load', 'KB/s', 'records/s', 'heaviest keys (MD5)'];
  const table = new Table({
    head: head.map((name) => colors.cyan(name)),
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'left'],
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: [], border: [], compact: true },
  });
  for (const { bytesPerSecond, keys, load, range, recordsPerSecond, shard, share } of shards) {
    table.push([
      shard,
      percent(range),
      percent(share),
      percent(load),
      bytesPerSecond === null ? '' : short(bytesPerSecond / 1000),
      recordsPerSecond === null ? '' : whole(recordsPerSecond),
      keys
        .slice(0, KEYS_SHOWN)
        .map((key) => `${key.md5} ${percent(key.share)}`)
        .join('\n'),
    ]);
  }
  const heading = `${colors.bold(stream)} ${colors.dim(`· ${counted(shards.length, 'shard')}, as of a sample of the last minute`)}`;
  const said = advice.length === 0 ? ['No shard is hot.'] : advice;
  return `${heading}\n${table.toString()}\n${said.join('\n')}\n`;
}

function percent(share: number | null): string {
  return share === null ? '' : `${short(100 * share)} %`;
}
