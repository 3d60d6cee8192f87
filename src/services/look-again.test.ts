import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexInventory } from '../analyze/cluster/inventory.ts';
import type { Witnesses } from '../analyze/cluster/view.ts';
import { witnessesOf } from '../analyze/cluster/witness.ts';
import { defaultSettings } from '../analyze/detectors/job-detectors.ts';
import { emptyBatch } from '../domain/facts.ts';
import type { FactBatch, RestorePointFact, RestoreRunFact, RunFact } from '../domain/facts.ts';
import type { Judgement } from '../domain/judgement.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/time.ts';
import { createFakeStore } from '../../test/support/fake-store.ts';
import type { FakeStore } from '../../test/support/fake-store.ts';
import {
  CLUSTER,
  claimFact,
  runFact,
  scheduleFact,
  sourceFact,
} from '../../test/support/judged-facts.ts';
import { judgePass } from './judge-pass.ts';
import { recallJudge } from './judge-memory.ts';
import type { JudgeMemory } from './judge-memory.ts';
import { readJudgeNews } from './read-judge-news.ts';

const START = Date.parse('2026-11-02T00:00:00Z');
const CLAIMS = [
  claimFact('media', 'photos'),
  claimFact('media', 'postgres'),
  claimFact('shop', 'orders', { labels: { backup: 'daily' } }),
  claimFact('shop', 'cache'),
];
const REPOSITORY = {
  repositoryId: 'location',
  engine: 'velero' as const,
  kind: 'BackupStorageLocation',
  namespace: 'velero',
  name: 'default',
  uid: 'uid-location',
  message: null,
  checkedAt: null,
  readOnly: false,
};
const HOURLY = sourceFact('media', 'photos', { createdAt: new Date(START) });
const DAILY = sourceFact('shop', 'orders', {
  schedule: { type: 'cron', expression: '30 1 * * *', timeZone: 'UTC', dialect: 'volsync' },
});
const NIGHTLY = scheduleFact('nightly', { include: ['media'] }, { repositoryId: 'location' });
const POLICIES = [HOURLY, DAILY, NIGHTLY];

/** Where a step of a story stands. */
interface Moment {
  store: FakeStore;
  at: Date;
  count: number;
}

type Step = (moment: Moment) => Partial<FactBatch>;

const before = (at: Date, ms: number) => new Date(at.getTime() - ms);
const after = (at: Date, ms: number) => new Date(at.getTime() + ms);
const anyMs = fc.constantFrom(1, MINUTE_MS, 20 * MINUTE_MS, 2 * HOUR_MS, 2 * DAY_MS, 30 * DAY_MS);
const anyClaim = fc.constantFrom(...CLAIMS);

const runs: fc.Arbitrary<Step> = fc
  .record({
    policy: fc.constantFrom(...POLICIES),
    outcome: fc.constantFrom<RunFact['outcome']>(
      'success',
      'failed',
      'running',
      'unknown',
      'empty',
    ),
    addedBytes: fc.constantFrom(null, 1_000, 10 ** 9, 10 ** 12),
    parts: fc.subarray(CLAIMS.slice(0, 2)),
    ago: fc.constantFrom(-HOUR_MS, 5 * MINUTE_MS, DAY_MS),
  })
  .map(({ policy, outcome, addedBytes, parts, ago }) => ({ at }: Moment) => {
    const startedAt = before(at, ago);
    const endedAt = outcome === 'running' ? null : after(startedAt, MINUTE_MS);
    const run = runFact(policy, startedAt, { outcome, endedAt, addedBytes });
    const part = { outcome, startedAt, endedAt, logicalBytes: 1, addedBytes, message: null };
    const { runId, runDay } = run;
    const volumes = policy === NIGHTLY ? parts : [];
    const runVolumes = volumes.map(({ resourceId }) => ({
      ...part,
      runId,
      runDay,
      resourceId,
      snapshotId: null,
    }));
    return { runs: [run], runVolumes };
  });

