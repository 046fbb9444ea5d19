import type { MetricStore } from '#local/alarms/metric-store.ts';
import { type ServiceFront, serviceError } from '#local/limits/forwarding-server.ts';
import { TABLE_LIMITS, tableLimits } from '#local/limits/table-limits.ts';
import type { StreamClock } from '../clock/stream-clock.ts';
import type { ActiveFaults } from './active-faults.ts';

/** Requests that the table got, and what became of them. */
export interface TableRequests {
  total: number;
  /** Got no answer, or an error, because the table was down or not to be reached. */
  whileDown: number;
}

/** A table with the limits that DynamoDB has, and with what is the matter with it now. */
export function faultyTable(
  store: MetricStore,
  table: string,
  faults: ActiveFaults,
  clock: StreamClock,
  requests: TableRequests,
): ServiceFront {
  const usual = tableLimits(store, table);
  let throttled: { readonly units: number; readonly front: ServiceFront } | undefined;
  const wait = (ms: number) => clock.until(clock.nowMs() + ms);
  return async (request, forward) => {
    requests.total += 1;
    if (faults.of('table-down') !== undefined) {
      requests.whileDown += 1;
      return serviceError(500, 'InternalServerError', 'The service is down.');
    }
    const unreachable = faults.of('table-unreachable');
    if (unreachable !== undefined) {
      requests.whileDown += 1;
      await wait(unreachable.answerAfter);
      return serviceError(503, 'ServiceUnavailable', 'The service can not be reached.');
    }
    const slow = faults.of('table-slow');
    if (slow !== undefined) await wait(slow.answerAfter);
    const limited = faults.of('table-throttled');
    if (limited === undefined) return usual(request, forward);
    if (throttled?.units !== limited.units) {
      const units = { reads: TABLE_LIMITS.account.reads, writes: limited.units };
      throttled = {
        units: limited.units,
        front: tableLimits(store, table, { ...TABLE_LIMITS, maximum: units }),
      };
    }
    return throttled.front(request, forward);
  };
}
