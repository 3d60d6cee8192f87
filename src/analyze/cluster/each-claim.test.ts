import { describe, expect, it } from 'vitest';
import { noInventory } from '../../../test/support/no-inventory.ts';
import type { PolicyFact, RunFact } from '../../domain/facts.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { CLUSTER, claimFact, runFact, sourceFact } from '../../../test/support/judged-facts.ts';
import { defaultSettings } from '../detectors/job-detectors.ts';
import { indexInventory } from './inventory.ts';
import { advanceJobs, emptyJobBook, noteWindows } from './job-book.ts';
import { newsByJob, volumeJobId } from './job-inputs.ts';

const BEGIN = new Date('2026-11-18T00:00:00Z');
const at = (hours: number) => new Date(BEGIN.getTime() + hours * HOUR_MS);
const claims = [claimFact('media', 'photos'), claimFact('shop', 'orders')];
const [photos, orders] = claims.map(({ resourceId }) => resourceId) as [string, string];

const nightly = (detachedSince: Date | null = null): PolicyFact => ({
  ...sourceFact('longhorn-system', 'nightly'),
  engine: 'longhorn',
  kind: 'RecurringJob',
  schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC', dialect: 'longhorn' },
  selection: {
    type: 'each-claim',
    storage: 'elsewhere',
    claims: [
      { namespace: 'media', name: 'photos', detachedSince: null },
      { namespace: 'shop', name: 'orders', detachedSince },
    ],
  },
});

/** Runs of the first claim alone, night after night; what is found of the second one. */
function judge(
  policy: PolicyFact,
  ended: readonly RunFact['outcome'][] = ['success', 'success', 'success'],
  errorText: string | null = null,
) {
  const index = indexInventory({
    ...noInventory,
    resources: claims,
    policies: [{ ...policy, scheduleSince: BEGIN, pausedSince: null, removedAt: null }],
  });
  const runs = ended.map((outcome, night) =>
    runFact(policy, at(2 + 24 * night), { resourceId: photos, outcome, errorText }),
  );
  const whole = runs.map((run) => ({ run, volumes: [], attempts: [] }));
  const until = at(24 * ended.length - 12);
  const book = emptyJobBook();
  noteWindows(book, [{ kind: 'longhorn.io/backups', from: BEGIN, until }]);
  const time = { until, live: false, settings: defaultSettings };
  const news = newsByJob(whole, index);
  return { index, news, ...advanceJobs(book, CLUSTER, index, news, true, time) };
}

const kindsAfter = (outcome: RunFact['outcome'], errorText: string | null = null) =>
  judge(nightly(BEGIN), ['success', outcome, outcome, outcome], errorText).changes.flatMap(
    (change) => (change.change === 'raised' ? change.finding.kind : []),
  );

describe('a policy that runs for each claim apart', () => {
  it('has a job per claim and none of its own', () => {
    const { rows, news } = judge(nightly());
    const { policyId } = nightly();
    const ofJobs = rows.filter((row) => row.policyId !== null);
    expect(ofJobs.map(({ jobId }) => jobId).sort()).toEqual(
      [volumeJobId(policyId, photos), volumeJobId(policyId, orders)].sort(),
    );
    expect([...news.keys()]).toEqual([volumeJobId(policyId, photos)]);
  });

  it('misses the runs of one claim while the other is well', () => {
    const { changes } = judge(nightly());
    const found = changes.flatMap((change) => (change.change === 'raised' ? change.finding : []));
    expect(found.map(({ kind, subject }) => [kind, subject.resourceId])).toEqual([
      ['missed-run', orders],
    ]);
  });

  it('tells of each claim what was due, and evidence names those rows', () => {
    const { changes, expectedRuns } = judge(nightly());
    const rows = expectedRuns.map(({ jobId, dueAt }) => `${jobId}/${dueAt.toISOString()}`);
    const found = changes.flatMap((change) => (change.change === 'raised' ? change.finding : []));
    const named = found.flatMap(({ evidence }) =>
      evidence.flatMap(({ table, rowId }) => (table === 'expected_runs' ? [rowId] : [])),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(rows).toEqual(expect.arrayContaining(named));
    const states = (claim: string) =>
      expectedRuns.filter(({ jobId }) => jobId.endsWith(claim)).map(({ state }) => state);
    expect(new Set(states(orders))).toEqual(new Set(['missed']));
    expect(states(photos)).toContain('met');
  });

  it('has a copy that holds everything while runs are skipped, and not when they fail', () => {
    expect(kindsAfter('skipped')).toEqual([]);
    expect(kindsAfter('skipped', 'it is suspended')).toContain('rpo-breach');
    expect(kindsAfter('failed')).toContain('rpo-breach');
  });

  it('expects nothing of a volume the engine passes over', () => {
    expect(judge(nightly(BEGIN)).changes).toEqual([]);
  });

  it('protects nothing with copies that are lost with the volume', () => {
    const policy = nightly();
    if (policy.selection.type === 'each-claim') policy.selection.storage = 'same';
    const { index, rows } = judge(policy);
    expect(rows).toEqual([]);
    expect(index.declarations.get(photos)?.[0]?.taking).toMatchObject({ take: 'not-taken' });
  });
});