const snapshots: fc.Arbitrary<Step> = fc
  .record({ claim: anyClaim, ready: fc.boolean(), ago: fc.constantFrom(MINUTE_MS, HOUR_MS) })
  .map(({ claim, ready, ago }) => ({ at, count }: Moment) => {
    const { resourceId, namespace } = claim;
    const name = `snapshot-${count % 2}`;
    const kind = { engine: 'csi' as const, policyId: null, resourceId, namespace, name };
    const outcome = ready ? ('success' as const) : ('running' as const);
    const own = { ...kind, runId: `run-${name}`, outcome, endedAt: ready ? at : null };
    return { runs: [runFact(DAILY, before(at, ago), own)] };
  });

const points: fc.Arbitrary<Step> = fc
  .record({
    claim: fc.option(anyClaim),
    policy: fc.option(fc.constantFrom(...POLICIES)),
    engine: fc.constantFrom('velero' as const, 'csi' as const),
    keptMs: fc.option(anyMs),
    ago: fc.constantFrom(-HOUR_MS, HOUR_MS, 3 * DAY_MS),
  })
  .map(({ claim, policy, engine, keptMs, ago }) => ({ at, count }: Moment) => {
    const point: RestorePointFact = {
      restorePointId: `point-${count % 3}`,
      engine,
      policyId: policy?.policyId ?? null,
      repositoryId: 'location',
      resourceId: claim?.resourceId ?? null,
      runId: null,
      takenAt: before(at, ago),
      expiresAt: keptMs === null ? null : after(at, keptMs),
      handle: 'handle',
      logicalBytes: 1,
    };
    return { restorePoints: [point] };
  });

const restores: fc.Arbitrary<Step> = fc
  .record({
    claim: anyClaim,
    bytes: fc.constantFrom(0, 10 ** 9),
    ago: fc.constantFrom(HOUR_MS, 89 * DAY_MS),
  })
  .map(({ claim, bytes, ago }) => ({ at }: Moment) => {
    const { resourceId, namespace, name } = claim;
    const restore: RestoreRunFact = {
      restoreRunId: `restore-${name}`,
      engine: 'velero',
      kind: 'Restore',
      namespace,
      name,
      uid: `uid-${name}`,
      resourceId,
      outcome: 'success',
      imageTakenAt: null,
      startedAt: before(at, ago + HOUR_MS),
      endedAt: before(at, ago),
      restoredBytes: bytes,
      message: null,
    };
    return { restoreRuns: [restore] };
  });

const people: fc.Arbitrary<Step> = fc
  .record({ claim: anyClaim, ms: fc.option(anyMs), exempt: fc.boolean() })
  .map(({ claim, ms, exempt }) => ({ store, at }: Moment) => {
    const { resourceId } = claim;
    const seconds = ms === null ? null : Math.max(60, ms / 1_000);
    const asked = { namespace: null, rpoSeconds: seconds, rtoSeconds: 600 };
    if (exempt)
      store.exemptions = [
        { resourceId, reason: 'a cache', expiresAt: ms === null ? null : after(at, ms) },
      ];
    else store.objectives = [{ level: 'resource', resourceId, ...asked }];
    return { resources: [claim] };
  });

const places: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom('available' as const, 'unavailable' as const).map((availability) => () => ({
    repositories: [{ ...REPOSITORY, availability }],
  })),
  fc.tuple(fc.constantFrom(...POLICIES), fc.boolean()).map(([policy, paused]) => () => ({
    policies: [{ ...policy, paused }],
  })),
  anyClaim.map(({ resourceId }) => () => ({ removedResourceIds: [resourceId] })),
  anyClaim.map((claim) => () => ({ resources: [claim] })),
);

