/** Where a value is drawn, and which values are written at an axis. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

const TICKS = 4;

/** From 0 to a round number that is not below `most`. */
export function linearScale(most: number, bottom: number, top: number): Scale {
  const step = roundUp(Math.max(most, 1e-9) / TICKS);
  const end = Math.ceil(most / step || 1) * step;
  return {
    at: (value) => bottom + (Math.min(value, end) / end) * (top - bottom),
    ticks: Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step),
  };
}

/** By powers of ten, from that of `least` to that above `most`; what is below is drawn at the bottom. */
export function logScale(least: number, most: number, bottom: number, top: number): Scale {
  const from = Math.floor(Math.log10(Math.max(least, 1e-6)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(most, 1e-6))));
  return {
    at: (value) => {
      const part = (Math.log10(Math.max(value, 10 ** from)) - from) / (to - from);
      return bottom + Math.min(1, part) * (top - bottom);
    },
    ticks: Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i)),
  };
}

/** 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((times) => times * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}
