import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultSettings } from '../../src/analyze/detectors/job-detectors.ts';
import {
  emptyBatch,
  type PolicyFact,
  type RestorePointFact,
  type RunFact,
} from '../../src/domain/facts.ts';
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts';
import { createClusterJudge } from '../../src/services/judge-cluster.ts';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import type { Store } from '../../src/store/port.ts';
import { createStore } from '../../src/store/store.ts';
import { CLUSTER, claimFact, runFact, sourceFact } from '../support/judged-facts.ts';

const START = Date.parse('2026-11-02T00:00:00Z');
const at = (hours: number) => new Date(START + hours * HOUR_MS);
let store: Store;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-longhorn-'));
  store = createStore(await openEmbeddedDoor({ directory }));
  await store.migrate();
  await store.system.ensureTenant('local', 'owner');
  const cluster = { clusterId: CLUSTER, name: 'home', server: 'https://x', version: null };
  await store.system.saveCluster('local', { ...cluster, demo: false });
});
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const claims = ['orders', 'photos', 'reports'].map((name) =>
  claimFact('shop', name, { createdAt: at(0) }),
);
const [orders, photos] = claims.map(({ resourceId }) => resourceId) as [string, string];
const nightly: PolicyFact = {
  ...sourceFact('longhorn-system', 'nightly', { createdAt: at(0), keep: { last: 14 } }),
  engine: 'longhorn',
  kind: 'RecurringJob',
  schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC', dialect: 'longhorn' },
  selection: {
    type: 'each-claim',
    storage: 'elsewhere',
    claims: [
      { namespace: 'shop', name: 'orders', detachedSince: null },
      { namespace: 'shop', name: 'photos', detachedSince: null },
      { namespace: 'shop', name: 'reports', detachedSince: at(1) },
    ],
  },
};

const pointOf = (run: RunFact): RestorePointFact => ({
  restorePointId: `point-${run.runId}`,
  engine: 'longhorn',
  policyId: run.policyId,
  repositoryId: null,
  resourceId: run.resourceId,
  runId: run.runId,
  takenAt: run.startedAt,
  expiresAt: null,
  handle: run.runId,
  logicalBytes: null,
});

it('keeps what a job covers claim by claim, and finds the one it passes over', async () => {
  const resources = claims;
  const first = { ...emptyBatch(CLUSTER, at(0)), resources, policies: [nightly], problems: [] };
  await store.system.saveFacts('local', first);
  const judge = () =>
    createClusterJudge({
      store: store.system,
      tenantId: 'local',
      clusterId: CLUSTER,
      settings: defaultSettings,
    });
  for (let day = 0; day < 4; day += 1) {
    const [due, end] = [at(24 * day + 2), at(24 * (day + 1))];
    const runs = [
      runFact(nightly, due, { resourceId: orders, runId: `orders-${day}` }),
      runFact(nightly, due, {
        resourceId: photos,
        runId: `photos-${day}`,
        outcome: day === 0 ? 'success' : 'skipped',
      }),
    ];
    const window = {
      kind: 'longhorn.io/backups',
      from: new Date(end.getTime() - DAY_MS),
      until: end,
    };
    const restorePoints = runs.filter(({ outcome }) => outcome === 'success').map(pointOf);
    const batch = { ...emptyBatch(CLUSTER, end), runs, restorePoints, observedWindows: [window] };
    await store.system.saveFacts('local', batch);
    await judge().judge(end);
  }
  const { inventory } = await store.system.readJudgeInput('local', CLUSTER, 0, 1);
  expect(inventory?.policies[0]?.selection).toEqual(nightly.selection);
  const user = store.as({ tenantId: 'local', subject: 'owner' });
  const open = await user.listFindings({ state: 'open' });
  expect(open.items.map(({ kind, resource, cause }) => [kind, resource, cause?.code])).toEqual([
    ['detached-volume', 'shop/reports', 'FM-22'],
  ]);
});
