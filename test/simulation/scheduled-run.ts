import type { Version } from './draw-change.ts';
import type { Caller, World } from './world.ts';

/** One run of a function that a schedule begins: it may die anywhere, and what it has sent comes all the same. */
export class ScheduledRun implements Caller {
  readonly isTimed = true;
  readonly name: string;
  isAlive = true;
  hasFailed = false;
  failures = 0;
  /** Told of its death. */
  onDeath: () => void = () => {};

  readonly version: Version;

  /** `version`: which of those that are deployed one after the other. */
  constructor(name: string, version: Version = 0) {
    this.name = name;
    this.version = version;
  }

  die(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.onDeath();
  }
}

/** Runs something as `run`, until it ends, fails, dies, or is out of time; resolves then, whatever became of it. */
export function runScheduled<Report>(
  world: World,
  run: ScheduledRun,
  timeoutMs: number,
  begin: () => Promise<Report>,
  onReport: (report: Report) => void,
  onError: (error: unknown) => void,
): Promise<void> {
  const { clock, strikes } = world;
  return new Promise((resolve) => {
    const timeout = clock.in(timeoutMs, () => run.die());
    const end = () => {
      timeout.run = undefined;
      run.onDeath = () => {};
      resolve();
    };
    run.onDeath = () => {
      strikes.add('death');
      world.trace(`${run.name} dies`);
      end();
    };
    world.running = run;
    world.trace(`${run.name} begins`);
    const told =
      <Told>(tell: (told: Told) => void) =>
      (what: Told): void => {
        if (!run.isAlive) return;
        tell(what);
        end();
      };
    void begin().then(told(onReport), told(onError));
  });
}
