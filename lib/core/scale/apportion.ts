/** What is to be evened out, and how far. */
export interface ApportionGoal {
  /** What is whole is left so up to so many times the mean. */
  readonly wholeMax: number;
  /** What is divided is so until no part of it has more than so many times the mean. */
  readonly partMax: number;
  /** Parts of less than this are left as they are. */
  readonly from: number;
  /** Parts of all loads together, at most. */
  readonly partsMax: number;
}

/**
 * In how many equal parts each load is to be divided so that none stands out: a part more to whatever has the heaviest
 * ones, until they are near enough to the mean of all (the method of highest averages, of Adams). What is whole is left
 * so a little longer: else one that is hardly too much would be divided, and all the others after it.
 */
export function apportion(
  loads: readonly number[],
  { from, partMax, partsMax, wholeMax }: ApportionGoal,
): number[] {
  const parts = loads.map(() => 1);
  const total = loads.reduce((sum, load) => sum + load, 0);
  for (let count = loads.length; count < partsMax; count++) {
    let heaviest = 0;
    const partOf = (at: number) => (loads[at] ?? 0) / (parts[at] ?? 1);
    for (let at = 1; at < loads.length; at++) if (partOf(at) > partOf(heaviest)) heaviest = at;
    const part = partOf(heaviest);
    const most = parts[heaviest] === 1 ? wholeMax : partMax;
    if (part < from || part <= (most * total) / count) break;
    parts[heaviest] = (parts[heaviest] ?? 1) + 1;
  }
  return parts;
}
