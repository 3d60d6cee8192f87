import type { Engine, FindingKind } from '../../src/domain/words.ts';
import type { Untold } from './fleet.ts';
import type { Random } from '../../src/world/home/random.ts';

/** One due run before it is written down; faults change it. */
export interface PlannedRun {
  dueAt: number;
  delay: number;
  seconds: number;
  logical: number;
  added: number;
  files: number;
  dedup: number;
  outcome: 'success' | 'failed' | 'running' | null;
  full: boolean;
  engine: Engine;
}

export interface FaultKind {
  name: string;
  /** Findings that tell this fault; any other finding on it counts neither for nor against. */
  told: readonly FindingKind[];
  /** How many runs it strikes, lowest and highest. */
  runs: readonly [number, number];
  /** Runs the job must have had before. */
  after: number;
  /** Figures without which nobody could tell it: a job that does not tell them is not struck. */
  needs?: readonly Untold[];
  /** Changes the run at `step` of `steps`; `strength` in 0..1 is drawn once a fault. */
  strike(run: PlannedRun, strength: number, step: number, steps: number, random: Random): void;
}

export const times = (low: number, high: number, strength: number): number =>
  low * (high / low) ** strength;
export const late: readonly FindingKind[] = ['missed-run', 'rpo-breach', 'schedule-stopped'];
export const failing: readonly FindingKind[] = [
  'failed-run',
  'failure-streak',
  'rpo-breach',
  'flapping',
];

export const FAULTS: readonly FaultKind[] = [
  { name: 'missed', told: late, runs: [1, 3], after: 1, strike: (run) => (run.outcome = null) },
  { name: 'stopped', told: late, runs: [6, 12], after: 1, strike: (run) => (run.outcome = null) },
  { name: 'failing', told: failing, runs: [3, 7], after: 1, strike: fail },
  {
    name: 'flapping',
    told: failing,
    runs: [12, 18],
    after: 8,
    strike(run, _strength, step, _steps, random) {
      if (step % 2 === 0 || random.chance(0.15)) fail(run);
    },
  },
  {
    name: 'slow',
    told: ['duration-anomaly', 'stuck-run', 'overrun'],
    runs: [1, 3],
    after: 3,
    strike: (run, strength) => (run.seconds *= times(3, 10, strength)),
  },
  {
    name: 'fast',
    told: ['duration-anomaly'],
    runs: [1, 3],
    after: 3,
    strike: (run, strength) => (run.seconds *= times(0.2, 0.03, strength)),
  },
  {
    name: 'creep',
    told: ['duration-creep', 'duration-anomaly', 'overrun'],
    runs: [50, 80],
    after: 30,
    strike: (run, strength, step, steps) =>
      (run.seconds *= times(1, times(1.8, 3, strength), Math.min(1, (step + 1) / steps))),
  },
  {
    name: 'hung',
    told: ['stuck-run', 'missed-run', 'rpo-breach', 'duration-anomaly'],
    runs: [1, 1],
    after: 3,
    strike: (run) => (run.outcome = 'running'),
  },
  {
    name: 'empty',
    told: ['empty-run'],
    runs: [1, 4],
    after: 1,
    strike(run) {
      Object.assign(run, { logical: 0, added: 0, files: 0 });
    },
  },
  {
    name: 'shrunk',
    told: ['size-drop'],
    runs: [1, 4],
    after: 3,
    strike(run, strength) {
      const left = times(0.5, 0.02, strength);
      run.logical *= left;
      run.files = Math.round(run.files * left);
    },
  },
  {
    name: 'fewer-files',
    told: ['size-drop'],
    runs: [1, 4],
    after: 5,
    strike: (run, strength) => (run.files = Math.round(run.files * times(0.4, 0.02, strength))),
  },
  {
    name: 'blow-up',
    told: ['size-spike', 'added-surge'],
    runs: [1, 4],
    after: 3,
    strike(run, strength) {
      const factor = times(3, 10, strength);
      run.added += run.logical * (factor - 1) * 0.5;
      run.logical *= factor;
      run.seconds *= Math.sqrt(factor);
    },
  },
  {
    name: 'encrypted',
    told: ['added-surge'],
    runs: [1, 4],
    after: 3,
    strike(run, strength) {
      run.added = Math.max(run.added * 8, run.logical * times(0.4, 0.95, strength));
      run.dedup = 1 + (run.dedup - 1) * 0.08;
      run.seconds *= times(1.2, 2.5, strength);
    },
  },
];

/** By round factors, as a simpler hand would write them. */
export const PLAIN_FAULTS: readonly FaultKind[] = [
  ...FAULTS.filter(({ name }) => ['missed', 'stopped', 'flapping', 'hung', 'creep'].includes(name)),
  { name: 'failing', told: failing, runs: [2, 5], after: 1, strike: fail },
  {
    name: 'slow',
    told: ['duration-anomaly', 'stuck-run', 'overrun'],
    runs: [1, 2],
    after: 3,
    strike: (run, strength) => (run.seconds *= strength < 0.5 ? 4 : 8),
  },
  {
    name: 'empty',
    told: ['empty-run'],
    runs: [1, 2],
    after: 1,
    strike: (run) => Object.assign(run, { logical: 0, added: 0, files: 0 }),
  },
  {
    name: 'truncated',
    told: ['size-drop'],
    runs: [1, 3],
    after: 3,
    strike(run, strength) {
      const left = strength < 0.5 ? 0.3 : 0.1;
      Object.assign(run, {
        logical: left * run.logical,
        added: left * run.added,
        seconds: run.seconds * 0.6,
        files: Math.round(left * run.files),
      });
    },
  },
  {
    name: 'surge',
    told: ['added-surge', 'size-spike'],
    runs: [1, 3],
    after: 5,
    needs: ['added'],
    strike(run, strength) {
      run.added *= strength < 0.5 ? 10 : 20;
      run.dedup = 1 + 0.2 * (run.dedup - 1);
    },
  },
  {
    name: 'surge alone',
    told: ['size-spike', 'added-surge'],
    runs: [1, 2],
    after: 6,
    needs: ['added'],
    strike: (run, strength) => (run.added *= strength < 0.5 ? 8 : 16),
  },
];

export function fail(run: PlannedRun): void {
  run.outcome = 'failed';
  run.seconds *= 0.4;
}
