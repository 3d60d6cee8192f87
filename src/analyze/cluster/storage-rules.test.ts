import { describe, expect, it } from 'vitest';
import { noInventory } from '../../../test/support/no-inventory.ts';
import type { PolicyFact, RestorePointFact, RunFact } from '../../domain/facts.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { CLUSTER, claimFact, runFact, sourceFact } from '../../../test/support/judged-facts.ts';
import { coverageOf } from '../coverage.ts';
import { readinessOf } from '../readiness.ts';
import { recoveryPathsOf } from '../risk-paths.ts';
import { riskScoresOf } from '../risk-scores.ts';
import { intervalSeconds } from '../schedules/due-times.ts';
import { detachedVolume } from './detached-volume.ts';
import { indexInventory } from './inventory.ts';
import type { Inventory, JudgedPolicy } from './inventory.ts';
import { neverSucceeded } from './never-succeeded.ts';
import { emptyRunMemory, forgetGone, recall, remember, rowOf } from './run-memory.ts';
import { snapshotNotReady } from './snapshot-not-ready.ts';
import type { CoveredView } from './view.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS);
const reports = claimFact('batch', 'reports');
const MONDAY = new Date('2026-01-05T00:00:00Z');
const intervalOf = ({ schedule }: JudgedPolicy) => intervalSeconds(schedule, MONDAY);

/** A RecurringJob at two every night over the claim, whose volume is detached since then. */
function nightly(detachedSince: Date | null): PolicyFact {
  return {
    ...sourceFact('longhorn-system', 'nightly'),
    engine: 'longhorn',
    kind: 'RecurringJob',
    schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC', dialect: 'longhorn' },
    selection: {
      type: 'each-claim',
      storage: 'elsewhere',
      claims: [{ namespace: 'batch', name: 'reports', detachedSince }],
    },
  };
}
const judged = (fact: PolicyFact): JudgedPolicy => ({
  ...fact,
  scheduleSince: fact.createdAt!,
  pausedSince: null,
  removedAt: null,
});

function look(inventory: Partial<Inventory>, runs: readonly RunFact[] = []): CoveredView {
  const index = indexInventory({
    ...noInventory,
    resources: [reports],
    ...inventory,
  });
  const memory = emptyRunMemory();
  for (const run of runs) remember(memory, { run, volumes: [], attempts: [] }, index);
  const view = { clusterId: CLUSTER, now: NOW, index, runs: memory, intervalOf, witnesses: null };
  const coverage = new Map(coverageOf(view).map((row) => [row.resourceId, row]));
  return { ...view, coverage, findings: new Map() };
}

const backup = (hours: number) =>
  runFact(nightly(null), ago(hours), { resourceId: reports.resourceId });
const sightings = (since: Date | null, runs: RunFact[] = []) =>
  detachedVolume.detect(look({ policies: [judged(nightly(since))] }, runs));

describe('a detached volume (FM-22)', () => {
  it('that was never backed up is critical, and no policy of its own is blamed', () => {
    const [seen] = sightings(ago(500));
    expect(seen?.finding).toMatchObject({ severity: 'critical', cause: { code: 'FM-22' } });
    expect(seen?.finding.sentence).toContain('batch/reports has never been backed up');
    expect(neverSucceeded.detect(look({ policies: [judged(nightly(ago(500)))] }))).toEqual([]);
    expect(neverSucceeded.detect(look({ policies: [judged(nightly(null))] }))).toHaveLength(1);
  });

  it('is told as soon as its job has passed it over, and weighs more once the copy is two intervals old', () => {
    expect(sightings(ago(9), [backup(10)])).toEqual([]);
    const [seen] = sightings(ago(20), [backup(34)]);
    expect(seen?.finding.severity).toBe('medium');
    expect(seen?.since).toEqual(ago(9));
    expect(sightings(ago(20), [backup(49)])[0]?.finding.severity).toBe('high');
  });

  it('that was backed up since it was let go holds nothing new', () => {
    expect(sightings(ago(200), [backup(100)])).toEqual([]);
  });

  it('in use is none, unless it was found and no backup came of it', () => {
    expect(sightings(null)).toEqual([]);
    const [seen] = sightings(ago(500));
    const view = look({ policies: [judged(nightly(null))] });
    const known = new Map([[seen!.finding.fingerprint, seen!.finding]]);
    expect(detachedVolume.detect({ ...view, findings: known })).toHaveLength(1);
    const cured = look({ policies: [judged(nightly(null))] }, [backup(1)]);
    expect(detachedVolume.detect({ ...cured, findings: known })).toEqual([]);
  });

  it('is unknown, not found, where backups could not be read, and no matter where exempt', () => {
    const policies = [judged(nightly(ago(500)))];
    const problem = {
      source: 'longhorn.io/backups',
      code: 'forbidden' as const,
      message: '',
      nextStep: '',
      namespaces: null,
      since: NOW,
    };
    expect(detachedVolume.detect(look({ policies, problems: [problem] }))).toEqual([]);
    const exempt = { ...reports, annotations: { 'plimsoll.dev/exempt': 'made anew each night' } };
    expect(detachedVolume.detect(look({ policies, resources: [exempt] }))).toEqual([]);
  });
});

const snapshot = (hours: number, more: Partial<RunFact> = {}): RunFact => ({
  ...runFact(sourceFact('batch', 'reports'), ago(hours)),
  engine: 'csi',
  policyId: null,
  name: 'reports-1',
  outcome: 'running',
  endedAt: null,
  ...more,
});

