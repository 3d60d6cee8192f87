import { describe, expect, it } from 'vitest';
import { noInventory } from '../../../test/support/no-inventory.ts';
import type { PolicyFact, RestoreRunFact } from '../../domain/facts.ts';
import type { Engine, Outcome } from '../../domain/words.ts';
import { HOUR_MS } from '../../domain/time.ts';
import {
  CLUSTER,
  claimFact,
  claimId,
  runFact,
  scheduleFact,
  sourceFact,
} from '../../../test/support/judged-facts.ts';
import { coverageOf, protectionsOf } from '../coverage.ts';
import { readinessOf } from '../readiness.ts';
import { recoveryPathsOf } from '../risk-paths.ts';
import { riskScoresOf } from '../risk-scores.ts';
import { rpoTargetOf } from '../rpo.ts';
import { intervalSeconds } from '../schedules/due-times.ts';
import { CLUSTER_DETECTORS } from './cluster-detectors.ts';
import { liveFindings } from './finding-life.ts';
import type { KnownFindings } from './finding-life.ts';
import { indexInventory } from './inventory.ts';
import type { Inventory, JudgedPolicy, JudgedRepository } from './inventory.ts';
import { emptyRestore } from './empty-restore.ts';
import { maintenanceFailing } from './maintenance-failing.ts';
import { neverSucceeded } from './never-succeeded.ts';
import { notCovered } from './not-covered.ts';
import { emptyRunMemory, failuresInARow, forgetGone, remember } from './run-memory.ts';
import type { RunMemory } from './run-memory.ts';
import type { CoveredView } from './view.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS);
const MONDAY = new Date('2026-01-05T00:00:00Z');
const photos = claimFact('media', 'photos');

const judged = (fact: PolicyFact, more: Partial<JudgedPolicy> = {}): JudgedPolicy => ({
  ...fact,
  scheduleSince: fact.createdAt!,
  pausedSince: null,
  removedAt: null,
  ...more,
});

const intervalOf = (policy: JudgedPolicy) => intervalSeconds(policy.schedule, MONDAY);

function look(inventory: Partial<Inventory>, runs: RunMemory = emptyRunMemory()): CoveredView {
  const index = indexInventory({
    ...noInventory,
    resources: [photos],
    ...inventory,
  });
  const view = { clusterId: CLUSTER, now: NOW, index, runs, intervalOf, witnesses: null };
  const coverage = new Map(coverageOf(view).map((row) => [row.resourceId, row]));
  return { ...view, coverage, findings: new Map() };
}

const state = (view: CoveredView) => view.coverage.get(photos.resourceId)?.state;
const reason = (view: CoveredView) => view.coverage.get(photos.resourceId)?.reason;
/** What is open after the rules have looked for two hours. */
function kinds(view: CoveredView): string[] {
  const known: KnownFindings = new Map();
  liveFindings(known, CLUSTER_DETECTORS, view, null);
  liveFindings(known, CLUSTER_DETECTORS, { ...view, now: ago(-2) }, NOW);
  return [...known.values()].filter((one) => one.raised).map(({ finding }) => finding.kind);
}
const forbidden = (source: string, namespaces: string[] | null = null) => ({
  source,
  code: 'forbidden' as const,
  message: `${source} is forbidden`,
  nextStep: '',
  namespaces,
  since: NOW,
});

const repositoryOf = (engine: Engine, more: Partial<JudgedRepository> = {}): JudgedRepository => ({
  repositoryId: `r-${engine}`,
  engine,
  kind: 'Repository',
  namespace: 'media',
  name: 'nas',
  uid: '',
  availability: 'available',
  message: 'The last prune (nightly-prune-1) failed: out of memory.',
  checkedAt: null,
  readOnly: false,
  availabilitySince: ago(5),
  ...more,
});
const neglected = (one: JudgedRepository) =>
  maintenanceFailing.detect(look({ repositories: [one] })).map(({ finding }) => finding);

describe('maintenance', () => {
  it('that fails is told with what the engine says', () => {
    const [finding] = neglected(repositoryOf('k8up'));
    expect(finding).toMatchObject({ severity: 'high', cause: { code: 'FM-09' } });
    expect(finding?.sentence).toContain('media/nas');
    expect(finding?.sentence).toContain('out of memory');
    expect(finding?.nextStep).toContain('prunes.k8up.io');
    const index = repositoryOf('kopiur', { message: 'IndexBlobHealth: 1599 index blobs.' });
    expect(neglected(index)).toMatchObject([{ severity: 'medium', cause: { code: 'FM-10' } }]);
    const [volumes] = neglected(repositoryOf('velero', { kind: 'BackupRepository' }));
    expect(volumes?.sentence).toMatch(/^The repository media\/nas is not looked after: /);
    expect(volumes?.nextStep).toContain('describe backuprepositories.velero.io nas');
  });

  it('is not judged where nothing is said, nothing answers, or a message means something else', () => {
    expect(neglected(repositoryOf('k8up', { message: null }))).toEqual([]);
    expect(neglected(repositoryOf('kopiur', { availability: 'unavailable' }))).toEqual([]);
    expect(neglected(repositoryOf('velero'))).toEqual([]);
  });
});

