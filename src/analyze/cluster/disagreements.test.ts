import { describe, expect, it } from 'vitest';
import { noInventory } from '../../../test/support/no-inventory.ts';
import type { PolicyFact, RepositoryFact } from '../../domain/facts.ts';
import type { Metric, MetricValue } from '../../domain/metrics.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { CLUSTER, claimFact, runFact, sourceFact } from '../../../test/support/judged-facts.ts';
import { coverageOf } from '../coverage.ts';
import { intervalSeconds } from '../schedules/due-times.ts';
import { liveFindings, type KnownFindings } from './finding-life.ts';
import { indexInventory, type Inventory, type JudgedPolicy } from './inventory.ts';
import { locationDisagrees } from './location-disagrees.ts';
import { outcomeDisagrees } from './outcome-disagrees.ts';
import { pointMissing } from './point-missing.ts';
import { emptyRunMemory, remember } from './run-memory.ts';
import { successDisagrees } from './success-disagrees.ts';
import { syncDisagrees } from './sync-disagrees.ts';
import type { CoveredView } from './view.ts';
import { witnessesOf } from './witness.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const MONDAY = new Date('2026-01-05T00:00:00Z');
const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS);
const unix = (hours: number) => ago(hours).getTime() / 1_000;
const photos = claimFact('media', 'photos');

const judged = (fact: PolicyFact): JudgedPolicy => ({
  ...fact,
  scheduleSince: fact.createdAt!,
  pausedSince: null,
  removedAt: null,
});
const daily = (successHours: number | null) =>
  judged({
    ...sourceFact('media', 'photos'),
    schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC', dialect: 'volsync' },
    lastSuccessAt: successHours === null ? null : ago(successHours),
  });

interface Scene {
  policy: JudgedPolicy;
  told?: [Metric, number][];
  runs?: ['success' | 'failed', number][];
  /** When the metrics were looked at; now when left out. */
  lookedAt?: Date;
  repositories?: Inventory['repositories'];
  answers?: boolean;
}

function look({
  policy,
  told = [],
  runs = [],
  repositories = [],
  answers = true,
  lookedAt = NOW,
}: Scene): CoveredView {
  const index = indexInventory({
    ...noInventory,
    resources: [photos],
    policies: [policy],
    repositories,
  });
  const memory = emptyRunMemory();
  for (const [outcome, hours] of runs) {
    const { resourceId } = photos;
    const run = runFact(policy, ago(hours), { outcome, resourceId });
    remember(memory, { run, volumes: [], attempts: [] }, index);
  }
  const values = told.map(([metric, value]): MetricValue => {
    const location = metric === 'location-available';
    return {
      seriesId: `series-${metric}`,
      metric,
      subject: location ? 'repository' : 'policy',
      subjectId: location ? 'offsite' : policy.policyId,
      origin: `x_${metric}`,
      at: lookedAt,
      value,
    };
  });
  const view = {
    clusterId: CLUSTER,
    now: NOW,
    index,
    runs: memory,
    intervalOf: (one: JudgedPolicy) => intervalSeconds(one.schedule, MONDAY),
    witnesses: answers ? witnessesOf(values) : null,
  };
  const coverage = new Map(coverageOf(view).map((row) => [row.resourceId, row]));
  return { ...view, coverage, findings: new Map() };
}

const offsite = (
  availability: RepositoryFact['availability'],
): Inventory['repositories'][number] => ({
  repositoryId: 'offsite',
  engine: 'velero',
  kind: 'BackupStorageLocation',
  namespace: 'velero',
  name: 'offsite',
  uid: 'u',
  availability,
  message: null,
  checkedAt: ago(0.1),
  readOnly: false,
  availabilitySince: ago(5),
});

const successesOf = (object: number | null, metric: number) =>
  successDisagrees
    .detect(look({ policy: daily(object), told: [['last-success-at', unix(metric)]] }))
    .map(({ finding }) => finding);
const syncOf = (success: number, gauge: number) =>
  syncDisagrees
    .detect(look({ policy: daily(success), told: [['out-of-sync', gauge]] }))
    .map(({ finding }) => finding.cause?.code);
const syncLookedAt = (success: number, gauge: number, lookedAt: Date) =>
  syncDisagrees.detect(look({ policy: daily(success), told: [['out-of-sync', gauge]], lookedAt }));
const syncSince = (success: number, gauge: number) =>
  syncDisagrees
    .detect(look({ policy: daily(success), told: [['out-of-sync', gauge]] }))
    .map((sighting) => sighting.since);
const lastRunOf = (outcome: 'success' | 'failed', gauge: number) =>
  outcomeDisagrees.detect(
    look({ policy: daily(40), told: [['last-run-ok', gauge]], runs: [[outcome, 3]] }),
  );
const locationOf = (availability: RepositoryFact['availability'], gauge: number) =>
  locationDisagrees.detect(
    look({
      policy: daily(10),
      told: [['location-available', gauge]],
      repositories: [offsite(availability)],
    }),
  );
const kopiur = (hours: number) => ({ ...daily(hours), engine: 'kopiur' as const });

