import type { Aggregate, Pipeline } from '#core/pipeline/pipeline.ts';
import type { StoredDefinition } from '#core/protocol/definitions.ts';
import { VERSIONS, type Version } from './draw-change.ts';
import type { AggregateName } from './simulated-pipeline.ts';

/** The versions of a seed's pipeline: both the same where no deployment changes it. */
export class PipelineVersions {
  readonly #pipelines: readonly [Pipeline, Pipeline];

  constructor(pipelines: readonly [Pipeline, Pipeline]) {
    this.#pipelines = pipelines;
  }

  of(version: Version): Pipeline {
    return this.#pipelines[version];
  }

  aggregate(version: Version, name: string): Aggregate | undefined {
    return this.of(version).aggregates.find((aggregate) => aggregate.name === name);
  }

  /** The generations that an aggregate has in the one version or the other, each once. */
  generationsOf(name: AggregateName): string[] {
    return [...new Set(VERSIONS.flatMap((version) => this.aggregate(version, name)?.generation ?? []))];
  }

  /** The versions that count by a generation. */
  versionsOf(name: string, generation: string): Version[] {
    return VERSIONS.filter((version) => this.aggregate(version, name)?.generation === generation);
  }

  /** Whether a deployment changes what an aggregate means, or whether it is there. */
  isChanged(name: string): boolean {
    return this.aggregate(0, name)?.generation !== this.aggregate(1, name)?.generation;
  }
}

/** Whether `close` has written down a definition. */
export function isWrittenDown(
  definitions: readonly StoredDefinition[],
  name: string,
  generation: string,
): boolean {
  return definitions.some((known) => known.aggregate === name && known.generation === generation);
}
