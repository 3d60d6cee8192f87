import { describe, expect, it } from 'vitest';
import { noInventory } from '../../../test/support/no-inventory.ts';
import type { PolicyFact } from '../../domain/facts.ts';
import { HOUR_MS } from '../../domain/time.ts';
import {
  CLUSTER,
  claimFact,
  claimId,
  runFact,
  sourceFact,
} from '../../../test/support/judged-facts.ts';
import { coverageOf, protectionsOf } from '../coverage.ts';
import { rpoTargetOf } from '../rpo.ts';
import { riskScoresOf } from '../risk-scores.ts';
import { intervalSeconds } from '../schedules/due-times.ts';
import { CLUSTER_DETECTORS } from './cluster-detectors.ts';
import { liveFindings } from './finding-life.ts';
import type { KnownFindings } from './finding-life.ts';
import { indexInventory } from './inventory.ts';
import type { Inventory, JudgedPolicy } from './inventory.ts';
import { emptyRunMemory, failuresInARow, remember } from './run-memory.ts';
import type { CoveredView } from './view.ts';
import { protectionOf } from './view.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS);
const MONDAY = new Date('2026-01-05T00:00:00Z');

const instance = (name: string) =>
  claimFact('crm', name, { labels: { 'cnpg.io/cluster': 'crm-db' } });
const database = [instance('crm-db-1'), instance('crm-db-2')];
const nightly: JudgedPolicy = {
  ...sourceFact('crm', 'crm-nightly'),
  engine: 'cnpg',
  kind: 'ScheduledBackup',
  schedule: { type: 'cron', expression: '0 0 3 * * *', timeZone: 'UTC', dialect: 'cnpg' },
  selection: { type: 'labels', namespace: 'crm', matchLabels: { 'cnpg.io/cluster': 'crm-db' } },
  scheduleSince: ago(500),
  pausedSince: null,
  removedAt: null,
};
const both: PolicyFact['selection'] = {
  type: 'claims',
  namespace: 'crm',
  names: ['crm-db-1', 'crm-db-2'],
};

function inventoryOf(more: Partial<Inventory> = {}) {
  return indexInventory({ ...noInventory, resources: database, policies: [nightly], ...more });
}

const newestPoints: Inventory['newestPoints'] = [
  {
    restorePointId: 'p',
    engine: 'cnpg',
    policyId: nightly.policyId,
    repositoryId: null,
    resourceId: null,
    runId: null,
    takenAt: ago(9),
    expiresAt: null,
    handle: '20261120T030002',
    logicalBytes: null,
  },
];
const intervalOf = (policy: JudgedPolicy) => intervalSeconds(policy.schedule, MONDAY);

function look(index = inventoryOf(), runs = emptyRunMemory()): CoveredView {
  const view = { clusterId: CLUSTER, now: NOW, index, runs, intervalOf, witnesses: null };
  const coverage = new Map(coverageOf(view).map((row) => [row.resourceId, row]));
  return { ...view, coverage, findings: new Map() };
}
const fruitless = (policies: JudgedPolicy[]) =>
  CLUSTER_DETECTORS.flatMap((rule) => rule.detect(look(inventoryOf({ policies }))))
    .filter(({ finding }) => finding.kind === 'never-succeeded')
    .map(({ finding }) => finding.subject.policyId);
const states = (view: CoveredView) => [...view.coverage.values()].map(({ state }) => state);
function kinds(view: CoveredView): string[] {
  const known: KnownFindings = new Map();
  liveFindings(known, CLUSTER_DETECTORS, view, null);
  liveFindings(known, CLUSTER_DETECTORS, { ...view, now: ago(-2) }, NOW);
  return [...known.values()].filter((one) => one.raised).map(({ finding }) => finding.kind);
}

const named = (names: string[]) =>
  inventoryOf({
    resources: [...database, claimFact('crm', 'uploads')],
    policies: [{ ...nightly, selection: { type: 'claims', namespace: 'crm', names } }],
  });

