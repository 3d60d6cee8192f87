import { expect, it } from 'vitest';
import { createClusterLedger } from '../../src/services/account-cluster.ts';
import { readLedgerSettings } from '../../src/wiring/ledger.ts';
import { OWNER } from '../../src/wiring/open-store.ts';
import { homeContradictions } from '../../src/world/home/home-metrics.ts';
import { playDemo, type CaughtUpDemo } from '../support/play-demo.ts';

const SEED = 7;

it('the demo’s metrics: contradictions found, claims’ usage, joules measured', async () => {
  const planted = homeContradictions(SEED);
  expect(planted.map(({ cause }) => cause)).toEqual(expect.arrayContaining(['FM-13', 'FM-02']));
  const told: Awaited<ReturnType<typeof measure>>[] = [];
  const played = await playDemo(SEED, async (demo) => void told.push(await measure(demo)));
  expect(played.missing).toEqual([]);
  for (const { kind, gauge } of planted) {
    const found = played.findings.filter((one) => one.kind === kind && one.state === 'open');
    const own = found.find(({ evidence }) =>
      evidence.some(({ source }) => source.includes(gauge.of)),
    );
    expect(own?.evidence.map(({ source }) => source)).toContain(`metric ${gauge.metric}`);
  }
  const [{ energy, used } = { energy: null, used: 0 }] = told;
  expect(energy?.measured).toBeGreaterThan(0);
  expect(energy?.unknown).toBeLessThan(energy?.default ?? 0);
  expect(used).toBeGreaterThan(25);
});

/** The ledger as `plimsoll demo` keeps it, without its rest. */
async function measure({ store, running, metrics }: CaughtUpDemo) {
  const { tenantId } = OWNER;
  const workspace = store.as(OWNER);
  const [cluster] = (await workspace.listClusters()).items;
  const clusterId = cluster?.clusterId ?? '';
  const ledger = createClusterLedger({
    store: store.system,
    tenantId,
    clusterId,
    ...readLedgerSettings({})(running.name, metrics),
  });
  const never = new AbortController().signal;
  while ((await ledger.account(running.now(), never)).more);
  const { total } = await workspace.readLedger({ by: 'app', period: 'day' });
  const claims = await workspace.listResources({ kind: 'PersistentVolumeClaim', limit: 200 });
  return {
    energy: total.energy,
    used: claims.items.filter(({ usage }) => usage !== null && usage.usedBytes !== null).length,
  };
}
