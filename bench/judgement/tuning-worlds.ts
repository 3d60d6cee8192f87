import { PLAIN_FAULTS } from './faults.ts';
import type { World } from './fleet.ts';

const calm = {
  duration: [0.08, 0.3],
  size: [0.002, 0.04],
  added: [0.2, 0.7],
  growth: [0, 0.002],
  fulls: 0.2,
  weekends: 0.3,
  steps: 0.3,
  blips: [0, 0.01],
  cadences: ['daily', 'daily', 'daily', 'six-hourly', 'weekly'],
  zones: ['UTC'],
} as const;

/** Tuned on from the beginning. */
const FIRST: readonly World[] = [
  { name: 'log-normal', ...calm, noises: ['log-normal'] },
  { name: 'bursty', ...calm, noises: ['bursty'], steps: 0.5, blips: [0, 0.03] },
];

/** Tuned on after a first final score, which had shown more false findings in such worlds. */
const SECOND: readonly World[] = [
  {
    name: 'frequent',
    ...calm,
    noises: ['log-normal', 'laplace'],
    cadences: ['hourly', 'six-hourly', 'workdays', 'monthly'],
    zones: ['UTC', 'Europe/Paris'],
  },
  { name: 'laplace', ...calm, noises: ['laplace'], size: [0.005, 0.08] },
];

/** Worlds of the final scores with seed `final-1`, seen twice; tuned on since. */
const ONCE_HELD_OUT: readonly World[] = [
  { name: 'gamma', ...calm, noises: ['gamma'], duration: [0.1, 0.4], size: [0.005, 0.1] },
  { name: 'heavy tails', ...calm, noises: ['heavy'], duration: [0.1, 0.35], added: [0.3, 0.9] },
  { name: 'autocorrelated', ...calm, noises: ['autocorrelated'], duration: [0.1, 0.4] },
  { name: 'growing', ...calm, noises: ['log-normal'], growth: [0.003, 0.01], fulls: 0.5 },
  {
    name: 'many tenants',
    ...calm,
    noises: ['log-normal', 'gamma', 'heavy', 'autocorrelated', 'bursty'],
    cadences: ['hourly', 'six-hourly', 'daily', 'workdays', 'weekly', 'monthly'],
    zones: ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata'],
    blips: [0, 0.02],
  },
];

/** As a simpler hand would write a generator: figures drawn apart, some never told, faults by round factors. */
const PLAIN: readonly World[] = [
  {
    name: 'plain',
    ...calm,
    noises: ['log-normal'],
    faults: PLAIN_FAULTS,
    duration: [0.1, 0.35],
    size: [0.01, 0.05],
    added: [0.2, 0.5],
    seconds: [60, 7_200],
    linear: true,
    fulls: 0.3,
    fullTakes: 2.5,
    untold: { files: 0.3, dedup: 0.3 },
  },
  {
    name: 'queued',
    ...calm,
    noises: ['queued'],
    faults: PLAIN_FAULTS,
    seconds: [30, 600],
    moves: 0.2,
    cadences: ['hourly', 'twice-daily', 'daily', 'daily'],
    zones: ['America/New_York', 'UTC'],
    blips: [0, 0.02],
  },
];

/** Every world that rules may be tuned on; the first is also what speed is measured on. */
export const TUNING: readonly World[] = [...FIRST, ...SECOND, ...ONCE_HELD_OUT, ...PLAIN];
