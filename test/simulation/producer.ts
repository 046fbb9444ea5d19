import type { NewRecord } from './expected-event.ts';
import { EventMaker } from './make-events.ts';
import { makeBadRecord, makeKillingRecord, makeRecord } from './make-record.ts';
import { Random } from './random.ts';
import type { SimulatedMapping } from './simulated-mapping.ts';
import type { SimulatedStream } from './simulated-stream.ts';
import { START_MS, type World } from './world.ts';

/** Records come together, so that a batch has several: one by one they would be as many invocations. */
const BURST_RECORDS_MAX = 40;
const BURST_MS = 1000;
/** How many of a seed's records come while it is overloaded. */
const OVERLOAD_SHARE = 0.5;

/** Puts the seed's records, in bursts and pauses, and splits and merges shards meanwhile. */
export class Producer {
  put = 0;
  /** When records come. */
  readonly burstsMs: number[] = [];
  readonly #world: World;
  readonly #stream: SimulatedStream;
  readonly #mapping: SimulatedMapping;
  readonly #random: Random;
  readonly #maker: EventMaker;
  readonly #earlier: { readonly record: NewRecord; readonly hash: number }[] = [];
  /** Hashes are below it: less than 1 while some shards idle. */
  #hashesTo = 1;

  constructor(world: World, stream: SimulatedStream, mapping: SimulatedMapping) {
    this.#world = world;
    this.#stream = stream;
    this.#mapping = mapping;
    this.#random = new Random(world.plan.seed, 'producer');
    this.#maker = new EventMaker(world.plan, this.#random, world.dice);
  }

  /** Plans all that the producers will do. */
  start(): void {
    const { clock, dice, plan } = this.#world;
    const levels = new Random(plan.seed, 'load');
    for (let left = plan.records; left > 0; ) {
      const burst = Math.min(left, this.#random.magnitude(1, BURST_RECORDS_MAX));
      const timeMs = this.#random.int(START_MS, START_MS + plan.putForMs);
      this.burstsMs.push(timeMs);
      for (let i = 0; i < burst; i++)
        clock.at(this.#underLoad(levels) ?? timeMs + this.#random.int(0, BURST_MS), () => this.#putRecord());
      left -= burst;
    }
    const random = new Random(plan.seed, 'reshards');
    for (let i = 0; i < plan.reshards; i++)
      clock.at(random.int(START_MS, START_MS + plan.putForMs), () => this.#reshard(random));
    if (dice.strikes('idle_shard', random)) {
      const from = random.int(START_MS, START_MS + plan.putForMs);
      clock.at(from, () => {
        this.#hashesTo = 0.3;
      });
      clock.at(from + random.int(0, plan.putForMs), () => {
        this.#hashesTo = 1;
      });
    }
  }

  /** Under overload, records come all the time: when one comes that is part of that, if it is. */
  #underLoad(random: Random): number | undefined {
    const overload = this.#world.plan.levels?.overload;
    if (overload === undefined || !random.chance(OVERLOAD_SHARE)) return undefined;
    return START_MS + random.int(overload.fromMs, overload.toMs);
  }

  #putRecord(): void {
    const { clock, world } = { clock: this.#world.clock, world: this.#world };
    const { record, hash } = this.#make(clock.nowMs);
    const arrivalMs = clock.nowMs + this.#random.int(0, 20);
    const { shard, record: stored } = this.#stream.put(hash, record, arrivalMs);
    this.put += 1;
    if (world.isTraced) {
      const verdicts = record.events.map(({ verdict }) => verdict).join();
      world.trace(
        `record ${stored.sequence} of ${record.data.length} bytes is put into ${shard.id}: ${verdicts}`,
      );
    }
    this.#mapping.wake(shard);
  }

  /** A record, and the hash of its key: that of a copy is the same, so it is put where the first was, or its heir. */
  #make(nowMs: number): { record: NewRecord; hash: number } {
    const random = this.#random;
    const { dice, plan } = this.#world;
    if (this.#earlier.length > 0 && dice.strikes('producer_duplicate', random)) {
      const from = random.chance(0.5) ? 0 : Math.max(0, this.#earlier.length - 20);
      return this.#earlier[random.int(from, this.#earlier.length - 1)] ?? random.pick(this.#earlier);
    }
    const count = random.int(1, plan.eventsPerRecordMax);
    const made = { record: this.#makeNew(count, nowMs), hash: random.next() * this.#hashesTo };
    this.#earlier.push(made);
    return made;
  }

  #makeNew(count: number, nowMs: number): NewRecord {
    const { dice } = this.#world;
    if (dice.strikes('poison', this.#random)) return makeKillingRecord(this.#random);
    if (dice.strikes('bad_event', this.#random))
      return makeBadRecord(this.#random, this.#maker, count, nowMs);
    return makeRecord(this.#random, this.#maker, count, nowMs);
  }

  #reshard(random: Random): void {
    const open = [...this.#stream.open].sort((a, b) => a.from - b.from);
    const at = random.int(0, open.length - 1);
    const shard = open[at];
    const right = open[at + 1];
    const isMerge = random.chance(0.5) && right !== undefined;
    if (shard === undefined || (open.length > 5 && !isMerge)) return;
    if (!this.#world.dice.strikes(isMerge ? 'merge' : 'split', random)) return;
    if (isMerge) this.#stream.merge(shard, right);
    else this.#stream.split(shard);
    this.#world.trace(`${shard.id} is ${isMerge ? `merged with ${right.id}` : 'split'}`);
    this.#mapping.wake(shard);
    if (isMerge) this.#mapping.wake(right);
    this.#mapping.discover();
  }
}