describe('coverage', () => {
  const source = sourceFact('media', 'photos');
  const proven = judged({ ...source, lastSuccessAt: ago(1) });

  it('tells protected, never succeeded and uncovered apart', () => {
    expect(state(look({ policies: [proven] }))).toBe('protected');
    expect(state(look({ policies: [judged(source)] }))).toBe('never-succeeded');
    expect(state(look({}))).toBe('uncovered');
  });

  it('asks for a paused policy to run again, and claims no more about since when', () => {
    const paused = { ...proven, paused: true, pausedSince: ago(50) };
    const [sighting] = notCovered.detect(look({ policies: [paused] }));
    expect(sighting?.finding.sentence).toContain('is paused, since 2026-11-18 10:00 UTC or longer');
    expect(sighting?.finding.nextStep).toMatch(/^Let ReplicationSource media\/photos run again/);
    const [bare] = notCovered.detect(look({}));
    expect(bare?.finding.nextStep).toMatch(/^Add a backup policy/);
  });

  it('is unknown, and no finding, while nobody can say how the newest run went', () => {
    const nightly = scheduleFact('nightly');
    for (const policy of [source, nightly]) {
      const runs = emptyRunMemory();
      const inventory = { policies: [judged(policy)] };
      const note = (hours: number, outcome: Outcome) => {
        const run = runFact(policy, ago(hours), { outcome });
        remember(runs, { run, volumes: [], attempts: [] }, look(inventory).index);
        return look(inventory, runs);
      };
      const unclear = note(9, 'unknown');
      expect(state(unclear)).toBe('unknown');
      expect(reason(unclear)).toContain('how its newest run went');
      expect(kinds(unclear)).not.toContain('never-succeeded');
      expect(state(note(8, 'running'))).toBe('unknown');
      const failed = note(7, 'failed');
      expect(state(failed)).toBe('never-succeeded');
      expect(kinds(failed)).toContain('never-succeeded');
    }
  });

  it('does not count a paused policy', () => {
    const view = look({ policies: [{ ...proven, paused: true, pausedSince: ago(50) }] });
    expect(state(view)).toBe('uncovered');
    expect(reason(view)).toContain('is paused, since 2026-11-18 10:00 UTC or longer');
    expect(protectionsOf(view)).toHaveLength(1);
    expect([...riskScoresOf(view)][0]?.readiness.level).toBe('listed');
  });

  it('takes an exemption with its reason until it runs out', () => {
    const { resourceId } = photos;
    const until = (expiresAt: Date) =>
      look({ exemptions: [{ resourceId, reason: 'can be downloaded again', expiresAt }] });
    expect(state(until(ago(-1)))).toBe('exempt');
    expect(reason(until(ago(-1)))).toContain('can be downloaded again');
    expect(state(until(ago(1)))).toBe('uncovered');
    const noted = (annotations: Record<string, string>) =>
      look({ resources: [{ ...photos, annotations }] });
    expect(reason(noted({ 'plimsoll.dev/exempt': 'a cache' }))).toBe('a cache');
    expect(reason(noted({ 'backup-exempt': 'true' }))).toBe('backup-exempt: true');
    expect(state(noted({ 'backup-exempt': 'false' }))).toBe('uncovered');
    expect([...riskScoresOf(noted({ 'plimsoll.dev/exempt': 'a cache' }))][0]).toMatchObject({
      score: 0,
      terms: [{ name: 'exempt', text: 'a cache' }],
    });
  });

  it('is unknown where policies or outcomes could not be read, never uncovered', () => {
    const rs = 'volsync.backube/replicationsources';
    expect(state(look({ problems: [forbidden(rs)] }))).toBe('unknown');
    expect(state(look({ problems: [forbidden(rs, ['media'])] }))).toBe('uncovered');
    expect(state(look({ problems: [forbidden(rs, ['web'])] }))).toBe('unknown');
    expect(state(look({ problems: [forbidden('velero.io/schedules', ['media'])] }))).toBe(
      'unknown',
    );
    const nightly = judged(scheduleFact('nightly'));
    const blind = look({ policies: [nightly], problems: [forbidden('velero.io/backups')] });
    expect(state(blind)).toBe('unknown');
    expect(kinds(blind)).toEqual([]);
  });

  it('cannot tell where a run does not say which volumes it took', () => {
    const runs = emptyRunMemory();
    const nightly = judged(scheduleFact('nightly', { volumes: 'mounted' }));
    const { index } = look({ policies: [nightly] }, runs);
    const run = runFact(nightly, ago(5), { unlistedVolumes: 'unknown' });
    remember(runs, { run, volumes: [], attempts: [] }, index);
    const view = look({ policies: [nightly] }, runs);
    expect(state(view)).toBe('unknown');
    expect(reason(view)).toContain('no object says which volumes');
    expect(kinds(view)).toEqual([]);
  });

  it('cannot tell for provider snapshots, which leave no object per volume', () => {
    const runs = emptyRunMemory();
    const nightly = judged(scheduleFact('nightly', { volumes: 'native' }));
    const view = look({ policies: [nightly] }, runs);
    const run = runFact(nightly, ago(5));
    remember(runs, { run, volumes: [], attempts: [] }, view.index);
    const after = look({ policies: [nightly] }, runs);
    expect(state(after)).toBe('unknown');
    expect(reason(after)).toContain('provider snapshots leave no object per volume');
    expect(kinds(after)).toEqual([]);
  });
});

