/** What is to be done when something that was started in steps is stopped: the last step's first, and once. */
export class StopStack {
  #steps: (() => unknown)[] = [];
  #stopping: Promise<void> | undefined;

  push(step: () => unknown): void {
    this.#steps.push(step);
  }

  /** Does every step, also behind one that fails; then rejects with the first failure. May be called again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#run();
    return this.#stopping;
  }

  async #run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
