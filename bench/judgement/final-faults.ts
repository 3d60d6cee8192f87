import { fail, failing, late } from './faults.ts';
import type { FaultKind, PlannedRun } from './faults.ts';

/** One of a few round factors, as the strength has it. */
const oneOf = (factors: readonly number[], strength: number): number =>
  factors[Math.floor(strength * factors.length)]!;

/** What is planted in the final worlds: other lengths, magnitudes and side effects than the worlds to tune on. */
export const FINAL_FAULTS: readonly FaultKind[] = [
  { name: 'missed', told: late, runs: [1, 2], after: 2, strike: (run) => (run.outcome = null) },
  { name: 'stopped', told: late, runs: [8, 20], after: 2, strike: (run) => (run.outcome = null) },
  { name: 'failing', told: failing, runs: [2, 6], after: 2, strike: fail },
  {
    name: 'flapping',
    told: failing,
    runs: [14, 20],
    after: 10,
    strike(run, _strength, _step, _steps, random) {
      if (random.chance(0.5)) fail(run);
    },
  },
  {
    name: 'slow',
    told: ['duration-anomaly', 'stuck-run', 'overrun'],
    runs: [1, 4],
    after: 4,
    strike: (run, strength) => (run.seconds *= oneOf([3, 5, 10], strength)),
  },
  {
    name: 'fast',
    told: ['duration-anomaly'],
    runs: [1, 3],
    after: 4,
    strike: (run, strength) => (run.seconds *= oneOf([0.2, 0.1, 0.05], strength)),
  },
  {
    name: 'creep',
    told: ['duration-creep', 'duration-anomaly', 'overrun'],
    runs: [45, 75],
    after: 30,
    strike: (run, strength, step) => (run.seconds *= (1.01 + 0.012 * strength) ** (step + 1)),
  },
  {
    name: 'stuck',
    told: ['stuck-run', 'missed-run', 'rpo-breach', 'duration-anomaly'],
    runs: [1, 1],
    after: 4,
    strike: (run) => (run.outcome = 'running'),
  },
  {
    name: 'empty',
    told: ['empty-run'],
    runs: [1, 3],
    after: 1,
    strike(run) {
      Object.assign(run, { logical: 0, added: 0, files: 0, seconds: run.seconds * 0.1 });
    },
  },
  {
    name: 'truncated',
    told: ['size-drop'],
    runs: [1, 5],
    after: 4,
    strike: (run, strength) => shrink(run, oneOf([0.4, 0.2, 0.05], strength)),
  },
  {
    name: 'blow-up',
    told: ['size-spike', 'added-surge'],
    runs: [1, 3],
    after: 4,
    strike(run, strength) {
      const factor = oneOf([3, 5, 10], strength);
      run.added = Math.max(run.added, run.logical * (factor - 1) * 0.4);
      run.logical *= factor;
    },
  },
  {
    name: 'dedup collapse',
    told: ['added-surge'],
    runs: [1, 3],
    after: 5,
    needs: ['added', 'dedup'],
    strike(run, strength) {
      run.added *= oneOf([8, 15, 30], strength);
      run.dedup = 1 + (run.dedup - 1) * 0.1;
      run.seconds *= 1.5;
    },
  },
  {
    name: 'surge',
    told: ['added-surge', 'size-spike'],
    runs: [1, 2],
    after: 8,
    needs: ['added'],
    strike: (run, strength) => (run.added *= oneOf([10, 15, 25], strength)),
  },
];

function shrink(run: PlannedRun, left: number): void {
  run.logical *= left;
  run.added *= left;
  run.files = Math.max(1, Math.round(run.files * left));
  run.seconds *= 0.3 + 0.7 * left;
}
