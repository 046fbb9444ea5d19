import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlarmTemplate } from '#local/alarms/template-alarms.ts';
import { synthTemplate } from '#test/infra/synth.ts';
import { AlarmRig, type Faults, VALID } from './alarm-rig.ts';
import { INJECTED_FAULTS, type ProvenAlarm } from './injected-faults.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

// The very alarms that would be deployed, those on a capped table included.
const CAPPED = { table: { readUnitsMax: 1000, writeUnitsMax: 1000 } };
const complete = (await synthTemplate(CAPPED)).toJSON() as AlarmTemplate;
// Canaries are in the way of faults that are made record by record.
const template = (await synthTemplate({ ...CAPPED, close: { canary: false } })).toJSON() as AlarmTemplate;
const proven = new Set<string>();

let rig: AlarmRig;

type Work = () => Promise<void>;

interface Fault {
  /** Done once, at its beginning. */
  readonly begin?: Work;
  /** Done in each period while it lasts. */
  readonly during: Work;
  /** Done once, when it is over. */
  readonly end?: Work;
}

/**
 * Sees an alarm off while all is well, on when the fault has lasted for no fewer periods than the alarm asks for, and
 * off again when it is over.
 */
async function expectToFire(name: ProvenAlarm, { begin, during, end }: Fault): Promise<void> {
  await rig.until(name, 'OK', rig.healthy);
  await begin?.();
  const periods = await rig.until(name, 'ALARM', during);
  expect(periods).toBeGreaterThanOrEqual(rig.alarms.get(name)?.datapoints ?? 1);
  await end?.();
  await rig.until(name, 'OK', rig.healthy);
  proven.add(name);
}

function proves(name: ProvenAlarm, fault: () => Fault): void {
  it(`${name}: ${INJECTED_FAULTS[name]}`, async () => {
    await expectToFire(name, fault());
    expect(rig.state(name)).toBe('OK');
  });
}

const nothing: Work = async () => {};

/** Until the stream refuses: so many records are put at once. */
async function putTooMuch(): Promise<void> {
  const one = { Data: Buffer.from(JSON.stringify(VALID)), PartitionKey: 'hot' };
  const Records = Array.from({ length: 400 }, () => one);
  for (let attempt = 0; attempt < 100; attempt++) {
    const puts = Array.from({ length: 3 }, () =>
      rig.clients.kinesis.send(new PutRecordsCommand({ StreamName: rig.names.stream, Records })),
    );
    const refused = (await Promise.all(puts)).some(({ FailedRecordCount: failed = 0 }) => failed > 0);
    if (refused) return rig.runtime.drained();
  }
  return expect.fail('the stream took everything');
}

/** Has the table hold its answers back while `work` is done. */
async function whileTableHangs(work: Work): Promise<void> {
  let release = () => {};
  rig.set({
    tableHangs: new Promise((resolve) => {
      release = resolve;
    }),
  });
  const request = rig.next('tableRequests');
  await rig.put([VALID]);
  await request;
  await work();
  rig.set({ tableHangs: undefined });
  release();
  await rig.runtime.drained();
}

/** So many that no partition of its own is too hot. */
const KEYS = Array.from({ length: 8 }, (_, i) => `key ${i}`);

function tableFault(kind: 'reads' | 'writes', tableLimit: Faults['tableLimit'], metric: string): Fault {
  return {
    begin: async () => {
      rig.set({ tableLimit });
    },
    during: () => rig.neighbours.overloadTable(kind, metric, tableLimit === 'partition' ? ['one'] : KEYS),
    end: async () => {
      rig.set({ tableLimit: 'partition' });
    },
  };
}

/** A fault that is there while a flag is set. */
function flagged(flag: 'mappingDisabled' | 'noConcurrency' | 'crashes' | 'tableDown', during: Work): Fault {
  return {
    begin: async () => {
      rig.set({ [flag]: true });
    },
    during,
    end: async () => {
      rig.set({ [flag]: false });
    },
  };
}

/** Something is wrong with the memory of the function's process. */
function memory(fault: 'full' | 'pauses'): Fault {
  return {
    begin: () => rig.setMemory(fault),
    during: rig.healthy,
    end: () => rig.setMemory('none'),
  };
}

const putAndInvoke: Work = async () => {
  const invocation = rig.next('ended');
  await rig.put([VALID]);
  await invocation;
};

