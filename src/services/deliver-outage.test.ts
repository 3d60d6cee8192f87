import { describe, expect, it } from 'vitest';
import { createFakeStore } from '../../test/support/fake-store.ts';
import type { FakeStore } from '../../test/support/fake-store.ts';
import { CLUSTER, claimFact, runFact, sourceFact } from '../../test/support/judged-facts.ts';
import { defaultSettings } from '../analyze/detectors/job-detectors.ts';
import { replayRuns } from '../analyze/replay/replay-runs.ts';
import { emptyBatch } from '../domain/facts.ts';
import type { RunFact } from '../domain/facts.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, TICK_MS } from '../domain/time.ts';
import { createClusterJudge } from './judge-cluster.ts';

const START = Date.parse('2026-10-01T00:00:00Z');
/** The controller is down from here to the end. */
const DOWN = START + 9 * DAY_MS + 5 * HOUR_MS;
const END = START + 11 * DAY_MS;
const JOBS = 24;
const names = Array.from({ length: JOBS }, (_, index) => `claim-${String(index).padStart(2, '0')}`);
const schedule = (index: number): string => `${(index * 7) % 60} ${index} * * *`;
const sources = names.map((name, index) =>
  sourceFact('media', name, {
    schedule: { type: 'cron', expression: schedule(index), timeZone: 'UTC', dialect: 'volsync' },
    createdAt: new Date(START),
  }),
);

/** Daily runs at all hours, until there are none. */
const runs: RunFact[] = sources.flatMap((source, index) =>
  Array.from({ length: 12 }, (_, day) => {
    const due = START + day * DAY_MS + index * HOUR_MS + ((index * 7) % 60) * MINUTE_MS;
    return runFact(source, new Date(due + 20_000), {
      logicalBytes: (50 + ((day * 7 + index) % 5)) * 1e9,
    });
  }).filter(({ startedAt }) => startedAt.getTime() < DOWN),
);

const lines = runs.map((run) => {
  const index = sources.findIndex(({ policyId }) => policyId === run.policyId);
  const { engine, startedAt, endedAt, outcome, logicalBytes, addedBytes, files } = run;
  const name = `media/${names[index]}`;
  const figures = { logicalBytes, addedBytes, files, storageClass: 'ceph' };
  const job = { v: 1, cluster: CLUSTER, engine, policy: name, resource: name };
  return JSON.stringify({
    ...job,
    ...figures,
    schedule: schedule(index),
    startedAt,
    endedAt,
    outcome,
  });
});

/** Every process dies after its pass. */
async function live(): Promise<FakeStore> {
  const store = createFakeStore();
  const resources = names.map((name) => claimFact('media', name));
  const batch = { ...emptyBatch(CLUSTER, new Date(START)), resources, policies: sources };
  await store.saveFacts('local', { ...batch, problems: [] });
  let last = START - 1;
  for (let at = START; at <= END; at += at < DOWN - 5 * HOUR_MS ? 6 * HOUR_MS : TICK_MS) {
    const from = last;
    const news = runs.filter(({ endedAt }) => +endedAt! > from && +endedAt! <= at);
    const window = { kind: 'ReplicationSource', from: new Date(last), until: new Date(at) };
    const fresh = { ...emptyBatch(CLUSTER, new Date(at)), runs: news, observedWindows: [window] };
    await store.saveFacts('local', fresh);
    const deps = { store, tenantId: 'local', clusterId: CLUSTER, settings: defaultSettings };
    await createClusterJudge(deps).judge(new Date(at));
    last = at;
  }
  return store;
}

describe('a controller that stops, live', () => {
  it('is one incident and a few pages, as a replay says', async () => {
    const { delivered } = await live();
    const told = [...delivered.findings.values()]
      .filter(({ jobId }) => jobId !== null)
      .map(({ jobId, raisedAt, delivery, incidentId }) => [
        names[sources.findIndex(({ policyId }) => policyId === jobId)],
        raisedAt.toISOString(),
        delivery?.as,
        incidentId === null ? null : delivered.incidents.get(incidentId)!.shared,
      ]);
    const replayed = [];
    for await (const line of replayRuns(lines, { until: new Date(END) }))
      replayed.push([
        line.resource?.split('/')[1],
        new Date(line.raisedAt).toISOString(),
        line.delivery,
        line.incident?.shared ?? null,
      ]);
    expect(told.map(String).sort()).toEqual(replayed.map(String).sort());
    expect(told.length).toBeGreaterThan(JOBS);
    expect(told.filter(([, , as]) => as === 'page').length).toBeLessThanOrEqual(5);
    expect(told.every(([, , , shared]) => shared !== null)).toBe(true);
  });
});
