/** Something that a pipeline needs, and how to find out whether it is there. */
export interface HealthProbe {
  /** For whoever reads the answer: no name of a resource. */
  readonly name: string;
  /** Rejects where something is wrong; with a `DependencyError` where it is the service. */
  readonly ask: () => Promise<unknown>;
}
