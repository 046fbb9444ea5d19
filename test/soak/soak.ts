import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoTable } from '#adapters/dynamodb/dynamo-table.ts';
import { readLedger } from '#app/query/read-ledger.ts';
import { checkFindings } from './checks/check-findings.ts';
import { checkTotals } from './checks/check-totals.ts';
import { ClockFile } from './clock/clock-file.ts';
import { replaceDate } from './clock/replace-date.ts';
import { isAnyChildRunning } from './clock/running-children.ts';
import { StreamClock } from './clock/stream-clock.ts';
import { putArrivals } from './collect/put-arrivals.ts';
import { PutLedger } from './collect/put-ledger.ts';
import { survivorOf } from './collect/survivor.ts';
import { endOf } from './faults/fault-schedule.ts';
import { LoadGenerator, USUAL_LOAD } from './load/arrivals.ts';
import { SOAK_DEFAULTS, type SoakOptions } from './soak-options.ts';
import type { SoakFindings, SoakResult } from './soak-result.ts';
import { SoakWorld } from './soak-world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Six in the morning. */
const START_MS = Date.UTC(2026, 2, 2, 6);
/** Events that reach the stream within this time are put together. */
const TICK_MS = 2000;
/** What waits for more than a moment of real time waits for stream time to pass: then it passes fast. */
const PATIENCE_MS = 60;
const BUSY_SPEED = 20;
/** Minutes after the end in which windows close. */
const CLOSING_MINUTES = 10;

/** Runs the pipeline for hours of stream time, and says what it was like. Rejects where it could not go on. */
export async function runSoak(asked: SoakOptions): Promise<SoakResult> {
  // What would begin after the end of a shorter run is none of its faults.
  const faults = asked.schedule.faults.filter(({ at }) => at < asked.hours * HOUR_MS);
  const options = { ...asked, schedule: { ...asked.schedule, faults } };
  const folder = await mkdtemp(join(tmpdir(), 'weir-soak-'));
  const file = new ClockFile(join(folder, 'clock'));
  let skewMs = 0;
  const requests = { underWay: 0 };
  const clock = new StreamClock(
    {
      startMs: START_MS,
      idleSpeed: 60 / options.minutesPerHour,
      busySpeed: BUSY_SPEED,
      patienceMs: PATIENCE_MS,
    },
    (nowMs) => file.write({ nowMs, skewMs }),
    () => requests.underWay > 0 || isAnyChildRunning(),
  );
  const restoreDate = replaceDate(() => Math.floor(clock.nowMs()));
  try {
    const world = await SoakWorld.start(options, clock, folder, requests);
    try {
      const passing = clock.run();
      const run = new SoakRun(options, clock, world, new PutLedger(join(folder, 'put.csv')));
      world.faults.plan(
        clock,
        options.schedule.faults,
        (fault) => run.act(fault),
        () => {
          skewMs = world.faults.of('handler-clocks-apart')?.by ?? 0;
          file.write({ nowMs: clock.nowMs(), skewMs });
        },
      );
      const result = await Promise.race([
        run.result(),
        passing.then(() => Promise.reject(new Error('stopped'))),
      ]);
      clock.stop();
      await passing;
      return result;
    } finally {
      clock.stop();
      await world.stop();
    }
  } finally {
    restoreDate();
    file.close();
    await rm(folder, { recursive: true, force: true });
  }
}

class SoakRun {
  readonly #options: SoakOptions;
  readonly #clock: StreamClock;
  readonly #world: SoakWorld;
  readonly #put: PutLedger;
  readonly #hoursMs: number;
  #failure: unknown;
  #ended = false;

  constructor(options: SoakOptions, clock: StreamClock, world: SoakWorld, put: PutLedger) {
    this.#options = options;
    this.#clock = clock;
    this.#world = world;
    this.#put = put;
    this.#hoursMs = options.hours * HOUR_MS;
  }

