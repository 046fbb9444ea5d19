import type { HealthReport } from './check-health.ts';

/** A report as it is told to others, with ages as of `now`, in epoch milliseconds. */
export function healthJson(pipeline: string, { checks, freshness, ok }: HealthReport, now: number) {
  const { finalThrough, newestEvent, watermark } = freshness;
  return {
    pipeline,
    status: ok ? ('ok' as const) : ('failing' as const),
    checks: checks.map(({ ok: isOk, ...check }) => ({ ...check, status: isOk ? 'ok' : 'failing' })),
    freshness: {
      newestEvent: iso(newestEvent),
      ageMs: newestEvent === null ? null : Math.max(0, now - newestEvent),
      watermark: iso(watermark),
      finalThrough: iso(finalThrough),
    },
  };
}

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
