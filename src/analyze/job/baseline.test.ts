import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../domain/time.ts';
import {
  BASELINE_BYTES,
  channels,
  decodeBaseline,
  encodeBaseline,
  freshBaseline,
} from './baseline.ts';
import type { Baseline } from './baseline.ts';
import { assumedPriors, freezePriors, tellClass } from './class-priors.ts';
import type { ClassMember } from './class-priors.ts';
import type { RecentRun } from './job-state.ts';
import { scoreRun } from './score-run.ts';
import type { RunScore } from './score-run.ts';

const DAILY = { retried: false, priors: assumedPriors.fleet.priors, intervalSeconds: 86_400 };

/** The success of one day; figures that are not given are usual. */
function run(day: number, fields: Partial<RecentRun> = {}): RecentRun {
  const start = Date.UTC(2026, 0, 1, 2) + day * DAY_MS;
  return {
    id: `run-${day}`,
    table: 'runs',
    start,
    end: start + 600_000,
    outcome: 'success',
    seconds: 600,
    logical: 50e9,
    added: 1e8,
    files: 100_000,
    dedup: 4,
    full: false,
    volumesFailed: false,
    judged: false,
    learned: false,
    oddSize: false,
    due: null,
    delay: null,
    cause: null,
    text: null,
    lockSeconds: null,
    readings: null,
    adopted: [],
    ...fields,
  };
}

/** Wobbles by a few per cent, the same for the same day. */
const wobble = (day: number): number => 1 + 0.05 * Math.sin(day * 12.9898);

function teach(days: number, figures: (day: number) => Partial<RecentRun> = () => ({})) {
  const baseline = freshBaseline();
  const scores: RunScore[] = [];
  for (let day = 0; day < days; day += 1) {
    const usual = { logical: 50e9 * wobble(day), seconds: 600 * wobble(day + 7) };
    scores.push(scoreRun(baseline, run(day, { ...usual, ...figures(day) }), DAILY));
  }
  return { baseline, scores };
}

const sizeOf = (baseline: Baseline): number => Math.exp(channels.logical.usual(baseline));

describe('what a job remembers', () => {
  it('is a block of at most 1.5 KB, the same after it was stored', () => {
    expect(BASELINE_BYTES).toBeLessThanOrEqual(1_536);
    const { baseline } = teach(90);
    expect(decodeBaseline(encodeBaseline(baseline))).toEqual(baseline);
  });

  it('is not read when it is cut, of another version, or damaged anywhere', () => {
    const text = encodeBaseline(teach(40).baseline);
    expect(decodeBaseline(text.slice(0, text.length / 2))).toBeNull();
    expect(decodeBaseline('')).toBeNull();
    fc.assert(
      fc.property(fc.nat(BASELINE_BYTES - 1), fc.integer({ min: 1, max: 255 }), (at, flipped) => {
        const bytes = Buffer.from(text, 'base64');
        bytes[at] = bytes[at]! ^ flipped;
        expect(decodeBaseline(bytes.toString('base64'))).toBeNull();
      }),
    );
  });

  it('does not move for one run in ten that is bad', () => {
    const bad = teach(80, (day) => (day % 10 === 9 ? { logical: 400e9, seconds: 6_000 } : {}));
    expect(sizeOf(bad.baseline)).toBeCloseTo(sizeOf(teach(80).baseline), -10);
    expect(sizeOf(bad.baseline) / 50e9).toBeCloseTo(1, 1);
  });

  it('takes a level that held for eight runs, and knows the one before when it comes back', () => {
    const { baseline, scores } = teach(40, (day) => (day >= 25 ? { logical: 9e9 } : {}));
    const adopted = scores.flatMap((one, day) => (one.adopted.includes('logical') ? [day] : []));
    expect(adopted).toEqual([32]);
    expect(sizeOf(baseline) / 9e9).toBeCloseTo(1, 1);
    const back = scoreRun(baseline, run(40), DAILY);
    expect(back.readings?.logical?.odd).toBe(true);
    expect(sizeOf(baseline) / 50e9).toBeCloseTo(1, 1);
  });

  it('expects the full backup of the second Sunday, and not of the first', () => {
    const { scores } = teach(60, (day) => (day % 7 === 3 ? { added: 20e9 } : {}));
    const odd = scores.flatMap((one, day) => (one.readings?.added?.odd ? [day] : []));
    expect(odd).toEqual([3]);
  });

  it('follows a trend without taking it for something odd', () => {
    const { scores } = teach(120, (day) => ({ logical: 50e9 * Math.exp(0.01 * day) }));
    expect(scores.some((one) => one.readings?.logical?.odd)).toBe(false);
  });

  it('survives figures that make no sense', () => {
    const absurd = [1e300, 0, Number.MAX_VALUE, 1e-9];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...absurd), { maxLength: 20 }), (figures) => {
        const baseline = freshBaseline();
        figures.forEach((figure, day) => {
          const odd = {
            logical: figure,
            added: figure,
            files: figure,
            dedup: figure,
            seconds: figure,
          };
          scoreRun(baseline, run(day, odd), DAILY);
        });
        for (let day = 20; day < 40; day += 1) scoreRun(baseline, run(day), DAILY);
        const { readings } = scoreRun(baseline, run(40), DAILY);
        expect(Number.isFinite(readings?.logical?.z)).toBe(true);
        expect(decodeBaseline(encodeBaseline(baseline))).toEqual(baseline);
      }),
    );
  });
});

/** A job whose durations scatter widely. */
function memberOf(index: number): ClassMember {
  const figures = (day: number): Partial<RecentRun> => ({
    seconds: 600 * Math.exp(0.6 * Math.sin(index * 78.233 + day * 12.9898)),
  });
  return tellClass({ classKey: 'volsync/daily/10', baseline: teach(40, figures).baseline });
}

describe('what a class is like', () => {
  const members = Array.from({ length: 30 }, (_, index) => memberOf(index));

  it('does not depend on the order of its jobs, and lies between them and what is assumed', () => {
    const frozen = freezePriors(members);
    fc.assert(
      fc.property(fc.shuffledSubarray(members, { minLength: members.length }), (shuffled) => {
        expect(freezePriors(shuffled)).toEqual(frozen);
      }),
      { numRuns: 20 },
    );
    const wild = frozen.classes.get('volsync/daily/10')?.priors.duration.spread ?? 0;
    expect(wild).toBeGreaterThan(0.35);
    expect(freezePriors([]).fleet.priors).toEqual(assumedPriors.fleet.priors);
  });
});