const all: Step = () => ({
  resources: CLAIMS,
  policies: POLICIES,
  repositories: [{ ...REPOSITORY, availability: 'available' as const }],
  problems: [],
});
/** Most of what happens to a real cluster is runs, and nothing. */
const quiet: Step = () => ({});
const anyStep = fc.oneof(
  { weight: 4, arbitrary: runs },
  { weight: 4, arbitrary: fc.constant(quiet) },
  { weight: 1, arbitrary: snapshots },
  { weight: 1, arbitrary: points },
  { weight: 1, arbitrary: restores },
  { weight: 1, arbitrary: people },
  { weight: 1, arbitrary: places },
);
const anyPause = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 }).map((minutes) => minutes * MINUTE_MS) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 * DAY_MS }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 10 * MINUTE_MS + 1, 20 * DAY_MS) },
);
const anyWitnesses: fc.Arbitrary<Witnesses | null | 'as before'> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('as before' as const) },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant(witnessesOf([])) },
);
const anyStory = fc.array(fc.tuple(anyStep, anyPause, anyWitnesses), {
  minLength: 4,
  maxLength: 14,
});

const freshMemory = (): JudgeMemory =>
  recallJudge(CLUSTER, { judgedAt: null, revision: 0, jobs: [], risks: [] }, []);

async function pass(
  memory: JudgeMemory,
  store: FakeStore,
  at: Date,
  witnesses: Witnesses | null,
): Promise<Judgement> {
  const news = await readJudgeNews(
    { store, tenantId: 'local', clusterId: CLUSTER },
    memory.revision,
  );
  const inventoryChanged = news.inventory !== null;
  if (news.inventory !== null) memory.index = indexInventory(news.inventory);
  const input = { clusterId: CLUSTER, news, at, settings: defaultSettings, witnesses };
  const judgement = judgePass(memory, memory.index!, { ...input, inventoryChanged });
  memory.revision = judgement.revision;
  memory.judgedAt = at;
  return judgement;
}

describe('looking again at what has news or is due', () => {
  it('judges as if it looked at everything, whatever happens and whenever', async () => {
    await fc.assert(
      fc.asyncProperty(anyStory, async (story) => {
        const store = createFakeStore();
        const [kept, whole] = [freshMemory(), freshMemory()];
        let at = new Date(START);
        let witnesses: Witnesses | null = witnessesOf([]);
        for (const [count, [step, pause, told]] of [
          [all, 0, 'as before'] as const,
          ...story,
        ].entries()) {
          at = after(at, pause);
          if (told !== 'as before') witnesses = told;
          const facts = step({ store, at, count });
          const watched = { kind: 'ReplicationSource', from: before(at, pause), until: at };
          if (step !== quiet)
            await store.saveFacts('local', {
              ...emptyBatch(CLUSTER, at),
              observedWindows: [watched],
              ...facts,
            });
          whole.look = null;
          const judged = await pass(kept, store, at, witnesses);
          expect(judged).toEqual(await pass(whole, store, at, witnesses));
          expect(kept.risks).toEqual(whole.risks);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('scores a claim again when its exemption has run out, though nothing else has happened', async () => {
    const store = createFakeStore();
    const memory = freshMemory();
    const [claim] = CLAIMS;
    const until = after(new Date(START), 10 * MINUTE_MS);
    const runs = [runFact(HOURLY, before(new Date(START), MINUTE_MS))];
    store.exemptions = [{ resourceId: claim!.resourceId, reason: 'moving', expiresAt: until }];
    const facts = { resources: CLAIMS, policies: [HOURLY], runs, problems: [] };
    await store.saveFacts('local', { ...emptyBatch(CLUSTER, new Date(START)), ...facts });
    const about = async (at: Date) =>
      (await pass(memory, store, at, witnessesOf([]))).risks
        .filter(({ resourceId }) => resourceId === claim!.resourceId)
        .map(({ score }) => score > 0);
    expect(await about(new Date(START))).toEqual([false]);
    expect(await about(before(until, 1))).toEqual([]);
    expect(await about(until)).toEqual([true]);
    expect(await about(after(until, 1))).toEqual([]);
  });
});
