const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });

/** `1234567` as `1,234,567`. */
export function whole(value: number): string {
  return WHOLE.format(value);
}

/** At most two digits behind the point. */
export function short(value: number): string {
  return SHORT.format(value);
}

/** `1 event`, `2 events`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/** A length of time for people: `850 ms`, `4.2 s`, `3 min 10 s`. */
export function seconds(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`;
  return `${Math.floor(durationMs / 60_000)} min ${Math.round((durationMs % 60_000) / 1000)} s`;
}

/** A window's start or end in UTC, without what is zero: `2001-01-01`, `2001-01-01 13:00`. */
export function instant(epochMs: number): string {
  const text = new Date(epochMs).toISOString();
  if (text.endsWith('T00:00:00.000Z')) return text.slice(0, -14);
  if (text.endsWith(':00.000Z')) return text.slice(0, -8).replace('T', ' ');
  return text.slice(0, -5).replace('T', ' ');
}