const targetOf = (inventory: Partial<Inventory>) => {
  const view = look(inventory);
  return rpoTargetOf(view, view.index.claims[0]!);
};

describe('readiness and RPO', () => {
  const policy = judged({ ...sourceFact('media', 'photos'), lastSuccessAt: ago(1) });
  const restore = (more: Partial<RestoreRunFact>): RestoreRunFact => ({
    restoreRunId: 'rd',
    engine: 'volsync',
    kind: 'ReplicationDestination',
    namespace: 'media',
    name: 'photos-dst',
    uid: 'u',
    resourceId: photos.resourceId,
    outcome: 'success',
    imageTakenAt: null,
    startedAt: ago(30),
    endedAt: ago(29),
    restoredBytes: 1_000,
    message: null,
    ...more,
  });
  const level = (inventory: Partial<Inventory>) => {
    const view = look({ policies: [policy], ...inventory });
    const claim = view.index.claims[0]!;
    return readinessOf(view, claim, recoveryPathsOf(view, claim)).level;
  };

  it('rises on evidence alone, and sinks when it has aged', () => {
    expect(level({ policies: [] })).toBe('none');
    expect(level({ policies: [{ ...policy, lastSuccessAt: null }] })).toBe('declared');
    expect(level({})).toBe('listed');
    expect(level({ restoreRuns: [restore({})] })).toBe('restored');
    expect(level({ restoreRuns: [restore({ restoredBytes: 0 })] })).toBe('listed');
    expect(level({ restoreRuns: [restore({ restoredBytes: null })] })).toBe('listed');
    expect(level({ restoreRuns: [restore({ endedAt: ago(91 * 24) })] })).toBe('listed');
  });

  it('is no more than declared while the storage location is unavailable', () => {
    const repository = {
      repositoryId: 'bsl',
      engine: 'velero' as const,
      kind: 'BackupStorageLocation',
      namespace: 'velero',
      name: 'default',
      uid: 'b',
      message: 'denied',
      checkedAt: null,
      availability: 'unavailable' as const,
      readOnly: false,
      availabilitySince: ago(2),
    };
    const there = { policies: [{ ...policy, repositoryId: 'bsl' }], repositories: [repository] };
    expect(level(there)).toBe('declared');
    expect(kinds(look(there))).toEqual(['location-unavailable']);
  });

  it('derives the target as twice the interval; an objective says otherwise', () => {
    expect(targetOf({ policies: [policy] })).toMatchObject({ seconds: 7_200, source: 'derived' });
    const { namespace, resourceId } = photos;
    const asked = { rpoSeconds: 600, rtoSeconds: null };
    const objectives = [{ level: 'resource' as const, namespace, resourceId, ...asked }];
    expect(targetOf({ policies: [policy], objectives })).toMatchObject({
      seconds: 600,
      source: 'set',
    });
    expect(targetOf({ policies: [] })).toMatchObject({ seconds: null, source: 'none' });
  });

  it('sees a Velero restore that completed and filled no volume (FM-21)', () => {
    const completed = { engine: 'velero', kind: 'Restore', resourceId: null } as const;
    const found = (restoredBytes: number | null) =>
      look({ restoreRuns: [restore({ ...completed, outcome: 'success', restoredBytes })] });
    const [seen] = emptyRestore.detect(found(0));
    expect(seen?.finding).toMatchObject({ severity: 'high', cause: { code: 'FM-21' } });
    expect(seen?.finding.nextStep).toContain('namespaceMapping');
    expect(emptyRestore.detect(found(null))).toEqual([]);
    expect(emptyRestore.detect(found(5))).toEqual([]);
  });

  it('sees a restore that brought nothing back, and a restore source left behind', () => {
    expect(
      kinds(look({ policies: [policy], restoreRuns: [restore({ outcome: 'empty' })] })),
    ).toEqual(['empty-restore']);
    const dataSource = { kind: 'ReplicationDestination', name: 'photos-dst' };
    const resources = [claimFact('media', 'photos', {}, { dataSource })];
    const behind = (hours: number) =>
      kinds(
        look({
          policies: [policy],
          resources,
          restoreRuns: [restore({ imageTakenAt: ago(hours) })],
        }),
      );
    expect(behind(20)).toEqual([]);
    expect(behind(60)).toEqual(['stale-restore-source']);
    // A claim's populator names no claim to restore into; the claim names it.
    const populator = restore({ resourceId: null, imageTakenAt: ago(60) });
    const populated = look({ policies: [policy], resources, restoreRuns: [populator] });
    expect(kinds(populated)).toEqual(['stale-restore-source']);
    const elsewhere = { ...populator, namespace: 'web' };
    expect(kinds(look({ policies: [policy], resources, restoreRuns: [elsewhere] }))).toEqual([]);
  });
});