describe('on the embedded runtime', () => {
  beforeAll(async () => {
    rig = await AlarmRig.start(template);
  });

  afterAll(() => rig.stop());

  it('no alarm is on while all is well', async () => {
    for (let minute = 0; minute < 16; minute++) await rig.period(rig.healthy);
    expect(rig.firing()).toEqual([]);
    expect(rig.state('pipeline-unhealthy')).toBe('OK');
  });

  it(`incoming-volume: ${INJECTED_FAULTS['incoming-volume']}`, async () => {
    for (let period = 0; period < 15; period++) await rig.period(rig.healthy, 5 * MINUTE_MS);
    await expectToFire('incoming-volume', { during: nothing });
    const flood = async () => {
      await rig.put([VALID], 200);
      await rig.runtime.drained();
    };
    await expectToFire('incoming-volume', { during: flood });
    expect(rig.state('incoming-volume')).toBe('OK');
  });

  proves('function-iterator-age', () => flagged('crashes', putAndInvoke));
  proves('function-errors', () => flagged('crashes', putAndInvoke));
  proves('function-throttled', () => flagged('noConcurrency', putAndInvoke));
  proves('pipeline-unhealthy', () => flagged('noConcurrency', putAndInvoke));
  proves('stream-unread', () => flagged('mappingDisabled', nothing));

  proves('closing-stopped', () => ({
    during: async () => {
      await rig.putOfNow();
      await rig.runtime.drained();
    },
  }));

  proves('finals-stale', () => ({
    begin: async () => {
      rig.set({ crashes: true });
      await putAndInvoke();
      rig.date.jump(20 * MINUTE_MS);
    },
    during: async () => {
      await putAndInvoke();
      await rig.close();
    },
    end: async () => {
      rig.set({ crashes: false });
    },
  }));

  proves('batches-unfinished', () =>
    flagged('tableDown', async () => {
      const metrics = rig.next('blobs');
      await rig.put([VALID]);
      await metrics;
    }),
  );

  proves('circuit-open', () => flagged('tableDown', putAndInvoke));
  proves('heap-near-limit', () => memory('full'));
  proves('gc-pauses', () => memory('pauses'));

  proves('stream-iterator-age', () => ({
    begin: async () => {
      rig.set({ readsLeft: 0 });
      for (let record = 0; record < 12; record++) await rig.put([VALID]);
      rig.date.jump(7 * HOUR_MS);
    },
    during: async () => {
      const read = rig.next('reads');
      rig.set({ readsLeft: 1 });
      await read;
    },
    end: async () => {
      rig.set({ readsLeft: undefined });
    },
  }));

  proves('function-duration', () => ({
    // An invocation that was under way in an earlier jump of the clock may have lasted as long.
    begin: async () => {
      for (let minute = 0; minute < 5; minute++) await rig.period(rig.healthy);
    },
    during: () => whileTableHangs(async () => rig.date.jump(55_000)),
  }));

  proves('function-concurrency', () => ({
    during: async () => {
      let other: Promise<unknown> = Promise.resolve();
      await whileTableHangs(async () => {
        other = rig.invoke(rig.lastEvent);
      });
      await other;
    },
  }));

  proves('stream-writes-throttled', () => ({ during: putTooMuch }));
  proves('stream-reads-throttled', () => ({ during: () => rig.neighbours.overloadReads() }));

  proves('table-reads-throttled-by-partition', () =>
    tableFault('reads', 'partition', 'ReadKeyRangeThroughputThrottleEvents'),
  );
  proves('table-writes-throttled-by-partition', () =>
    tableFault('writes', 'partition', 'WriteKeyRangeThroughputThrottleEvents'),
  );
  proves('table-reads-throttled-by-account', () =>
    tableFault('reads', 'account', 'ReadAccountLimitThrottleEvents'),
  );
  proves('table-writes-throttled-by-account', () =>
    tableFault('writes', 'account', 'WriteAccountLimitThrottleEvents'),
  );
  proves('table-reads-throttled-by-maximum', () =>
    tableFault('reads', 'maximum', 'ReadMaxOnDemandThroughputThrottleEvents'),
  );
  proves('table-writes-throttled-by-maximum', () =>
    tableFault('writes', 'maximum', 'WriteMaxOnDemandThroughputThrottleEvents'),
  );

  proves('invalid-rate', () => ({ during: rig.invalid(15, 9) }));

  proves('dead-letters-depth', () => ({
    begin: rig.invalid(1000),
    during: nothing,
    end: () => rig.purge('WEIR_DEAD_LETTER_QUEUE_URL'),
  }));

  proves('dead-letters-age', () => ({
    begin: async () => {
      await rig.period(rig.invalid(1));
      rig.date.jump(4.1 * HOUR_MS);
    },
    during: nothing,
    end: () => rig.purge('WEIR_DEAD_LETTER_QUEUE_URL'),
  }));
});

describe('on the embedded runtime, with a mapping that somebody has limited to no retries', () => {
  beforeAll(async () => {
    rig = await AlarmRig.start(template, { retryAttempts: 0 });
  });

  afterAll(() => rig.stop());

  const giveUp: Work = async () => {
    await rig.put([VALID]);
    await rig.runtime.drained();
  };

  proves('failure-queue-depth', () => {
    const crashing = flagged('crashes', giveUp);
    return {
      ...crashing,
      end: async () => {
        await crashing.end?.();
        // Without anybody who deals with them the messages stay, and so does the alarm: even when SQS has stopped to
        // publish anything of the queue.
        for (let hours = 0; hours < 10; hours += 5) {
          rig.date.jump(5 * HOUR_MS);
          await rig.period(rig.healthy);
        }
        await rig.until('failure-queue-depth', 'ALARM', rig.healthy);
        await rig.purge('WEIR_FAILURE_QUEUE_URL');
      },
    };
  });

  proves('records-given-up', () => flagged('crashes', giveUp));

  const withoutQueue = (): Fault => {
    const crashing = flagged('crashes', giveUp);
    return {
      during: giveUp,
      begin: async () => {
        await rig.removeFailureQueue();
        await crashing.begin?.();
      },
      end: async () => {
        await crashing.end?.();
        await rig.makeFailureQueue();
      },
    };
  };
  proves('records-dropped', withoutQueue);
  proves('destination-failures', withoutQueue);
});

describe('on the embedded runtime, with canaries', () => {
  beforeAll(async () => {
    rig = await AlarmRig.start(complete, {}, true);
  });

  afterAll(() => rig.stop());

  it('no alarm is on while all is well', async () => {
    for (let minute = 0; minute < 6; minute++) await rig.period(rig.healthy);
    expect(rig.firing()).toEqual([]);
  });

  proves('answers-stale', () =>
    flagged('crashes', async () => {
      const invocation = rig.next('ended');
      await rig.close();
      await invocation;
    }),
  );
});

describe('the proof', () => {
  it('is of every alarm in the template', () => {
    const names = [...rig.alarms.keys(), 'pipeline-unhealthy'];
    expect([...proven].sort()).toEqual(names.sort());
    expect(Object.keys(INJECTED_FAULTS).sort()).toEqual(names.sort());
  });
});
