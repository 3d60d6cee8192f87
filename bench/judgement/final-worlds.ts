import { FINAL_FAULTS } from './final-faults.ts';
import type { World } from './fleet.ts';

const usual = {
  faults: FINAL_FAULTS,
  duration: [0.1, 0.4],
  size: [0.003, 0.06],
  added: [0.25, 0.6],
  growth: [0, 0.004],
  fulls: 0.25,
  weekends: 0.35,
  steps: 0.25,
  blips: [0, 0.012],
  cadences: ['daily', 'daily', 'twice-daily', 'eight-hourly', 'weekly'],
  zones: ['UTC', 'Europe/London'],
} as const;

/** Not looked into while rules are tuned; played for the figures of docs/benchmarks.md alone, with a new seed each time. */
export const FINAL: readonly World[] = [
  { name: 'ordinary', ...usual, noises: ['log-normal'], seconds: [45, 5_400], linear: true },
  {
    name: 'mixed loads',
    ...usual,
    noises: ['mixture'],
    duration: [0.1, 0.3],
    untold: { dedup: 0.4 },
  },
  {
    name: 'slow tides',
    ...usual,
    noises: ['tidal'],
    duration: [0.1, 0.35],
    growth: [0.001, 0.008],
    fulls: 0.5,
    fullTakes: 3,
  },
  {
    name: 'left-leaning',
    ...usual,
    noises: ['weibull'],
    seconds: [90, 9_000],
    moves: 0.15,
    untold: { files: 0.5 },
  },
  {
    name: 'around the clock',
    ...usual,
    noises: ['log-normal', 'mixture', 'tidal', 'log-logistic'],
    cadences: [
      'hourly',
      'two-hourly',
      'twice-daily',
      'daily',
      'workdays',
      'twice-weekly',
      'monthly',
    ],
    zones: ['Europe/London', 'America/Los_Angeles', 'Australia/Sydney', 'Asia/Tokyo'],
    blips: [0, 0.025],
    untold: { files: 0.2, added: 0.1, dedup: 0.2 },
  },
];
