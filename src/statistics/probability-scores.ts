/** A stated probability (0..1) and what happened: 1 or 0. */
export interface Stated {
  probability: number;
  outcome: number;
}

/** Mean squared error of the probabilities (Brier 1950); 0 is perfect. NaN when empty. */
export function brierScore(stated: readonly Stated[]): number {
  return mean(stated.map(({ probability, outcome }) => (probability - outcome) ** 2));
}

/** 1 − Brier / Brier of always stating the share of events in hindsight; NaN when nothing ever differs. */
export function brierSkill(stated: readonly Stated[]): number {
  const base = mean(stated.map(({ outcome }) => outcome));
  return 1 - brierScore(stated) / (base * (1 - base));
}

/** Area under the precision-recall curve as average precision; equal probabilities count as one step. */
export function averagePrecision(stated: readonly Stated[]): number {
  const sorted = stated.toSorted((a, b) => b.probability - a.probability);
  const events = sorted.filter(({ outcome }) => outcome === 1).length;
  let area = 0;
  let hits = 0;
  for (let i = 0; i < sorted.length;) {
    const before = hits;
    const { probability } = sorted[i]!;
    for (; i < sorted.length && sorted[i]!.probability === probability; i += 1)
      hits += sorted[i]!.outcome;
    area += ((hits - before) / events) * (hits / i);
  }
  return area;
}

/** A row of a reliability table: forecasts of about one size, and how often the event came. */
export interface ReliabilityBin {
  count: number;
  stated: number;
  observed: number;
}

/** Bins of equal count, from low to high probability. */
export function reliability(stated: readonly Stated[], bins: number): ReliabilityBin[] {
  const sorted = stated.toSorted((a, b) => a.probability - b.probability);
  return Array.from({ length: bins }, (_, i) => {
    const part = sorted.slice(
      Math.floor((i * sorted.length) / bins),
      Math.floor(((i + 1) * sorted.length) / bins),
    );
    return {
      count: part.length,
      stated: mean(part.map(({ probability }) => probability)),
      observed: mean(part.map(({ outcome }) => outcome)),
    };
  }).filter(({ count }) => count > 0);
}

/** Expected calibration error over bins of equal count: how far stated and observed lie apart on average. */
export function calibrationError(stated: readonly Stated[], bins = 15): number {
  const table = reliability(stated, bins);
  const off = table.reduce((sum, bin) => sum + bin.count * Math.abs(bin.stated - bin.observed), 0);
  return off / stated.length;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
