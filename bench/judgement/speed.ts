import { readFileSync } from 'node:fs';
import { initSync, MSTL } from '@bsull/augurs/mstl';
import * as simple from 'simple-statistics';
import { defaultSettings } from '../../src/analyze/detectors/job-detectors.ts';
import { lastEvent, readRunLines } from '../../src/analyze/replay/read-run-lines.ts';
import { drain, judgeRunLines } from '../../src/analyze/replay/replay-runs.ts';
import { TUNING } from './tuning-worlds.ts';
import { createHistory } from './history.ts';

/** Figures of a run that are compared with their history: duration, size, newly stored, files, deduplication, delay. */
const POINTS_PER_RUN = 6;

export interface SpeedFigures {
  pointsPerSecond: number;
  /** augurs: MSTL with a weekly season and ETS trend, fitted to and predicted for 200 values at once. */
  mstlPerSecond: number;
  /** Median and MAD of the last 60 values anew for every point, with simple-statistics. */
  recomputedPerSecond: number;
}

/** The first rounds compile, which a server does once in days. */
const ROUNDS = 6;

/** Points a second of processor time: the machine may be shared, and a second of it is not. */
export async function measureSpeed(jobs: number, days: number): Promise<SpeedFigures> {
  const { lines, runs } = createHistory({
    seed: 'speed',
    world: TUNING[0]!,
    jobs,
    days,
    faults: 2,
  });
  let fastest = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const read = await readRunLines(lines, {});
    const until = lastEvent(read, {}) ?? new Date(0);
    const seconds = processorSeconds(() => drain(judgeRunLines(read, until, defaultSettings)));
    fastest = Math.max(fastest, (POINTS_PER_RUN * runs) / seconds);
  }
  return {
    pointsPerSecond: fastest,
    mstlPerSecond: fitMstl(),
    recomputedPerSecond: recompute(),
  };
}

const noise = (length: number): number[] =>
  Array.from({ length }, (_, i) => (Math.sin(i * 12.9898) * 43_758.5453) % 1);

function fitMstl(): number {
  const wasm = new URL(
    import.meta.resolve('@bsull/augurs/mstl').replace('mstl.js', 'mstl_bg.wasm'),
  );
  initSync({ module: readFileSync(wasm) });
  const values = noise(200);
  const fits = 20;
  const seconds = processorSeconds(() => {
    for (let i = 0; i < fits; i += 1) {
      const model = MSTL.ets([7]);
      model.fit(values);
      model.predictInSample();
      model.free();
    }
  });
  return (fits * values.length) / seconds;
}

function recompute(): number {
  const values = noise(20_000);
  const seconds = processorSeconds(() => {
    for (let i = 60; i < values.length; i += 1) {
      const window = values.slice(i - 60, i);
      simple.median(window);
      simple.medianAbsoluteDeviation(window);
    }
  });
  return (values.length - 60) / seconds;
}

function processorSeconds(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
