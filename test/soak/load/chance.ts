/** One of these, each as likely. */
export function pick<T>(random: () => number, from: readonly T[]): T {
  const picked = from[Math.floor(random() * from.length)];
  if (picked === undefined) throw new RangeError('there is nothing to pick from');
  return picked;
}

/** 0 to `count` − 1, n about as likely as 1/(n + 1): the popular and the rest. */
export function zipf(random: () => number, count: number): number {
  return Math.min(count - 1, Math.floor((count + 1) ** random()) - 1);
}

/** A whole number whose mean is `mean`. */
export function wholeNumber(random: () => number, mean: number): number {
  return Math.floor(mean + random());
}