describe('FM-13: metric and object name different last successes', () => {
  it('a success that no object shows is told and not counted, with both rows', () => {
    const [finding] = successesOf(60, 10);
    expect(finding).toMatchObject({ severity: 'medium', cause: { code: 'FM-13' } });
    expect(finding?.evidence.map(({ table }) => table)).toEqual(['policies', 'series']);
    expect(successesOf(null, 10)).toHaveLength(1);
  });

  it('a metric that lags is wrong, and low', () => {
    expect(successesOf(20, 90)[0]).toMatchObject({ severity: 'low' });
  });

  it('a metric that lacked a success stays wrong while the next one is young', () => {
    expect(successesOf(0.5, 48.5)).toHaveLength(1);
    const old = { policy: daily(0.5), told: [['last-success-at', unix(48.5)]] } satisfies Scene;
    expect(successDisagrees.detect(look({ ...old, lookedAt: ago(40) }))).toEqual([]);
  });

  it('what differs by less than half an interval, or is younger than the look, agrees', () => {
    expect(successesOf(10, 10.5)).toEqual([]);
    expect(successesOf(20, 30)).toEqual([]);
    expect(successesOf(0.5, 24.5)).toEqual([]);
  });

  it('no metric, or one at zero, says nothing', () => {
    expect(successDisagrees.detect(look({ policy: daily(60) }))).toEqual([]);
    const zero = look({ policy: daily(60), told: [['last-success-at', 0]] });
    expect(successDisagrees.detect(zero)).toEqual([]);
  });
});

describe('the gauge of being in sync', () => {
  it('stuck at one after a success on time is FM-13; zero long after the last is FM-02', () => {
    expect(syncOf(10, 1)).toEqual(['FM-13']);
    expect(syncOf(61, 0)).toEqual(['FM-02']);
  });

  it('is judged by what there was to know when it was looked at', () => {
    expect(syncLookedAt(61, 0, ago(50))).toEqual([]);
    expect(syncLookedAt(10, 1, ago(11))).toHaveLength(1);
    expect(syncLookedAt(10, 1, ago(40))).toEqual([]);
  });

  it('is known to be wrong since it should have known better', () => {
    expect(syncSince(10, 1)).toEqual([ago(10)]);
    expect(syncSince(0.5, 1)).toEqual([null]);
    expect(syncSince(70, 0)).toEqual([ago(10)]);
  });

  it('agrees otherwise', () => {
    expect(syncOf(10, 0)).toEqual([]);
    expect(syncOf(61, 1)).toEqual([]);
    expect(syncOf(40, 0)).toEqual([]);
  });
});

describe('the gauge of the last run', () => {
  it('that contradicts the object is told', () => {
    expect(lastRunOf('failed', 1)[0]?.finding).toMatchObject({ severity: 'medium' });
    expect(lastRunOf('success', 0)[0]?.finding).toMatchObject({ severity: 'low' });
  });

  it('that agrees is not', () => {
    expect(lastRunOf('failed', 0)).toEqual([]);
    expect(lastRunOf('success', 1)).toEqual([]);
  });
});

describe('the metric of a storage location', () => {
  it('that contradicts the object is told; one about an unknown state is not', () => {
    expect(locationOf('available', 0)).toHaveLength(1);
    expect(locationOf('unavailable', 1)).toHaveLength(1);
    expect(locationOf('available', 1)).toEqual([]);
    expect(locationOf('unknown', 0)).toEqual([]);
  });
});

describe('a success without a restore point', () => {
  it('of an engine that lists points is told while it is fresh', () => {
    expect(pointMissing.detect(look({ policy: kopiur(3) }))[0]?.finding.severity).toBe('high');
    expect(pointMissing.detect(look({ policy: kopiur(30) }))).toEqual([]);
  });

  it('of VolSync, which lists none, is not', () => {
    expect(pointMissing.detect(look({ policy: daily(3) }))).toEqual([]);
  });
});

it('a disagreement stays open while the metrics store does not answer, and ends when it agrees', () => {
  const known: KnownFindings = new Map();
  const rules = [successDisagrees];
  const later = (scene: Scene, hours: number): CoveredView => ({
    ...look(scene),
    now: new Date(NOW.getTime() + hours * HOUR_MS),
  });
  const apart: Scene = { policy: daily(60), told: [['last-success-at', unix(10)]] };
  liveFindings(known, rules, later(apart, 0), null);
  const raised = liveFindings(known, rules, later(apart, 1), NOW).changes;
  expect(raised.map(({ change }) => change)).toEqual(['raised']);
  const silent = later({ ...apart, answers: false }, 2);
  expect(liveFindings(known, rules, silent, NOW).changes).toEqual([]);
  const agreed = later({ policy: daily(10), told: [['last-success-at', unix(10)]] }, 3);
  const ended = liveFindings(known, rules, agreed, NOW).changes;
  expect(ended.map(({ change }) => change)).toEqual(['resolved']);
});

it('a disagreement stays open while its own metric is silent, and ends with its subject or the metrics store', () => {
  const raisedNow = (): KnownFindings => {
    const known: KnownFindings = new Map();
    const apart: Scene = { policy: daily(61), told: [['out-of-sync', 0]] };
    liveFindings(known, [syncDisagrees], look(apart), ago(1));
    expect(known.size).toBe(1);
    return known;
  };
  const changesOf = (scene: Scene) =>
    liveFindings(raisedNow(), [syncDisagrees], look(scene), ago(1)).changes.map(
      ({ change }) => change,
    );
  expect(changesOf({ policy: daily(61), told: [['last-run-ok', 1]] })).toEqual([]);
  expect(changesOf({ policy: daily(61), told: [] })).toEqual(['resolved']);
  const other = { ...daily(61), policyId: 'another' };
  expect(changesOf({ policy: other, told: [['last-run-ok', 1]] })).toEqual(['resolved']);
});
