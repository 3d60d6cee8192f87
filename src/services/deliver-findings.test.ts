import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFakeStore } from '../../test/support/fake-store.ts';
import { createFakeDeliveries } from '../../test/support/fake-deliveries.ts';
import type { FakeStore } from '../../test/support/fake-store.ts';
import { CLUSTER, claimFact, runFact, sourceFact } from '../../test/support/judged-facts.ts';
import { defaultSettings } from '../analyze/detectors/job-detectors.ts';
import { replayRuns } from '../analyze/replay/replay-runs.ts';
import type { WellLately } from '../domain/delivery.ts';
import { emptyBatch } from '../domain/facts.ts';
import type { RepositoryFact, RunFact } from '../domain/facts.ts';
import { repositoryIdOf } from '../domain/id.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, TICK_MS } from '../domain/time.ts';
import { createDeliverer } from './deliver-findings.ts';
import { createClusterJudge } from './judge-cluster.ts';

const START = Date.parse('2026-10-01T00:00:00Z');
const NIGHTS = 16;
const END = START + NIGHTS * DAY_MS;
const place = { clusterId: CLUSTER, kind: 'BackupStorageLocation', namespace: 'velero' };
const repositoryId = repositoryIdOf('volsync', { ...place, name: 'main' });
const repository: RepositoryFact = {
  repositoryId,
  engine: 'volsync',
  kind: place.kind,
  namespace: place.namespace,
  name: 'main',
  uid: 'u',
  availability: 'available',
  message: null,
  checkedAt: null,
  readOnly: false,
};
const names = Array.from({ length: 12 }, (_, index) => `claim-${String(index).padStart(2, '0')}`);
/** Eight write to one repository; each starts at a minute of its own. */
const sources = names.map((name, index) =>
  sourceFact('media', name, {
    schedule: {
      type: 'cron',
      expression: `${index} 2 * * *`,
      timeZone: 'UTC',
      dialect: 'volsync',
    },
    repositoryId: index < 8 ? repositoryId : null,
    createdAt: new Date(START),
  }),
);
const FAULT = 13;
const NO_SPACE = 'write: no space left on device';

const allRuns: RunFact[] = sources.flatMap((source, index) =>
  Array.from({ length: NIGHTS }, (_, night) => {
    const startedAt = new Date(START + night * DAY_MS + 2 * HOUR_MS + index * MINUTE_MS + 20_000);
    const failed = (night === FAULT && index < 7) || (night === 10 && index === 9);
    const odd = night === 11 && index === 10;
    return runFact(source, startedAt, {
      outcome: failed ? 'failed' : 'success',
      errorText: failed ? NO_SPACE : null,
      logicalBytes: failed ? null : (odd ? 1 : 50 + ((night * 7 + index) % 5)) * 1e9,
    });
  }),
);

/** The same runs as the lines of a file. */
const lines = allRuns.map((run) => {
  const index = sources.findIndex(({ policyId }) => policyId === run.policyId);
  const { engine, outcome, logicalBytes, addedBytes, files } = run;
  return JSON.stringify({
    v: 1,
    cluster: CLUSTER,
    engine,
    policy: `media/${names[index]}`,
    resource: `media/${names[index]}`,
    schedule: `${index} 2 * * *`,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    outcome,
    logicalBytes,
    addedBytes,
    files,
    error: run.errorText,
    target: index < 8 ? 'BackupStorageLocation velero/main' : null,
    storageClass: 'ceph',
  });
});

const judgeOf = (store: FakeStore) =>
  createClusterJudge({ store, tenantId: 'local', clusterId: CLUSTER, settings: defaultSettings });

/** What happens between two passes of a process. */
interface Trouble {
  /** The process died after the pass before: a new one goes on. */
  dies?: (pass: number) => boolean;
  /** Another process was faster with the desk. */
  outrun?: (pass: number) => boolean;
}

