/**
 * A logistic regression that learns day by day: a normal belief about its weights, N(mean, precision⁻¹), moved by one
 * Newton step over the day's sums. The sums are taken at frozen weights, so that the order within a day does not
 * matter (up to rounding). Old data fades; the prior never does, and holds what the data does not speak about.
 */
export interface LogisticBelief {
  mean: number[];
  /** What the data seen so far says, lower triangle by rows; without the prior. */
  information: number[];
  /** The same times the weights it speaks for. */
  evidence: number[];
  /** Sums of the day that has not ended: gradient, and curvature as lower triangle. */
  gradient: number[];
  curvature: number[];
}

export interface LogisticPrior {
  mean: readonly number[];
  /** 1/variance, the same for every weight. */
  precision: number;
}

/** No single day moves a weight by more. */
const LONGEST_STEP = 0.5;

export function freshBelief(prior: LogisticPrior): LogisticBelief {
  const width = prior.mean.length;
  const triangle = (width * (width + 1)) / 2;
  return {
    mean: [...prior.mean],
    information: zeros(triangle),
    evidence: zeros(width),
    gradient: zeros(width),
    curvature: zeros(triangle),
  };
}

export function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function dot(weights: readonly number[], x: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) sum += weights[i]! * x[i]!;
  return sum;
}

/** Adds one example with outcome `y` (0 or 1) to the day's sums. */
export function observe(belief: LogisticBelief, x: readonly number[], y: number): void {
  const p = sigmoid(dot(belief.mean, x));
  const weight = p * (1 - p);
  let at = 0;
  for (let i = 0; i < x.length; i += 1) {
    belief.gradient[i]! += (y - p) * x[i]!;
    const wx = weight * x[i]!;
    for (let j = 0; j <= i; j += 1, at += 1) belief.curvature[at]! += wx * x[j]!;
  }
}

/** Ends the day: what was known fades by `keep` (0..1), the day's sums come in, and the weights take their step. */
export function endDay(belief: LogisticBelief, prior: LogisticPrior, keep: number): void {
  const { mean, information, evidence, gradient, curvature } = belief;
  const width = mean.length;
  const moved = times(curvature, mean);
  for (let i = 0; i < information.length; i += 1)
    information[i] = keep * information[i]! + curvature[i]!;
  for (let i = 0; i < width; i += 1) evidence[i] = keep * evidence[i]! + moved[i]! + gradient[i]!;
  const pull = evidence.map((value, i) => value + prior.precision * prior.mean[i]!);
  const wanted = solve(withPrior(information, prior.precision, width), pull);
  for (let i = 0; i < width; i += 1) {
    const step = wanted[i]! - mean[i]!;
    mean[i]! += Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, step));
  }
  gradient.fill(0);
  curvature.fill(0);
}

function times(triangle: readonly number[], vector: readonly number[]): number[] {
  return vector.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < vector.length; j += 1) {
      const [row, column] = i >= j ? [i, j] : [j, i];
      sum += triangle[(row * (row + 1)) / 2 + column]! * vector[j]!;
    }
    return sum;
  });
}

/** Variance of the log-odds at `x` from not knowing the weights. */
export function logitVariance(factor: readonly number[], x: readonly number[]): number {
  const forward = substitute(factor, x);
  return forward.reduce((sum, value) => sum + value * value, 0);
}

/** Cholesky factor of the belief's precision, lower triangle by rows; for `logitVariance`. */
export function precisionFactor(belief: LogisticBelief, prior: LogisticPrior): number[] {
  return cholesky(withPrior(belief.information, prior.precision, belief.mean.length));
}

function withPrior(information: readonly number[], precision: number, width: number): number[] {
  const sum = [...information];
  for (let i = 0; i < width; i += 1) sum[(i * (i + 3)) / 2]! += precision;
  return sum;
}

function solve(triangle: readonly number[], right: readonly number[]): number[] {
  const factor = cholesky(triangle);
  const x = substitute(factor, right);
  for (let i = x.length - 1; i >= 0; i -= 1) {
    let sum = x[i]!;
    for (let k = i + 1; k < x.length; k += 1) sum -= factor[(k * (k + 1)) / 2 + i]! * x[k]!;
    x[i] = sum / factor[(i * (i + 3)) / 2]!;
  }
  return x;
}

function cholesky(triangle: readonly number[]): number[] {
  const factor = [...triangle];
  const width = (Math.sqrt(8 * triangle.length + 1) - 1) / 2;
  for (let i = 0; i < width; i += 1) {
    const row = (i * (i + 1)) / 2;
    for (let j = 0; j <= i; j += 1) {
      const other = (j * (j + 1)) / 2;
      let sum = factor[row + j]!;
      for (let k = 0; k < j; k += 1) sum -= factor[row + k]! * factor[other + k]!;
      factor[row + j] = i === j ? Math.sqrt(Math.max(sum, 1e-9)) : sum / factor[other + j]!;
    }
  }
  return factor;
}

function substitute(factor: readonly number[], right: readonly number[]): number[] {
  const x = [...right];
  for (let i = 0; i < x.length; i += 1) {
    const row = (i * (i + 1)) / 2;
    let sum = x[i]!;
    for (let k = 0; k < i; k += 1) sum -= factor[row + k]! * x[k]!;
    x[i] = sum / factor[row + i]!;
  }
  return x;
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}
