const HOUR_MS = 3_600_000;
/** Of the day's top, at night. */
const FLOOR = 0.2;
/** How far the load wanders around the curve. */
const NOISE = 0.15;

/**
 * How much load there is at a moment, as a part of the day's top: a daily curve, whose top is as far from the middle of
 * the second hour as from that of the last one, so that these two are alike; and slow noise around it.
 *
 * @param elapsedMs since the beginning of the run
 */
export function dailyCurve(elapsedMs: number, hours: number, phase: number): number {
  const topHour = (1.5 + (hours - 0.5)) / 2;
  const angle = ((elapsedMs / HOUR_MS - topHour) / 24) * 2 * Math.PI;
  const level = FLOOR + (1 - FLOOR) * ((1 + Math.cos(angle)) / 2) ** 3;
  const minutes = elapsedMs / 60_000;
  // Waves whose periods share no multiple, and which have gone round as often in the one hour as in the other.
  const noise = [11, 7, 3].reduce(
    (sum, waves, i) => sum + Math.sin((minutes / 60) * waves * 2 * Math.PI + phase * (i + 1)),
    0,
  );
  return level * (1 + (NOISE * noise) / 3);
}
