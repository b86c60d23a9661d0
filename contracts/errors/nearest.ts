/**
 * The candidate that a mistyped word most likely meant, or null when nothing is close. Distance is optimal string alignment
 * (Levenshtein plus the swap of two neighbours), case ignored; up to a third of the word, and at least one edit, may be wrong.
 * A word that is a whole part of a longer candidate (`missing` in `maxMissingShare`) is close too. Ties go to the earlier candidate.
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const lower = word.toLowerCase();
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: { readonly name: string; readonly distance: number } | null = null;
  for (const name of candidates) {
    const distance = distanceTo(lower, name.toLowerCase(), limit);
    if (distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { name, distance };
  }
  return best?.name ?? null;
}

function distanceTo(word: string, candidate: string, limit: number): number {
  if (Math.abs(word.length - candidate.length) <= limit) {
    const edits = editDistance(word, candidate);
    if (edits <= limit) return edits;
  }
  const partOf = word.length >= 4 && (candidate.includes(word) || (candidate.length >= 4 && word.includes(candidate)));
  return partOf ? limit + 1 : Number.POSITIVE_INFINITY;
}

/** Optimal string alignment distance of two short words. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const edit = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      row[j] = swapped ? Math.min(edit, beforeLast[j - 2]! + 1) : edit;
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/** ` Did you mean "x"?`-style advice: the nearest name, or all of them while they are few. */
export function suggest(word: string, candidates: readonly string[], what: string): string {
  const near = nearest(word, candidates);
  if (near !== null) return `Did you mean "${near}"?`;
  if (candidates.length === 0) return `There is no ${what} yet.`;
  const shown = candidates.slice(0, 12).join(', ');
  return `Known: ${shown}${candidates.length > 12 ? `, and ${candidates.length - 12} more` : ''}.`;
}