  act(fault: Parameters<SoakWorld['act']>[0]): void {
    this.#world.act(fault).catch((error: unknown) => {
      this.#failure = error;
    });
  }

  async result(): Promise<SoakResult> {
    const begun = performance.now();
    const minutely = this.#minutely();
    await this.#feed();
    await this.#world.runtime.drained();
    const drainMinutes = (this.#clock.nowMs() - START_MS - this.#hoursMs) / MINUTE_MS;
    this.#ended = true;
    await minutely;
    const seconds = (performance.now() - begun) / 1000;
    for (let minute = 0; minute < CLOSING_MINUTES; minute++) {
      await this.#clock.until(this.#clock.nowMs() + MINUTE_MS);
      await this.#world.close();
    }
    await this.#world.schedulesDone();
    await this.#world.takeLetters();
    await this.#put.close();
    if (this.#failure !== undefined) throw this.#failure;
    const { soakPipeline } = this.#world;
    const { capacity, name } = soakPipeline.pipeline;
    const table = new DynamoTable(this.#world.clients.dynamodb, this.#world.table, name);
    const { hours, schedule, seed } = this.#options;
    const probes = await this.#world.probes();
    const findings: SoakFindings = {
      about: schedule.about,
      hours,
      seed,
      startMs: START_MS,
      faults: schedule.faults,
      minutes: this.#world.minutes.samples,
      probes,
      survivor: survivorOf(probes),
      processes: new Set(probes.map(({ pid }) => pid)).size,
      alarms: this.#world.alarms.names,
      turns: this.#world.alarms.turns,
      put: { events: this.#put.events, duplicates: this.#put.duplicates, bad: this.#put.bad },
      ledger: (await readLedger(table)).total,
      deadLetters: this.#world.letters.size,
      looks: this.#world.looks,
      capacityPerSecond:
        capacity !== null && 'eventsPerSecond' in capacity
          ? capacity.eventsPerSecond * schedule.shards
          : Number.NaN,
      repair: this.#world.repair,
      tableRequestsWhileDown: this.#world.tableRequests.whileDown,
      drainMinutes,
      realSeconds: seconds,
    };
    return {
      ...findings,
      checks: [
        ...checkFindings(findings, schedule),
        ...(await checkTotals(table, soakPipeline, this.#put.file)),
      ],
    };
  }

  async #feed(): Promise<void> {
    const { hours, schedule, seed } = this.#options;
    const load = new LoadGenerator({
      ...USUAL_LOAD,
      seed,
      hours,
      eventsPerSecond: schedule.load.eventsPerSecond ?? SOAK_DEFAULTS.eventsPerSecond,
      unpacked: schedule.load.unpacked ?? false,
      importShare: schedule.load.importShare ?? USUAL_LOAD.importShare,
      eventsARecord: schedule.load.eventsARecord ?? USUAL_LOAD.eventsARecord,
    });
    const { arrived } = this.#world;
    for (let elapsed = TICK_MS; elapsed <= this.#hoursMs && this.#failure === undefined; elapsed += TICK_MS) {
      const atMs = START_MS + elapsed;
      await this.#clock.until(atMs);
      const arrivals = load.next(atMs, elapsed, TICK_MS, this.#world.faults.load());
      const { clients, stream } = this.#world;
      await putArrivals(clients.kinesis, stream, arrivals.records, this.#clock, (record, shard, sequence) =>
        arrived?.add(record, shard, sequence, this.#clock.nowMs()),
      );
      this.#put.add(arrivals);
      this.#world.minutes.lag(this.#world.runtime.usage().iteratorAgeMs);
      this.#world.minutes.put(arrivals.valid.length + arrivals.bad + arrivals.duplicates);
    }
  }

  /** Closes windows, and ends each minute, until all is done. */
  async #minutely(): Promise<void> {
    for (let minute = 1; !this.#ended; minute++) {
      await this.#clock.until(START_MS + minute * MINUTE_MS);
      if (this.#isLookedAt(minute)) await this.#world.look(minute);
      await this.#world.endMinute(minute);
      this.#world.runSchedules();
      await this.#world.close();
      if (minute % 60 !== 0) continue;
      await this.#world.takeLetters();
      this.#options.tell(this.#hourLine(minute / 60));
    }
  }

  /** Whether the schedule asks for a look at that minute. */
  #isLookedAt(minute: number): boolean {
    const { faults, underLoad } = this.#options.schedule;
    if (underLoad === undefined) return false;
    const atMs = minute * MINUTE_MS;
    return faults.some(
      (fault) =>
        fault.fault === underLoad.during &&
        atMs >= fault.at + underLoad.after &&
        atMs <= endOf(fault) &&
        (atMs - fault.at - underLoad.after) % underLoad.every === 0,
    );
  }

  #hourLine(hour: number): string {
    const { samples } = this.#world.minutes;
    const last = samples.slice(-60);
    const put = last.reduce((sum, { eventsPut }) => sum + eventsPut, 0);
    const lag = Math.max(...last.map(({ lagMs }) => lagMs));
    return `hour ${hour}: ${put.toLocaleString('en')} events put, ${(lag / 1000).toFixed(0)} s behind at most`;
  }
}