const declaredSince = (hours: number) =>
  kinds(look({ policies: [judged({ ...sourceFact('media', 'photos'), createdAt: ago(hours) })] }));

describe('rules about the cluster', () => {
  it('waits before it calls a new claim uncovered', () => {
    const known: KnownFindings = new Map();
    const fresh = look({ resources: [claimFact('media', 'photos', { createdAt: ago(0.5) })] });
    expect(liveFindings(known, CLUSTER_DETECTORS, fresh, ago(0.1)).changes).toEqual([]);
    const later = { ...fresh, now: ago(-1) };
    const { changes } = liveFindings(known, CLUSTER_DETECTORS, later, NOW);
    expect(changes).toMatchObject([{ change: 'raised', at: ago(-0.5) }]);
    expect(liveFindings(known, CLUSTER_DETECTORS, later, later.now).changes).toEqual([]);
  });

  it('calls a policy orphaned when its claim is gone, not when claims cannot be read', () => {
    const policies = [judged({ ...sourceFact('media', 'gone'), lastSuccessAt: ago(1) })];
    const exempt = { ...photos, annotations: { 'plimsoll.dev/exempt': 'yes' } };
    expect(kinds(look({ policies, resources: [exempt] }))).toEqual(['orphaned-policy']);
    const problems = [forbidden('persistentvolumeclaims')];
    expect(kinds(look({ policies, resources: [exempt], problems }))).toEqual([]);
  });

  it('says never succeeded after two intervals', () => {
    expect(declaredSince(3)).toEqual(['never-succeeded']);
    expect(declaredSince(-1.5)).toEqual([]);
  });

  it.each([
    ['volsync', 'ReplicationSource', 'replicationsources.volsync.backube'],
    ['velero', 'Schedule', 'schedules.velero.io'],
    ['k8up', 'Schedule', 'schedules.k8up.io'],
    ['kopiur', 'SnapshotPolicy', 'snapshotpolicies.kopiur.home-operations.com'],
    ['cnpg', 'Cluster', 'clusters.postgresql.cnpg.io'],
    ['cronjob', 'CronJob', 'cronjobs.batch'],
  ] as const)('names a %s %s so that kubectl cannot take another for it', (engine, kind, name) => {
    const policy = judged(sourceFact('media', 'photos', { engine, kind }));
    const [sighting] = neverSucceeded.detect(look({ policies: [policy] }));
    expect(sighting?.finding.nextStep).toContain(`kubectl -n media describe ${name} photos`);
  });

  it('finds the backup that stops its schedule', () => {
    const nightly = judged(scheduleFact('nightly'));
    const stopped = (hours: number) => {
      const runs = emptyRunMemory();
      const { index } = look({ policies: [nightly] });
      const run = runFact(nightly, ago(hours), { outcome: 'running', endedAt: null });
      remember(runs, { run, volumes: [], attempts: [] }, index);
      return kinds(look({ policies: [nightly] }, runs));
    };
    expect(stopped(60)).toContain('schedule-stopped');
    expect(stopped(30)).not.toContain('schedule-stopped');
  });

  it('counts failures in a row, whatever is read twice, and forgets what is gone', () => {
    const policy = judged(sourceFact('media', 'photos'));
    const runs = emptyRunMemory();
    const { index } = look({ policies: [policy] });
    const [first, second] = [9, 5].map((hours) =>
      runFact(policy, ago(hours), { outcome: 'failed' }),
    );
    for (const run of [first!, second!, second!, first!])
      remember(runs, { run, volumes: [], attempts: [] }, index);
    const [record] = runs.protections.values();
    expect(failuresInARow(record!)).toBe(2);
    expect(record?.resourceId).toBe(claimId('media', 'photos'));
    expect(forgetGone(runs, look({ resources: [] }).index)).toHaveLength(1);
    expect(runs.protections.size).toBe(0);
  });
});
