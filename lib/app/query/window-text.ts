/** A window as text, for maps: sessions that begin at the same time may end at different ones. */
export function windowText({
  windowStart,
  windowEnd,
}: {
  readonly windowStart: number;
  readonly windowEnd: number;
}): string {
  return `${windowStart}/${windowEnd}`;
}
