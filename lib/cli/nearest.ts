/** The known name that is nearest to what was typed, if one is near enough to have been meant. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const distances = known.map((name) => ({
    name,
    edits: editDistance(typed.toLowerCase(), name.toLowerCase()),
  }));
  const best = distances.sort((a, b) => a.edits - b.edits)[0];
  return best !== undefined && best.edits <= Math.max(1, Math.floor(best.name.length / 3))
    ? best.name
    : undefined;
}

/** `… Did you mean x?`, or what there is to choose from. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const name = nearest(typed, known);
  return name === undefined
    ? `There ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}.`
    : `Did you mean ${name}?`;
}

/** Levenshtein's distance: insertions, deletions and replacements of one character. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
