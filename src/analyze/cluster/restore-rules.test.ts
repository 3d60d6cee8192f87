import { describe, expect, it } from 'vitest';
import { noInventory } from '../../../test/support/no-inventory.ts';
import type { PolicyFact, RestorePointFact } from '../../domain/facts.ts';
import { CLUSTER, claimFact, sourceFact } from '../../../test/support/judged-facts.ts';
import { coverageOf } from '../coverage.ts';
import { claimTooSmall } from './claim-too-small.ts';
import { indexInventory } from './inventory.ts';
import type { Inventory } from './inventory.ts';
import { retentionRisk } from './retention-risk.ts';
import { emptyRunMemory } from './run-memory.ts';
import type { CoveredView } from './view.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const GIB = 1_024 ** 3;
const photos = claimFact('media', 'photos');
const music = claimFact('media', 'music');

function look(facts: readonly PolicyFact[], inventory: Partial<Inventory> = {}): CoveredView {
  const policies = facts.map((fact) => ({
    ...fact,
    scheduleSince: fact.createdAt!,
    pausedSince: null,
    removedAt: null,
  }));
  const index = indexInventory({
    ...noInventory,
    resources: [photos, music],
    policies,
    ...inventory,
  });
  const view = {
    clusterId: CLUSTER,
    now: NOW,
    index,
    runs: emptyRunMemory(),
    intervalOf: () => null,
    witnesses: null,
  };
  const coverage = new Map(coverageOf(view).map((row) => [row.resourceId, row]));
  return { ...view, coverage, findings: new Map() };
}

const risks = (...facts: PolicyFact[]) =>
  retentionRisk.detect(look(facts)).map(({ finding }) => finding.observed.text);

describe('retention (FM-33)', () => {
  it.each([
    [{ last: 1 }, 1],
    [{ last: '1' }, 1],
    [{ daily: 1, weekly: 0 }, 1],
    [{ daily: 7 }, 0],
    [{ last: 1, daily: 1 }, 0],
    [{ ttl: '24h' }, 0],
    [{ last: 1, within: '3d' }, 0],
    [{}, 0],
    [null, 0],
  ])('keep rules %o: %i found', (keep, count) => {
    expect(risks(sourceFact('media', 'photos', { keep }))).toHaveLength(count);
  });

  it('is nobody’s trouble where nothing runs or nothing is wanted', () => {
    const keep = { last: 1 };
    expect(risks(sourceFact('media', 'photos', { keep, paused: true }))).toEqual([]);
    expect(risks(sourceFact('media', 'gone', { keep }))).toEqual([]);
    const exempt = { ...photos, annotations: { 'plimsoll.dev/exempt': 'a cache' } };
    const view = look([sourceFact('media', 'photos', { keep })], { resources: [exempt] });
    expect(retentionRisk.detect(view)).toEqual([]);
  });

  it('of two restic sources in one repository counts the copies of both', () => {
    const [a, b] = ['photos', 'music'].map((name) =>
      sourceFact('media', name, { repositoryId: 'one' }),
    ) as [PolicyFact, PolicyFact];
    expect(risks(a, b)).toEqual(Array(2).fill('2 policies write to one repository'));
    expect(risks(a, { ...b, repositoryId: 'another' })).toEqual([]);
    expect(risks(a, { ...b, method: 'rclone' })).toEqual([]);
    expect(risks({ ...a, engine: 'k8up' }, { ...b, engine: 'k8up' })).toEqual([]);
  });

  it('gives one policy both findings apart', () => {
    const more = { repositoryId: 'one', keep: { last: 1 } };
    const findings = retentionRisk
      .detect(look([sourceFact('media', 'photos', more), sourceFact('media', 'music', more)]))
      .map(({ finding }) => finding.fingerprint);
    expect(new Set(findings).size).toBe(4);
  });
});

const tooSmall = (claim: ReturnType<typeof restored>, bytes: number | null = 20 * GIB) =>
  claimTooSmall.detect(
    look([], { resources: [photos, claim], newestPoints: [point('photos-1', bytes)] }),
  );

const restored = (gib: number, phase = 'Pending', snapshot = 'photos-1', namespace = 'media') =>
  claimFact(
    namespace,
    'restored',
    {},
    {
      phase,
      requestedBytes: gib * GIB,
      dataSource: { kind: 'VolumeSnapshot', name: snapshot },
    },
  );

const point = (handle: string, logicalBytes: number | null): RestorePointFact => ({
  restorePointId: handle,
  engine: 'csi',
  policyId: null,
  repositoryId: null,
  resourceId: photos.resourceId,
  runId: null,
  takenAt: NOW,
  expiresAt: null,
  handle,
  logicalBytes,
});

describe('a claim smaller than its snapshot (FM-30)', () => {
  it('waits for ever, and is told with both sizes', () => {
    const [seen] = tooSmall(restored(10));
    expect(seen?.finding).toMatchObject({
      cause: { code: 'FM-30' },
      observed: { value: 10 * GIB },
      expected: { value: 20 * GIB },
    });
  });

  it('is none when it is large enough, bound, or of a snapshot that is not known', () => {
    expect(tooSmall(restored(20))).toEqual([]);
    expect(tooSmall(restored(10, 'Bound'))).toEqual([]);
    expect(tooSmall(restored(10, 'Pending', 'another'))).toEqual([]);
    expect(tooSmall(restored(10, 'Pending', 'photos-1', 'elsewhere'))).toEqual([]);
    expect(tooSmall(restored(10), null)).toEqual([]);
  });
});