async function live({ dies, outrun }: Trouble = {}): Promise<FakeStore> {
  const store = createFakeStore();
  const resources = names.map((name) => claimFact('media', name));
  await store.saveFacts('local', {
    ...emptyBatch(CLUSTER, new Date(START)),
    resources,
    policies: sources,
    repositories: [repository],
    problems: [],
  });
  let judge = judgeOf(store);
  await judge.judge(new Date(START));
  let last = START;
  let pass = 0;
  for (let at = START + TICK_MS; at <= END; at += TICK_MS) {
    const ofDay = (at - START) % DAY_MS;
    if (ofDay < 2 * HOUR_MS || (ofDay > 4 * HOUR_MS && ofDay % (6 * HOUR_MS) !== 0)) continue;
    const from = last;
    const runs = allRuns.filter(({ endedAt }) => +endedAt! > from && +endedAt! <= at);
    const window = { kind: 'ReplicationSource', from: new Date(last), until: new Date(at) };
    const batch = { ...emptyBatch(CLUSTER, new Date(at)), runs, observedWindows: [window] };
    await store.saveFacts('local', batch);
    pass += 1;
    if (outrun?.(pass) === true) store.delivered.refuseNext();
    if (dies?.(pass) === true) judge = judgeOf(store);
    await judge.judge(new Date(at));
    last = at;
  }
  return store;
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

function toldLive({ delivered }: FakeStore) {
  return [...delivered.findings.values()]
    .filter(({ jobId }) => jobId !== null)
    .map(({ jobId, raisedAt, delivery, incidentId }) => {
      const incident = incidentId === null ? null : delivered.incidents.get(incidentId)!;
      return [
        names[sources.findIndex(({ policyId }) => policyId === jobId)],
        raisedAt.toISOString(),
        delivery?.as,
        incident && [incident.shared, incident.value, incident.of],
      ];
    })
    .sort(byText);
}

async function toldByReplay() {
  const told = [];
  for await (const line of replayRuns(lines, { until: new Date(END) }))
    told.push([
      line.resource?.split('/')[1],
      new Date(line.raisedAt).toISOString(),
      line.delivery,
      line.incident && [line.incident.shared, line.incident.value, line.incident.of],
    ]);
  return told.sort(byText);
}

type Told = Awaited<ReturnType<typeof toldByReplay>>;

/** Which of equal members carries the page of an incident is decided by ids, which a file does not have. */
function withoutPages(told: Told | ReturnType<typeof toldLive>) {
  return told.map(([name, at, as, incident]) => [name, at, incident === null ? as : '', incident]);
}
const pagesOf = (told: Told | ReturnType<typeof toldLive>) =>
  told.filter(([, , as]) => as === 'page').map(([, at]) => at);

describe('delivery, live', () => {
  it('is what a replay of the same runs says', async () => {
    const store = await live();
    const told = toldLive(store);
    const replayed = await toldByReplay();
    expect(withoutPages(told)).toEqual(withoutPages(replayed));
    expect(pagesOf(told)).toEqual(pagesOf(replayed));
    const shared = told.filter(([, , , incident]) => incident !== null);
    expect(shared.map(([name]) => name)).toEqual(names.slice(0, 7));
    expect(shared.filter(([, , as]) => as === 'page')).toHaveLength(1);
    expect(shared[0]?.[3]).toEqual(['target', 'BackupStorageLocation velero/main', 8]);
    const incidents = [...store.delivered.incidents.values()];
    expect(incidents.find((one) => one.shared === 'target')).toMatchObject({ tripped: 7 });
    expect(told.filter(([name]) => name === 'claim-10').map(([, , as]) => as)).toEqual(['page']);
  });

  it('is the same whenever a process dies and whoever is faster with the desk', async () => {
    const calm = toldLive(await live());
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        async (every, often) => {
          const store = await live({
            dies: (pass) => pass % every === 0,
            outrun: (pass) => pass % often === 0,
          });
          expect(toldLive(store)).toEqual(calm);
        },
      ),
      { numRuns: 4 },
    );
  });

  it('waits for the end of the tick, unless nobody will be there', async () => {
    const at = new Date(START + 3 * MINUTE_MS);
    const raised = ['a', 'b', 'c'].map((jobId) => ({
      fingerprint: jobId,
      at,
      jobId,
      tests: 0,
      raised: {
        kind: 'failed-run' as const,
        severity: 'high' as const,
        probability: null,
        factor: null,
        traits: { target: { value: 's3', clusterId: null } },
        didWell: { target: [0, 0, 0] satisfies WellLately },
        lastWellAt: null,
      },
    }));
    for (const isLast of [false, true]) {
      const store = createFakeDeliveries();
      const deliverer = createDeliverer({ store, tenantId: 'local' });
      const told = () => [...store.findings.values()].map(({ delivery }) => delivery?.why ?? null);
      await deliverer.after({ delivery: null, judgedAt: new Date(START) });
      for (const one of raised) {
        const delivery = { raised: [one], tested: [], sizes: null };
        store.note({ clusterId: CLUSTER, delivery }, false);
        await deliverer.after({ delivery, judgedAt: at });
      }
      expect(told()).toEqual([null, null, null]);
      if (isLast) await deliverer.finish();
      else await deliverer.after({ delivery: null, judgedAt: new Date(START + TICK_MS) });
      expect(told()).toEqual(['told', 'member', 'member']);
    }
  });

  it('asks nothing while nothing is raised', async () => {
    const store = await live();
    const judge = judgeOf(store);
    await judge.judge(new Date(END));
    const before = store.delivered.calls();
    const runs = allRuns.slice(0, 1).map((run) => ({ ...run, runId: 'one-more' }));
    for (let pass = 1; pass < 10; pass += 1) {
      const at = new Date(END + pass * TICK_MS);
      await store.saveFacts('local', { ...emptyBatch(CLUSTER, at), runs });
      await judge.judge(at);
    }
    expect(store.delivered.calls()).toBe(before);
  });

  it('disturbs nobody with what was there at the first contact, and names its incidents', async () => {
    const store = createFakeStore();
    const at = new Date(START + FAULT * DAY_MS + 3 * HOUR_MS);
    await store.saveFacts('local', {
      ...emptyBatch(CLUSTER, at),
      resources: [...names, 'a', 'b', 'c'].map((name) => claimFact('media', name)),
      policies: sources,
      repositories: [repository],
      runs: allRuns.filter(({ endedAt }) => endedAt! <= at),
      observedWindows: [{ kind: 'ReplicationSource', from: new Date(START), until: at }],
      problems: [],
    });
    await judgeOf(store).judge(at);
    const told = [...store.delivered.findings.values()];
    expect(told.length).toBeGreaterThan(8);
    for (const { delivery } of told)
      expect(delivery).toEqual({ as: 'digest', why: 'first-contact' });
    const shared = [...store.delivered.incidents.values()].map((one) => [one.shared, one.tripped]);
    expect(shared.sort(byText)).toEqual([
      ['rule', 3],
      ['target', 7],
    ]);
  });
});
