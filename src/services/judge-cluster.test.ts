import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../analyze/detectors/job-detectors.ts';
import { emptyBatch } from '../domain/facts.ts';
import type { FactBatch } from '../domain/facts.ts';
import type { FindingChange } from '../domain/judgement.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/time.ts';
import { createFakeStore } from '../../test/support/fake-store.ts';
import type { FakeStore } from '../../test/support/fake-store.ts';
import {
  CLUSTER,
  claimFact,
  claimId,
  runFact,
  scheduleFact,
  sourceFact,
} from '../../test/support/judged-facts.ts';
import { createClusterJudge } from './judge-cluster.ts';

const START = Date.parse('2026-11-02T00:00:00Z');
const at = (hours: number) => new Date(START + hours * HOUR_MS);
const judgeOf = (store: FakeStore) =>
  createClusterJudge({ store, tenantId: 'local', clusterId: CLUSTER, settings: defaultSettings });

function batch(hours: number, facts: Partial<FactBatch>): FactBatch {
  const watched = (kind: string) => ({ kind, from: at(hours - 1), until: at(hours) });
  return {
    ...emptyBatch(CLUSTER, at(hours)),
    observedWindows: [watched('ReplicationSource'), watched('Backup')],
    ...facts,
  };
}

const photos = claimFact('media', 'photos');
const music = claimFact('media', 'music');
const source = sourceFact('media', 'photos');

/** One hourly job that fails in hours 10 to 13, and one claim nobody covers. */
const HISTORY: FactBatch[] = [
  batch(0, { resources: [photos, music], policies: [source], problems: [] }),
  ...Array.from({ length: 24 }, (_, hour) => {
    const failed = hour >= 10 && hour < 14;
    const run = runFact(source, new Date(at(hour).getTime() + MINUTE_MS), {
      outcome: failed ? 'failed' : 'success',
      errorText: failed
        ? 'unable to create lock in backend: repository is already locked by PID 4'
        : null,
    });
    return batch(hour + 1, { runs: [run] });
  }),
];

const story = (changes: FindingChange[]) =>
  changes.map((change) =>
    [
      change.at.toISOString(),
      change.change,
      change.change === 'resolved' ? change.fingerprint : change.finding.fingerprint,
    ].join(' '),
  );

async function play(
  store: FakeStore,
  disturb: (pass: number, judge: ReturnType<typeof judgeOf>) => ReturnType<typeof judgeOf>,
): Promise<void> {
  let judge = judgeOf(store);
  for (const [pass, facts] of HISTORY.entries()) {
    await store.saveFacts('local', facts);
    judge = disturb(pass, judge);
    await judge.judge(facts.observedAt).catch(() => judge.judge(facts.observedAt));
  }
}

const told = (store: FakeStore) => story(store.judgements.flatMap((one) => one.findings));

