import { describe, expect, it } from 'vitest';
import { noInventory } from '../../../test/support/no-inventory.ts';
import { CLUSTER, claimId, runFact, sourceFact } from '../../../test/support/judged-facts.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { Engine } from '../../domain/words.ts';
import { defaultSettings } from '../detectors/job-detectors.ts';
import { indexInventory } from './inventory.ts';
import type { InventoryIndex, JudgedPolicy } from './inventory.ts';
import { newsByJob, wholeJob } from './job-inputs.ts';
import {
  isLegacyRow,
  legacyOf,
  legacyRow,
  newerLegacy,
  readLegacy,
  succeed,
  type Legacy,
} from './succession.ts';
import { advanceJob } from '../job/advance-job.ts';

const START = Date.parse('2026-11-02T00:00:00Z');
const at = (hours: number) => new Date(START + hours * HOUR_MS);
const photos = claimId('media', 'photos');

function policyOf(engine: Engine): JudgedPolicy {
  const fact = { ...sourceFact('media', 'photos'), engine };
  return { ...fact, scheduleSince: at(20), pausedSince: null, removedAt: null };
}
const index: InventoryIndex = indexInventory(noInventory);

/** The state of a job that ran ten times, failing the last time. */
function lived() {
  const policy = policyOf('volsync');
  const runs = Array.from({ length: 10 }, (_, hour) => ({
    run: runFact(policy, at(hour), hour === 9 ? { outcome: 'failed' } : {}),
    volumes: [],
    attempts: [],
  }));
  const news = newsByJob(runs, index).get(policy.policyId)!;
  const job = wholeJob(CLUSTER, index, policy);
  const input = { job, ...news, observedWindows: [] };
  return advanceJob(null, input, at(12), defaultSettings).state;
}
const legacy = (): Legacy => legacyOf(lived(), 'volsync')!;
/** The heir's state at its first judgement. */
function heirOf(engine: Engine) {
  const job = wholeJob(CLUSTER, index, policyOf(engine));
  const heir = succeed(legacy(), job, defaultSettings);
  const input = { job, runs: [], attempts: [], observedWindows: [] };
  return advanceJob(heir, input, at(12), defaultSettings).state;
}
const seconds = (engine: Engine) => heirOf(engine).runs.map((run) => run.seconds);

describe('what a job leaves', () => {
  it('is its good runs', () => {
    expect(legacy().runs).toHaveLength(9);
    expect(new Set(legacy().runs.map(({ outcome }) => outcome))).toEqual(new Set(['success']));
    expect(legacyOf({ ...lived(), runs: [] }, 'volsync')).toBeNull();
  });

  it('is kept in a row, and forgotten when the row is damaged', () => {
    const row = legacyRow(photos, legacy());
    expect(isLegacyRow(row)).toBe(true);
    expect(readLegacy(row)).toEqual(legacy());
    expect(row.state.length).toBeLessThan(16_000);
    expect(readLegacy({ ...row, state: row.state.slice(0, 90) })).toBeNull();
    expect(readLegacy({ ...row, state: '{"engine":"volsync"}' })).toBeNull();
  });

  it('is the newest of several', () => {
    const older = { ...legacy(), runs: legacy().runs.slice(0, 3) };
    expect(newerLegacy(older, legacy())?.runs).toHaveLength(9);
    expect(newerLegacy(legacy(), older)?.runs).toHaveLength(9);
    expect(newerLegacy(null, older)).toBe(older);
  });
});

describe('who takes over', () => {
  it('knows the last success and what was held, with nothing raised and nothing due before', () => {
    const state = heirOf('kopiur');
    expect(state.runs).toHaveLength(9);
    expect(state.lastGood?.start).toBe(at(8).getTime());
    expect(state.runs.every(({ logical }) => logical !== null)).toBe(true);
    expect(state.open).toEqual([]);
    expect(state.dues).toEqual([]);
  });

  it('takes times along under the same engine only', () => {
    expect(seconds('kopiur').every((value) => value === null)).toBe(true);
    expect(seconds('volsync').every((value) => value !== null)).toBe(true);
  });
});
