import { fitLine } from '../../statistics/line.ts';
import { median, pooledSpread, wideSpread } from '../../statistics/robust.ts';
import type { RecentRun, Score } from './job-state.ts';

/** Runs a baseline looks back on, at most. */
const WINDOW = 30;
/** Below these, relative changes mean nothing. */
const SIZE_FLOOR_BYTES = 1 << 20;
const SECONDS_FLOOR = 10;
/** What similar jobs scatter like, worth ten runs of the job's own (docs/reference/findings.md). */
const SIZE_PRIOR = { spread: 0.15, weight: 10 };
const SPEED_PRIOR = { spread: 0.25, weight: 10 };
const SIZE_LEAST_SPREAD = 0.1;
const SPEED_LEAST_SPREAD = 0.15;
/** A new level that held for this many runs is the level. */
export const HELD_RUNS = 8;
const LEAST_EXPLAINED = 0.3;
const LEAST_FOR_LINE = 8;

/**
 * Scores a finished success against the job's normal runs before it; odd runs teach no baseline. The duration of a run
 * that was `retried` holds failed attempts and the waits between them: it says nothing about speed.
 */
export function scoreRun(run: RecentRun, before: readonly RecentRun[], retried: boolean): void {
  if (run.outcome !== 'success') return;
  run.size = sizeScore(run, before);
  run.oddSize = run.size?.odd ?? false;
  run.speed = run.full || retried ? null : speedScore(run, before);
  run.oddSpeed = retried || (run.speed?.odd ?? false);
  adoptHeldLevel([...before, run]);
}

function sizeScore(run: RecentRun, before: readonly RecentRun[]): Score | null {
  if (run.logical === null) return null;
  const usual = normal(before, (r) => (r.oddSize ? null : r.logical)).map(logSize);
  if (usual.length === 0) return null;
  const center = median(usual);
  const spread = Math.max(
    SIZE_LEAST_SPREAD,
    pooledSpread(SIZE_PRIOR, usual.length, wideSpread(usual, center)),
  );
  const distance = logSize(run.logical) - center;
  const z = distance / (spread * widening(usual.length));
  const expected = Math.max(0, Math.exp(center) - SIZE_FLOOR_BYTES);
  return score(expected, distance, z, usual.length, isDrop(distance, z, usual.length));
}

/** A drop of the size to less than half that the job's own scatter does not explain; fewer runs ask for more. */
function isDrop(distance: number, z: number, basis: number): boolean {
  const leastFactor = basis >= 10 ? 0.45 : basis >= 3 ? 0.3 : 0.1;
  return z <= -6 && distance <= Math.log(leastFactor);
}

function speedScore(run: RecentRun, before: readonly RecentRun[]): Score | null {
  if (run.seconds === null) return null;
  const pool = before
    .filter((r) => r.outcome === 'success' && !r.full && !r.oddSpeed && r.seconds !== null)
    .slice(-WINDOW);
  if (pool.length < 3) return null;
  const times = pool.map((r) => logTime(r.seconds ?? 0));
  const line = lineOverAdded(pool);
  const predict = (r: RecentRun): number =>
    line && r.added !== null ? line.intercept + line.slope * logAdded(r.added) : median(times);
  const residuals = pool.map((r, index) => (times[index] ?? 0) - predict(r));
  const spread = Math.max(
    SPEED_LEAST_SPREAD,
    pooledSpread(SPEED_PRIOR, pool.length, wideSpread(residuals, 0)),
  );
  const distance = logTime(run.seconds) - predict(run);
  const z = distance / (spread * widening(pool.length));
  const expected = Math.max(0, Math.exp(predict(run)) - SECONDS_FLOOR);
  const odd = Math.abs(z) >= 5 && isFarOff(run, expected, distance, pool);
  return score(expected, distance, z, pool.length, odd);
}

/** Three times as long, or a quarter of it, by some minutes, and not because there was more to store. */
function isFarOff(
  run: RecentRun,
  expected: number,
  distance: number,
  pool: readonly RecentRun[],
): boolean {
  const seconds = run.seconds ?? 0;
  if (distance < 0) return distance <= Math.log(0.25) && expected - seconds >= 120;
  if (distance < Math.log(3) || seconds - expected < 180) return false;
  const usualAdded = normal(pool, (r) => r.added);
  if (run.added === null || usualAdded.length === 0) return true;
  const moreData = logAdded(run.added) - median(usualAdded.map(logAdded));
  return moreData < distance / 2;
}

function lineOverAdded(pool: readonly RecentRun[]) {
  const points = pool
    .filter((r) => r.added !== null)
    .map((r) => ({ x: logAdded(r.added ?? 0), y: logTime(r.seconds ?? 0) }));
  if (points.length < LEAST_FOR_LINE || points.length < pool.length) return null;
  const line = fitLine(points);
  return line && line.slope > 0 && line.explained > LEAST_EXPLAINED ? line : null;
}

/** When all of the last runs were off the same way, what was odd is the new normal. */
function adoptHeldLevel(runs: readonly RecentRun[]): void {
  const successes = runs.filter((r) => r.outcome === 'success').slice(-HELD_RUNS);
  if (successes.length < HELD_RUNS) return;
  if (successes.every((r) => r.oddSize)) {
    for (const r of runs) r.oddSize = r.outcome === 'success' && !successes.includes(r);
  }
  if (successes.every((r) => r.oddSpeed)) {
    for (const r of runs) r.oddSpeed = r.outcome === 'success' && !successes.includes(r);
  }
}

function normal(runs: readonly RecentRun[], figure: (run: RecentRun) => number | null): number[] {
  const figures: number[] = [];
  for (let i = runs.length - 1; i >= 0 && figures.length < WINDOW; i -= 1) {
    const run = runs[i];
    const value = run?.outcome === 'success' ? figure(run) : null;
    if (value !== null) figures.push(value);
  }
  return figures;
}

/** A median of few runs is itself uncertain. */
function widening(basis: number): number {
  return Math.sqrt(1 + 1 / basis);
}

function score(expected: number, distance: number, z: number, basis: number, odd: boolean): Score {
  return { expected: Math.round(expected), distance: round(distance), z: round(z), basis, odd };
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;
const logSize = (bytes: number): number => Math.log(bytes + SIZE_FLOOR_BYTES);
const logTime = (seconds: number): number => Math.log(seconds + SECONDS_FLOOR);
const logAdded = (bytes: number): number => Math.log(bytes + SIZE_FLOOR_BYTES);
