/**
 * One probability for several that may depend on each other: the Cauchy combination (Liu and Xie, JASA 2020). Their
 * tangents are averaged; dependence hardly moves the far tail. Above one half a probability counts as one half: it is
 * no evidence against what another shows.
 */
export function combineDependent(probabilities: readonly number[]): number {
  if (probabilities.length === 0) return 1;
  let sum = 0;
  for (const p of probabilities) sum += cauchyOf(Math.min(0.5, Math.max(1e-300, p)));
  const mean = sum / probabilities.length;
  return mean > 1e6 ? 1 / (mean * Math.PI) : 0.5 - Math.atan(mean) / Math.PI;
}

/** The Cauchy quantile of 1 − p; the tangent loses its digits near its pole. */
function cauchyOf(p: number): number {
  return p < 1e-6 ? 1 / (p * Math.PI) : Math.tan((0.5 - p) * Math.PI);
}

/**
 * The largest probability that still counts as a discovery among `tests` tests, so that at most a share `q` of the
 * discoveries is false (Benjamini and Hochberg, 1995); 0 when none does. Tests not listed are not surprising.
 */
export function discoveryLimit(probabilities: readonly number[], tests: number, q: number): number {
  const sorted = probabilities.toSorted((a, b) => a - b);
  for (let rank = sorted.length; rank > 0; rank -= 1) {
    const p = sorted[rank - 1] ?? 1;
    if (p <= (q * rank) / Math.max(tests, sorted.length)) return p;
  }
  return 0;
}
