import { isotonic } from '../../statistics/isotonic.ts';
import { logit, sigmoid } from '../../statistics/logistic-belief.ts';

/** Outcomes by what was stated: bins of equal width in log-odds; counts fade day by day. */
export interface Recalibration {
  /** Sum of stated log-odds, events, forecasts, for each bin. */
  bins: [odds: number, events: number, total: number][];
  today: [odds: number, events: number, total: number][];
  /** log-odds → log-odds: a + b·x. */
  line: [number, number];
  /** Share of events by bin, never falling; null while there are too few outcomes. */
  steps: number[] | null;
}

const BINS = 33;
const WIDEST = 8;
/** Below this many events or non-events the line stays as it is. */
const LEAST_EVENTS = 20;
/** From this many outcomes on the steps have a say. */
const ENOUGH = 1_000;
/** What the identity is worth, in outcomes, when the line is fitted. */
const PRIOR_PRECISION = 20;

const bins = (): Recalibration['bins'] => Array.from({ length: BINS }, () => [0, 0, 0]);

export function freshRecalibration(): Recalibration {
  return { bins: bins(), today: bins(), line: [0, 1], steps: null };
}

export function noteOutcome(one: Recalibration, raw: number, failed: number): void {
  const odds = logit(raw);
  const bin = one.today[binOf(odds)]!;
  bin[0] += odds;
  bin[1] += failed;
  bin[2] += 1;
}

/** A line through the log-odds (Platt), from a thousand outcomes on half and half with an isotonic step function. */
export function recalibrated(one: Recalibration, raw: number): number {
  const odds = logit(raw);
  const byLine = sigmoid(one.line[0] + one.line[1] * odds);
  if (one.steps === null) return byLine;
  const place = ((odds + WIDEST) / (2 * WIDEST)) * (BINS - 1);
  const low = Math.max(0, Math.min(BINS - 2, Math.floor(place)));
  const share = Math.max(0, Math.min(1, place - low));
  const bySteps = one.steps[low]! * (1 - share) + one.steps[low + 1]! * share;
  return 0.5 * byLine + 0.5 * bySteps;
}

export function endRecalibrationDay(one: Recalibration, keep: number): void {
  one.bins.forEach((bin, i) => {
    const fresh = one.today[i]!;
    for (const k of [0, 1, 2] as const) {
      bin[k] = keep * bin[k] + fresh[k];
      fresh[k] = 0;
    }
  });
  const total = one.bins.reduce((sum, [, , n]) => sum + n, 0);
  const events = one.bins.reduce((sum, [, n]) => sum + n, 0);
  one.line = Math.min(events, total - events) < LEAST_EVENTS ? [0, 1] : fitLine(one.bins);
  one.steps = total < ENOUGH || events < LEAST_EVENTS ? null : fitSteps(one.bins, one.line);
}

function binOf(odds: number): number {
  const place = Math.round(((odds + WIDEST) / (2 * WIDEST)) * (BINS - 1));
  return Math.max(0, Math.min(BINS - 1, place));
}

/** Newton steps from the identity, held to it by a weak prior. */
function fitLine(bins: Recalibration['bins']): [number, number] {
  let a = 0;
  let b = 1;
  for (let step = 0; step < 8; step += 1) {
    let [ga, gb, haa, hab, hbb] = [
      -PRIOR_PRECISION * a,
      -PRIOR_PRECISION * (b - 1),
      PRIOR_PRECISION,
      0,
      PRIOR_PRECISION,
    ];
    for (const [odds, events, total] of bins) {
      if (total === 0) continue;
      const x = odds / total;
      const p = sigmoid(a + b * x);
      const weight = total * p * (1 - p);
      ga += events - total * p;
      gb += (events - total * p) * x;
      haa += weight;
      hab += weight * x;
      hbb += weight * x * x;
    }
    const determinant = haa * hbb - hab * hab;
    a += (hbb * ga - hab * gb) / determinant;
    b += (haa * gb - hab * ga) / determinant;
  }
  return [Math.max(-2, Math.min(2, a)), Math.max(0.3, Math.min(2, b))];
}

/** Each bin is drawn to the line as if that had been seen ten times. */
function fitSteps(bins: Recalibration['bins'], [a, b]: [number, number]): number[] {
  return isotonic(
    bins.map(([, events, total], i) => {
      const center = ((i / (BINS - 1)) * 2 - 1) * WIDEST;
      const weight = total + 10;
      return { value: (events + 10 * sigmoid(a + b * center)) / weight, weight };
    }),
  );
}
