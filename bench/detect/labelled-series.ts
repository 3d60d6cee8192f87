import { createRandom } from '../../src/world/home/random.ts';
import type { Random } from '../../src/world/home/random.ts';

/** Rows and the stretches in which something was planted. */
export interface LabelledSeries {
  /** What was planted. */
  kind: string;
  rows: { at: number; value: number }[];
  /** First and last row of each. */
  windows: [from: number, to: number][];
}

export const KINDS = [
  'none',
  'spike',
  'dip',
  'level',
  'flat',
  'faster',
  'noisier',
  'drift',
  'missing',
] as const;
type Kind = (typeof KINDS)[number];

const STEP_MS = 300_000;
const START = Date.UTC(2026, 2, 2);
const LENGTH = 4_000;
/** Nothing is planted before this row. */
const FIRST = 900;

/** A base of its own for every seed: level, noise, daily and weekly seasons, a trend, bursts or a random walk. */
export function labelledSeries(
  kind: Kind,
  seed: number,
  setting: 'tuning' | 'final',
): LabelledSeries {
  const random = createRandom('series', setting, kind, seed);
  const base = baseOf(random, setting);
  const windows = kind === 'none' ? [] : windowsOf(random);
  const plant = plantOf(kind, random, base.scale);
  const rows: LabelledSeries['rows'] = [];
  let held = 0;
  for (let i = 0; i < LENGTH; i += 1) {
    const inside = windows.find(([from, to]) => i >= from && i <= to);
    const phase = inside ? (i - inside[0]) / (inside[1] - inside[0]) : null;
    const usual = base.at(i);
    if (phase === null) held = usual;
    const value = phase === null ? usual : plant(usual, phase, held, i);
    if (value !== null) rows.push({ at: START + i * STEP_MS, value });
    else rows.push({ at: START + i * STEP_MS, value: Number.NaN });
  }
  return { kind, rows, windows };
}

function windowsOf(random: Random): [number, number][] {
  const first = random.int(FIRST, 2_000);
  const second = random.int(2_500, LENGTH - 200);
  return [first, second].map((from) => [from, from + random.int(60, 150)]);
}

function baseOf(random: Random, setting: 'tuning' | 'final') {
  const level = 100 * random.lognormal(1);
  const noise = level * (setting === 'tuning' ? 0.04 : 0.025) * random.lognormal(0.5);
  const daily = random.chance(0.6) ? level * 0.3 * random.next() : 0;
  const weekend = random.chance(0.3) ? level * 0.2 : 0;
  const trend = random.chance(0.3) ? (level * 0.3 * random.next()) / LENGTH : 0;
  const walk = random.chance(setting === 'tuning' ? 0.2 : 0.3) ? noise * 0.15 : 0;
  const bursts = random.chance(0.25) ? 0.01 : 0;
  let wandered = 0;
  let memory = 0;
  const follow = random.between(0, 0.7);
  return {
    scale: Math.max(noise, 0.15 * daily),
    at(i: number): number {
      const hours = (i * STEP_MS) / 3_600_000;
      wandered += walk * random.normal();
      memory = follow * memory + random.normal();
      const season = daily * Math.sin((2 * Math.PI * hours) / 24);
      const off = Math.floor(hours / 24) % 7 >= 5 ? weekend : 0;
      const burst = random.chance(bursts) ? noise * 4 * random.next() : 0;
      return level + season - off + trend * i + wandered + burst + noise * memory;
    },
  };
}

type Plant = (usual: number, phase: number, held: number, i: number) => number | null;

function plantOf(kind: Kind, random: Random, scale: number): Plant {
  const size = scale * random.between(7, 12);
  switch (kind) {
    case 'spike':
      return (usual, phase) => (phase < 0.05 ? usual + size : usual);
    case 'dip':
      return (usual, phase) => (phase < 0.1 ? usual - size : usual);
    case 'level':
      return (usual) => usual + 0.8 * size;
    case 'flat':
      return (_, __, held) => held;
    case 'faster':
      return (usual, _, __, i) => usual + 0.5 * size * Math.sin(i * 1.3);
    case 'noisier':
      return (usual) => usual + 0.4 * size * random.normal();
    case 'drift':
      return (usual, phase) => usual + size * phase;
    case 'missing':
      return (usual, phase) => (phase < 0.3 ? null : phase < 0.4 ? 0 : usual);
    default:
      return (usual) => usual;
  }
}