describe('runs that take all claims of a policy together', () => {
  const run = (hours: number, more = {}) => ({
    run: runFact(nightly, ago(hours), { resourceId: null, ...more }),
    volumes: [],
    attempts: [],
  });

  it.each([
    ['by labels', nightly],
    ['by names', { ...nightly, selection: both }],
  ])('went for each as they went for all, %s', (_, policy) => {
    const index = inventoryOf({ policies: [policy] });
    const runs = emptyRunMemory();
    expect(states(look(index, runs))).toEqual(['never-succeeded', 'never-succeeded']);
    remember(runs, run(33), index);
    remember(runs, run(9, { outcome: 'failed' }), index);
    const view = look(index, runs);
    expect(states(view)).toEqual(['protected', 'protected']);
    expect(protectionsOf(view)).toHaveLength(2);
    const record = protectionOf(view, policy.policyId, claimId('crm', 'crm-db-2'));
    expect(failuresInARow(record!)).toBe(1);
    expect(kinds(view)).toEqual([]);
  });

  it('protect a claim that joined after them', () => {
    const runs = emptyRunMemory();
    remember(runs, run(9), inventoryOf());
    const later = inventoryOf({ resources: [...database, instance('crm-db-3')], newestPoints });
    const view = look(later, runs);
    expect(states(view)).toEqual(['protected', 'protected', 'protected']);
    const ages = [...riskScoresOf(view)].map((risk) => risk.rpoAchievedSeconds);
    expect(ages).toEqual([32_400, 32_400, 32_400]);
  });

  it('say nothing of a claim that someone named after them', () => {
    const runs = emptyRunMemory();
    remember(runs, run(9), named(['crm-db-1', 'crm-db-2']));
    const later = named(['crm-db-1', 'crm-db-2', 'uploads']);
    const { coverage } = look(later, runs);
    expect(coverage.get(claimId('crm', 'uploads'))?.state).toBe('never-succeeded');
    expect(coverage.get(claimId('crm', 'crm-db-1'))?.state).toBe('protected');
  });

  it('do not take what has other labels, or lies elsewhere', () => {
    const resources = [
      ...database,
      claimFact('crm', 'uploads'),
      claimFact('web', 'crm-db-1', { labels: { 'cnpg.io/cluster': 'crm-db' } }),
    ];
    const view = look(inventoryOf({ resources }));
    expect(view.index.claimsOf.get(nightly.policyId)).toHaveLength(2);
  });

  it('have one point for all: how old it is counts for each', () => {
    const index = inventoryOf({ newestPoints });
    const runs = emptyRunMemory();
    remember(runs, run(9), index);
    const view = look(index, runs);
    expect([...riskScoresOf(view)].map((risk) => risk.rpoAchievedSeconds)).toEqual([
      32_400, 32_400,
    ]);
    expect(rpoTargetOf(view, view.index.claims[0]!)).toMatchObject({
      seconds: 172_800,
      source: 'derived',
    });
  });

  it('do not grow stale while a WAL archive that works carries on from them', () => {
    const archive: JudgedPolicy = {
      ...nightly,
      policyId: 'archive',
      kind: 'Cluster',
      schedule: { type: 'continuous' },
      lastSuccessAt: ago(90),
    };
    const terms = (more: Partial<JudgedPolicy>) =>
      [...riskScoresOf(look(inventoryOf({ policies: [{ ...archive, ...more }] })))][0]?.terms.map(
        ({ name }) => name,
      );
    expect(terms({})).not.toContain('stale');
    expect(terms({ problem: 'ContinuousArchivingFailing: no space' })).toContain('stale');
  });

  it('that were never made are told once: of the schedule, not of the archive that rests on them', () => {
    const archive: JudgedPolicy = {
      ...nightly,
      policyId: 'archive',
      kind: 'Cluster',
      schedule: { type: 'continuous' },
    };
    expect(fruitless([archive, nightly])).toEqual([nightly.policyId]);
    expect(fruitless([archive])).toEqual(['archive']);
    expect(fruitless([archive, { ...nightly, paused: true }])).toEqual(['archive']);
  });

  it('that never end stop their schedule (FM-25)', () => {
    const index = inventoryOf({ policies: [{ ...nightly, lastSuccessAt: ago(80) }] });
    const runs = emptyRunMemory();
    remember(runs, run(57, { outcome: 'running', endedAt: null }), index);
    expect(kinds(look(index, runs))).toEqual(['schedule-stopped']);
  });

  it('of a database that is gone leave their policy an orphan, unless claims cannot be read', () => {
    const policies = [{ ...nightly, lastSuccessAt: ago(9) }];
    const gone = inventoryOf({ policies, resources: [] });
    expect(kinds(look(gone))).toEqual(['orphaned-policy']);
    const problem = {
      source: 'persistentvolumeclaims',
      code: 'forbidden' as const,
      message: 'no',
      nextStep: '',
      namespaces: null,
      since: NOW,
    };
    expect(kinds(look(inventoryOf({ policies, resources: [], problems: [problem] })))).toEqual([]);
  });
});