const detect = (...runs: RunFact[]) => snapshotNotReady.detect(look({}, runs));

describe('a snapshot that does not become ready (FM-07)', () => {
  it('is found after ten minutes, with the storage’s words', () => {
    expect(detect(snapshot(0.16))).toEqual([]);
    const [seen] = detect(snapshot(0.17, { errorText: 'context deadline exceeded' }));
    expect(seen?.finding).toMatchObject({ severity: 'high', cause: { code: 'FM-07' } });
    expect(seen?.finding.sentence).toContain('context deadline exceeded');
  });

  it('is one finding per claim, and over when it is ready or gone', () => {
    const second = snapshot(3, { runId: 'other', name: 'reports-0' });
    const both = detect(snapshot(2), second);
    expect(both.map(({ finding }) => finding.observed.value)).toEqual([2]);
    expect(both[0]?.finding.evidence[0]?.rowId).toBe('other');
    expect(detect(snapshot(2), snapshot(2, { outcome: 'success' }))).toEqual([]);
    expect(detect(snapshot(2), snapshot(2, { outcome: 'unknown' }))).toEqual([]);
    expect(detect(snapshot(2, { engine: 'longhorn' }))).toEqual([]);
    const newer = (hours: number) => snapshot(hours, { runId: 'newer', outcome: 'success' });
    expect(detect(snapshot(2), newer(1))).toEqual([]);
    expect(detect(snapshot(2), newer(3))).toHaveLength(1);
  });

  it('is remembered for the newest thousand', () => {
    const many = Array.from({ length: 1_100 }, (_, index) =>
      snapshot(1 + index / 1_000, { runId: `run-${index}` }),
    );
    expect(detect(...many)[0]?.finding.observed.value).toBe(1_000);
  });

  it('is remembered from one start to the next, and forgotten when it has ended', () => {
    const view = look({}, [snapshot(2)]);
    const [key] = view.runs.pending.keys();
    const again = emptyRunMemory();
    expect(recall(again, rowOf(view.runs, key!)!)).toBe(true);
    expect(snapshotNotReady.detect({ ...view, runs: again })).toHaveLength(1);
    expect(forgetGone(again, view.index)).toEqual([]);
    const ended = { run: snapshot(2, { outcome: 'success' }), volumes: [], attempts: [] };
    expect(remember(again, ended, view.index)).toEqual([key]);
    expect(forgetGone(again, view.index)).toEqual([key]);
  });
});

const point = (engine: RestorePointFact['engine'], hours: number): RestorePointFact => ({
  restorePointId: `${engine}-${hours}`,
  engine,
  policyId: null,
  repositoryId: null,
  resourceId: reports.resourceId,
  runId: null,
  takenAt: ago(hours),
  expiresAt: null,
  handle: 'h',
  logicalBytes: null,
});
const readiness = (...newestPoints: RestorePointFact[]) => {
  const view = look({ newestPoints });
  return readinessOf(view, reports, recoveryPathsOf(view, reports));
};
const risk = (...newestPoints: RestorePointFact[]) => [...riskScoresOf(look({ newestPoints }))][0]!;

describe('a copy of a volume in which nothing was written since', () => {
  const policy = judged(nightly(null));
  const run = (hours: number, outcome: RunFact['outcome']) =>
    runFact(policy, ago(hours), { outcome, resourceId: reports.resourceId });
  const taken = { ...point('longhorn', 60), policyId: policy.policyId };
  const achieved = (newestPoints: RestorePointFact[], ...runs: RunFact[]) =>
    [...riskScoresOf(look({ policies: [policy], newestPoints }, runs))][0]?.rpoAchievedSeconds;

  it('holds everything up to the last run that was skipped for it', () => {
    expect(achieved([taken], run(12, 'skipped'))).toBe(12 * 3_600);
    expect(achieved([taken], run(12, 'failed'))).toBe(60 * 3_600);
    expect(achieved([], run(12, 'skipped'))).toBeNull();
  });
});

describe('copies on the volume’s own storage', () => {
  it('are listed for what they are, and count as no backup', () => {
    const local = readiness(point('csi', 1));
    expect(local).toMatchObject({ level: 'listed', provenAt: ago(1) });
    expect(local.text).toContain('on the volume’s own storage and is lost with it');
    expect(look({ newestPoints: [point('csi', 1)] }).coverage.get(reports.resourceId)?.state).toBe(
      'uncovered',
    );
    expect(risk(point('csi', 1)).rpoAchievedSeconds).toBeNull();
    expect(risk(point('csi', 1)).terms.map(({ name }) => name)).toContain('same-storage');
  });

  it('lower the risk less than a copy elsewhere, and more than nothing', () => {
    const [none, local, elsewhere] = [risk(), risk(point('csi', 1)), risk(point('velero', 1))];
    expect(local.score).toBeLessThan(none.score);
    expect(elsewhere.score).toBeLessThan(local.score);
  });

  it('do not hide the age of the copy elsewhere', () => {
    const both = readiness(point('csi', 1), point('velero', 50));
    expect(both.provenAt).toEqual(ago(50));
    expect(risk(point('csi', 1), point('velero', 50)).rpoAchievedSeconds).toBe(50 * 3_600);
  });
});
