/** The word with the fewest letters to change, add or drop; null when even that is half of the word or more. */
export function nearestWord(word: string, words: readonly string[]): string | null {
  const own = word.toLowerCase();
  let best: { word: string; distance: number } | null = null;
  for (const other of words) {
    const distance = editDistance(own, other.toLowerCase());
    if (best === null || distance < best.distance) best = { word: other, distance };
  }
  return best !== null && best.distance * 2 < Math.max(own.length, 2) ? best.word : null;
}

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