describe('judging a cluster pass by pass', () => {
  it('raises, explains and resolves', async () => {
    const store = createFakeStore();
    await play(store, (_, judge) => judge);
    const changes = store.judgements.flatMap((one) => one.findings);
    const raised = changes.flatMap((one) => (one.change === 'raised' ? [one.finding] : []));
    expect(raised.map(({ kind }) => kind)).toContain('not-covered');
    expect(raised.find(({ cause }) => cause?.code === 'FM-01')).toBeDefined();
    const kinds = [...store.open.values()].map(({ kind, subject }) => [kind, subject.resource]);
    expect(kinds).toEqual([['not-covered', 'media/music']]);
  });

  it('ranks the uncovered claim first and says what to do', async () => {
    const store = createFakeStore();
    await play(store, (_, judge) => judge);
    const risks = new Map(
      store.judgements.flatMap((one) => one.risks).map((risk) => [risk.resourceId, risk]),
    );
    const score = (name: string) => risks.get(claimId('media', name))!.score;
    expect(score('music')).toBeGreaterThan(score('photos') * 3);
    const advice = store.judgements.findLast((one) => one.recommendations !== null);
    expect(advice?.recommendations?.map(({ title }) => title)).toEqual(['Back up media/music']);
    expect(advice?.recommendations?.[0]?.proposed).toMatch(
      /ReplicationSource media\/music .* like ReplicationSource media\/photos/,
    );
  });

  it('tells the same story when the process dies and resumes before every pass', async () => {
    const [calm, restless] = [createFakeStore(), createFakeStore()];
    await play(calm, (_, judge) => judge);
    await play(restless, () => judgeOf(restless));
    expect(told(restless)).toEqual(told(calm));
    expect(told(calm).length).toBeGreaterThan(2);
  });

  it.each(['before', 'after'] as const)(
    'loses and doubles nothing when a write breaks %s it is durable',
    async (when) => {
      const [calm, broken] = [createFakeStore(), createFakeStore()];
      await play(calm, (_, judge) => judge);
      await play(broken, (pass, judge) => {
        if (pass % 3 === 1) broken.failNextSave = when;
        return judge;
      });
      expect(told(broken)).toEqual(told(calm));
    },
  );

  it('writes nothing when nothing changed, also after a restart', async () => {
    const store = createFakeStore();
    await play(store, (_, judge) => judge);
    const end = HISTORY.at(-1)!.observedAt;
    const judge = judgeOf(store);
    const written = store.judgements.length;
    await judge.judge(end);
    await judge.judge(end);
    expect(store.judgements.slice(written)).toEqual([]);
  });

  it('takes passes one at a time', async () => {
    const store = createFakeStore();
    const judge = judgeOf(store);
    for (const facts of HISTORY.slice(0, 6)) await store.saveFacts('local', facts);
    await Promise.all([judge.judge(at(5)), judge.judge(at(5)), judge.resume(), judge.judge(at(4))]);
    expect(store.open.size).toBe(1);
  });

  it('finds the volume a Velero backup left out, and lets an opt-out be', async () => {
    const store = createFakeStore();
    const judge = judgeOf(store);
    const policy = scheduleFact('nightly', { volumes: 'file-system' });
    const out = claimFact(
      'media',
      'cache-out',
      {},
      {
        mounts: [{ pod: 'p', podVolume: 'v', fileSystemBackup: 'opt-out' }],
      },
    );
    const run = runFact(policy, at(2));
    const volume = {
      runId: run.runId,
      runDay: run.runDay,
      resourceId: photos.resourceId,
      outcome: 'success' as const,
      startedAt: run.startedAt,
      endedAt: run.endedAt,
      logicalBytes: 10,
      addedBytes: 1,
      snapshotId: 's',
      message: null,
    };
    await store.saveFacts(
      'local',
      batch(3, {
        resources: [photos, music, out],
        policies: [policy],
        runs: [run],
        runVolumes: [volume],
      }),
    );
    await judge.judge(at(3));
    const skipped = [...store.open.values()].filter(({ kind }) => kind === 'volume-skipped');
    expect(skipped.map(({ subject }) => subject.resource)).toEqual(['media/music']);
    expect(skipped[0]?.cause?.code).toBe('FM-15');
    const coverage = store.judgements.at(-1)?.coverage ?? [];
    const state = Object.fromEntries(coverage.map((row) => [row.resourceId, row.state]));
    expect(state).toEqual({
      [photos.resourceId]: 'protected',
      [music.resourceId]: 'never-succeeded',
      [out.resourceId]: 'exempt',
    });
  });

  it('finds nothing in 6,000 healthy runs of 50 claims, judged in 100 passes', async () => {
    const store = createFakeStore();
    const judge = judgeOf(store);
    const claims = Array.from({ length: 50 }, (_, i) => claimFact(`ns-${i % 10}`, `claim-${i}`));
    const sources = claims.map((one) => sourceFact(one.namespace, one.name));
    await store.saveFacts(
      'local',
      batch(0, { resources: claims, policies: sources, problems: [] }),
    );
    const hours = 120;
    for (let pass = 0; pass < 100; pass += 1) {
      const [from, until] = [(pass * hours) / 100, ((pass + 1) * hours) / 100];
      const due = Array.from({ length: hours }, (_, h) => h + 0.01).filter(
        (h) => h >= from && h < until,
      );
      const runs = due.flatMap((h) => sources.map((one) => runFact(one, at(h))));
      const watched = [{ kind: 'ReplicationSource', from: at(from), until: at(until) }];
      await store.saveFacts('local', batch(until, { runs, observedWindows: watched }));
      await judge.judge(at(until));
    }
    expect([...store.open.values()].map(({ kind }) => kind)).toEqual([]);
  });

  it('ends the findings of what is gone', async () => {
    const store = createFakeStore();
    await play(store, (_, judge) => judge);
    const judge = judgeOf(store);
    await store.saveFacts('local', batch(25, { removedResourceIds: [music.resourceId] }));
    await judge.judge(new Date(START + DAY_MS + HOUR_MS));
    const about = [...store.open.values()].map(({ subject }) => subject.resource);
    expect(about).not.toContain('media/music');
    expect(store.judgements.at(-1)?.removedRiskResourceIds).toEqual([music.resourceId]);
  });
});
