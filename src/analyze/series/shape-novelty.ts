/** How unlike anything before the last few values are: the distance to the nearest of some windows of the past. */
export interface ShapeNovelty {
  /** Mean distance per value; null until there is a past to compare with. */
  judge(value: number): number | null;
}

const WIDTH = 8;
const KEPT = 128;
const LEAST_KEPT = 32;
/** Looked for at every second value. */
const STRIDE = 2;
/** The past is replaced no slower than one window in twenty looked at. */
const LEAST_SHARE = 0.05;
const MODULUS = 2_147_483_647;
const MULTIPLIER = 48_271;

export function createShapeNovelty(): ShapeNovelty {
  const recent = new Float64Array(WIDTH);
  const windows = new Float64Array(KEPT * WIDTH);
  let kept = 0;
  let rows = 0;
  let dice = 1;
  let novelty: number | null = null;

  /** The slot to put the window into, or none: a reservoir drawn with dice that are the same for every series. */
  function slot(): number | null {
    if (kept < KEPT) return kept++;
    dice = (dice * MULTIPLIER) % MODULUS;
    const share = Math.max((KEPT * STRIDE) / rows, LEAST_SHARE);
    return dice / MODULUS < share ? Math.floor((dice / MODULUS / share) * KEPT) : null;
  }

  return {
    judge(value) {
      recent.copyWithin(0, 1);
      recent[WIDTH - 1] = value;
      rows += 1;
      if (rows < WIDTH || rows % STRIDE !== 0) return novelty;
      if (kept >= LEAST_KEPT) novelty = nearest(recent, windows, kept) / WIDTH;
      const to = slot();
      if (to !== null) windows.set(recent, to * WIDTH);
      return novelty;
    },
  };
}

function nearest(recent: Float64Array, windows: Float64Array, kept: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let from = 0; from < kept * WIDTH; from += WIDTH) {
    let sum = 0;
    for (let i = 0; i < WIDTH && sum < best; i += 1)
      sum += Math.abs(recent[i]! - windows[from + i]!);
    if (sum < best) best = sum;
  }
  return best;
}
