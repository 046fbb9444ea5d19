/** One way in which the same events come. */
export interface Variant {
  readonly name: string;
  readonly shards: number;
  readonly order: 'by time' | 'shuffled' | 'delayed';
  /** Whether the pipeline waits for all of them, so that none is late. */
  readonly isPatient: boolean;
  /** A shard is split after a third of the events, and two are merged after two thirds. */
  readonly isResharded: boolean;
  /** Whether a twentieth of the events comes once more, a moment later, in the shard that it came in. */
  readonly hasDuplicates: boolean;
}

/** Which of a data set's pipelines a variant needs. */
export function pipelineKind({ hasDuplicates, isPatient, order }: Variant) {
  if (isPatient) return 'patient';
  if (order === 'shuffled') return 'shuffled';
  return hasDuplicates ? 'duplicates' : 'strict';
}

const BY_TIME = { order: 'by time', isPatient: false, isResharded: false, hasDuplicates: false } as const;

export const VARIANTS: readonly Variant[] = [
  ...[1, 4, 16].map((shards) => ({ ...BY_TIME, name: `in order, ${shards}`, shards })),
  { ...BY_TIME, name: 'split and merge', shards: 4, isResharded: true },
  ...[1, 4, 16].map((shards) => ({
    ...{ ...BY_TIME, name: `5 % sent twice, ${shards}`, shards },
    hasDuplicates: true,
  })),
  ...[1, 4, 16].map((shards) => ({
    ...{ ...BY_TIME, name: `5 % delayed, ${shards}`, shards },
    order: 'delayed' as const,
  })),
  ...[1, 4, 16].map((shards) => ({
    ...{ ...BY_TIME, name: `shuffled, all late enough, ${shards}`, shards },
    ...{ order: 'shuffled' as const, isPatient: true },
  })),
  ...[1, 4, 16].map((shards) => ({
    ...{ ...BY_TIME, name: `shuffled, most of it late, ${shards}`, shards },
    order: 'shuffled' as const,
  })),
  {
    ...{ ...BY_TIME, name: 'shuffled, split and merge', shards: 4 },
    ...{ order: 'shuffled' as const, isPatient: true, isResharded: true },
  },
];
