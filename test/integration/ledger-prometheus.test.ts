import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGridSetting } from '../../src/collect/carbon/grid-setting.ts';
import { createRunMeter } from '../../src/collect/kepler/run-meter.ts';
import { createPrometheusClient } from '../../src/collect/prometheus/client.ts';
import { openSource } from '../../src/collect/prometheus/prometheus-source.ts';
import type { CorePrice, Prices } from '../../src/analyze/ledger/prices.ts';
import type { MetricSeries } from '../../src/collect/prometheus/reply.ts';
import { emptyBatch, type RunFact } from '../../src/domain/facts.ts';
import { createClusterLedger } from '../../src/services/account-cluster.ts';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import type { Store } from '../../src/store/port.ts';
import { createStore } from '../../src/store/store.ts';
import { aCluster } from '../contracts/store-context.ts';
import { aClaim, aPolicy, aRun, CLUSTER } from '../contracts/store-facts.ts';
import {
  newKeplerSeries,
  oldKeplerSeries,
  trueJoules,
  type MeteredTruth,
  type ScrapePlan,
} from '../support/kepler.ts';
import {
  hasPrometheus,
  startPrometheus,
  type GivenSeries,
  type RealPrometheus,
} from '../support/prometheus.ts';
import { hostileProxy } from '../support/hostile-proxy.ts';
import { requireReal } from '../support/real.ts';

/** A night two days ago, in Unix seconds; scraped every 15 s until two hours later. */
const NIGHT = (Math.floor(Date.now() / 86_400_000) - 2) * 86_400 + 7_200;
const UNTIL = NIGHT + 7_200;
const PLAN: ScrapePlan = {
  intervalSeconds: 15,
  offsetSeconds: 4,
  restartsAt: [],
  scrapeUntil: UNTIL,
};
/** The exporter began again in the middle of each long run. */
const RESTARTED: ScrapePlan = { ...PLAN, restartsAt: [NIGHT + 1_805] };
const date = (seconds: number) => new Date(seconds * 1_000);
const never = new AbortController().signal;

function aPod(
  name: string,
  uid: string,
  seconds: number,
  watts: number[],
  from = NIGHT,
): MeteredTruth {
  return { namespace: 'media', name, uid, startedAt: from, endedAt: from + seconds, watts };
}

const pods = {
  fresh: aPod('volsync-src-fresh-aaaaa', 'u1', 3_600, [12, 8, 14, 10, 9]),
  old: aPod('volsync-src-old-bbbbb', 'u2', 3_600, [12, 8, 14, 10, 9]),
  ended: aPod('volsync-src-ended-ccccc', 'u3', 600, [20]),
  again: aPod('volsync-src-ended-ddddd', 'u4', 600, [30], NIGHT + 3_600),
  short: aPod('volsync-src-short-eeeee', 'u5', 12, [40]),
  blink: aPod('volsync-src-blink-iiiii', 'u9', 8, [40], NIGHT + 5),
  psys: aPod('volsync-src-laptop-fffff', 'u6', 900, [10]),
  unmetered: aPod('volsync-src-plain-ggggg', 'u7', 600, [0]),
  agent: {
    ...aPod('node-agent-hhhhh', 'u8', 9_000, [5], NIGHT - 1_800),
    namespace: 'velero',
  },
};

function given({ labels, samples }: MetricSeries): GivenSeries {
  const { __name__: name = '', ...rest } = labels;
  return {
    name,
    labels: rest,
    points: samples.map(({ at, value }) => [at.getTime() / 1_000, value]),
  };
}

/** What kube-state-metrics and cAdvisor tell of a pod: half a core, a thousand bytes a second sent. */
function podSeries(pod: MeteredTruth): GivenSeries[] {
  const { namespace, name, uid, startedAt, endedAt } = pod;
  const labels = { namespace, pod: name };
  const scrapes: number[] = [];
  for (let at = startedAt; at < endedAt; at += 15) scrapes.push(at);
  const every = (value: (at: number) => number) => scrapes.map((at) => [at, value(at)] as const);
  const since = (at: number) => at - startedAt;
  const containers = ['', 'POD', 'restic'].map((container) => ({
    name: 'container_cpu_usage_seconds_total',
    labels: { ...labels, container, cpu: 'total' },
    points: every((at) => (container === 'POD' ? 0 : since(at) * 0.5)),
  }));
  return [
    ...containers,
    {
      name: 'container_network_transmit_bytes_total',
      labels: { ...labels, interface: 'eth0' },
      points: every((at) => since(at) * 1_000),
    },
    {
      name: 'kube_pod_info',
      labels: { ...labels, uid, node: 'node-a' },
      points: every(() => 1),
    },
    {
      name: 'kube_pod_start_time',
      labels: { ...labels, uid },
      points: every(() => startedAt),
    },
    {
      name: 'kube_pod_completion_time',
      labels: { ...labels, uid },
      points: [[endedAt + 15, endedAt]],
    },
    {
      name: 'kube_pod_container_resource_requests',
      labels: { ...labels, uid, container: 'restic', resource: 'cpu', unit: 'core' },
      points: every(() => 1),
    },
  ];
}

function world(): GivenSeries[] {
  const kepler = [
    ...newKeplerSeries(pods.fresh, RESTARTED),
    ...oldKeplerSeries(pods.old, RESTARTED),
    ...[pods.ended, pods.again, pods.short, pods.blink, pods.agent].flatMap((pod) =>
      newKeplerSeries(pod, PLAN),
    ),
    ...newKeplerSeries(pods.psys, PLAN, true),
  ];
  const everyMinute = Array.from({ length: 130 }, (_, index) => NIGHT + index * 60);
  const surroundings: GivenSeries[] = [
    {
      name: 'kepler_build_info',
      labels: { version: 'v0.11.1' },
      points: everyMinute.map((at) => [at, 1]),
    },
    {
      name: 'node_cpu_hourly_cost',
      labels: { node: 'node-a', region: 'eu-west-1' },
      points: everyMinute.map((at) => [at, 0.04]),
    },
  ];
  return [...kepler.map(given), ...Object.values(pods).flatMap(podSeries), ...surroundings].filter(
    ({ points }) => points.length > 0,
  );
}

function volsyncRun(name: string, seconds: number, from = NIGHT): RunFact {
  const startedAt = date(from - 20);
  const endedAt = date(from + seconds + 10);
  const bytes = { logicalBytes: null, addedBytes: null, storedBytes: null };
  const ids = { policyId: aPolicy(name).policyId, resourceId: aClaim(name).resourceId };
  return aRun(`${name}-${from}`, { name, startedAt, endedAt, ...ids, ...bytes });
}

function veleroRun(name: string, logicalBytes: number): RunFact {
  return aRun(name, {
    engine: 'velero',
    namespace: 'velero',
    name,
    policyId: null,
    resourceId: null,
    startedAt: date(NIGHT + 600),
    endedAt: date(NIGHT + 1_200),
    logicalBytes,
  });
}

const runs = {
  fresh: volsyncRun('fresh', 3_600),
  old: volsyncRun('old', 3_600),
  ended: volsyncRun('ended', 600),
  again: volsyncRun('ended', 600, NIGHT + 3_600),
  short: volsyncRun('short', 12),
  blink: volsyncRun('blink', 8, NIGHT + 5),
  laptop: volsyncRun('laptop', 900),
  plain: volsyncRun('plain', 600),
  nightly: veleroRun('nightly', 3e9),
  weekly: veleroRun('weekly', 1e9),
};

const PRICES: Omit<Prices, 'core'> = {
  currency: 'USD',
  storage: {
    name: 'nas',
    perGbMonth: 0.01,
    putPer1000: null,
    gbBytes: 1e9,
    wattHoursPerTbHour: null,
    replication: 1,
    source: 'PRICES',
    factorYear: 2026,
    quality: 'modelled',
  },
  keepDays: 30,
};
const CORE: CorePrice = {
  byNode: new Map(),
  usual: 1,
  source: 'PRICES',
  factorYear: 2026,
  quality: 'modelled',
};

const real = requireReal('Prometheus', hasPrometheus());

describe.runIf(real)('the ledger over a real Prometheus', () => {
  let prometheus: RealPrometheus;
  let store: Store;
  let directory: string;
  const owner = () => store.as({ tenantId: 'local', subject: 'owner' });

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'plimsoll-ledger-'));
    [prometheus, store] = await Promise.all([
      startPrometheus(world()),
      openEmbeddedDoor({ directory }).then(createStore),
    ]);
    await store.migrate();
    await store.system.ensureTenant('local', 'owner');
    await store.system.saveCluster('local', aCluster());
    const named = ['fresh', 'old', 'ended', 'short', 'blink', 'laptop', 'plain'];
    await store.system.saveFacts('local', {
      ...emptyBatch(CLUSTER, date(UNTIL)),
      resources: named.map((name) => aClaim(name)),
      policies: named.map((name) => aPolicy(name)),
      runs: Object.values(runs),
    });
  });
  afterAll(async () => {
    await prometheus?.stop();
    await store?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('knows each run’s joules to 1 %, from both generations, across a restart, in four questions', async () => {
    const client = createPrometheusClient(openSource(prometheus.url));
    const grids = readGridSetting(undefined, null);
    const ledger = createClusterLedger({
      store: store.system,
      tenantId: 'local',
      clusterId: CLUSTER,
      meter: createRunMeter(client),
      prices: { currency: 'USD', core: null, storage: null, keepDays: null },
      gridOf: (region) => grids('home', region),
    });
    const all = Object.keys(runs).length;
    expect(await ledger.account(date(UNTIL), never)).toMatchObject({ written: all, waiting: 0 });
    expect(client.requests()).toBe(4);
    expect(await ledger.account(date(UNTIL), never)).toMatchObject({ written: 0, waiting: 0 });
    client.close();

    const { items } = await owner().listRunFigures({ limit: 100 });
    const figures = (run: RunFact) => {
      const found = items.find(({ runId }) => runId === run.runId);
      if (found === undefined) throw new Error(`no entry of ${run.name}`);
      return found;
    };
    const share = (run: RunFact, joules: number) =>
      Math.abs((figures(run).energy.joules ?? Number.NaN) / joules - 1);

    expect(share(runs.fresh, trueJoules(pods.fresh))).toBeLessThan(0.01);
    expect(share(runs.old, trueJoules(pods.old))).toBeLessThan(0.01);
    expect(share(runs.fresh, figures(runs.old).energy.joules ?? 0)).toBeLessThan(0.01);
    expect(figures(runs.fresh).energy).toMatchObject({
      method: 'kepler-new/1',
      source: 'Kepler v0.11.1',
      quality: 'measured',
      zones: ['package', 'dram'],
      lowerBound: true,
    });
    expect(figures(runs.old).energy).toMatchObject({ method: 'kepler-old/1', zones: ['total'] });
    expect(figures(runs.old).energy.idleJoules).toBeGreaterThan(0);

    expect(share(runs.ended, 12_000)).toBeLessThan(0.001);
    expect(share(runs.again, 18_000)).toBeLessThan(0.001);
    expect(figures(runs.ended).energy).toMatchObject({ quality: 'measured', lowerBound: false });
    expect(share(runs.laptop, 9_000)).toBeLessThan(0.001);
    expect(figures(runs.laptop).energy.zones).toEqual(['psys']);

    // One core idle for the pod's life, and the core-seconds that its scrapes saw.
    expect(figures(runs.plain).energy).toMatchObject({ quality: 'modelled', method: 'cpu-time/1' });
    expect(share(runs.plain, 0.74 * 600 + 2.76 * 292.5)).toBeLessThan(0.001);
    expect(share(runs.short, 480)).toBeLessThan(0.001);
    expect(figures(runs.short).energy.quality).toBe('measured');
    expect(figures(runs.blink).energy).toMatchObject({
      quality: 'default',
      note: 'the meter saw less than half of the pod’s life',
    });

    expect(share(runs.nightly, 5 * 600 * 0.75)).toBeLessThan(0.01);
    expect(share(runs.weekly, 5 * 600 * 0.25)).toBeLessThan(0.01);

    const { cost, carbon } = figures(runs.ended);
    expect(cost).toMatchObject({ currency: 'USD', missing: ['storage', 'requests'] });
    expect(cost.amount).toBeCloseTo((292.5 / 3_600) * 0.04, 6);
    expect(cost.parts[0]).toMatchObject({ part: 'compute', source: 'OpenCost' });
    expect(carbon).toMatchObject({ place: 'aws:eu-west-1', pue: 1.135, missing: ['storage'] });
    const kilowattHours = 12_000 / 3.6e6 + (585_000 / 1e9) * 0.001;
    expect(carbon.grams).toBeCloseTo(kilowattHours * 1.135 * 278.6, 2);

    const { total, items: lines } = await owner().readLedger({ by: 'app', period: 'day' });
    expect(total.runs).toBe(all);
    expect(total.energy).toEqual({ measured: 6, partial: 0, modelled: 3, default: 1, unknown: 0 });
    const sum = lines.reduce((joules, line) => joules + (line.joules ?? 0), 0);
    expect(sum).toBeCloseTo(total.joules ?? 0, 3);
  });

  async function totalOf(clusterId: string) {
    const { total } = await owner().readLedger({ by: 'app', period: 'month', clusterId });
    return total;
  }

  /** The same runs in a cluster of its own, and its ledger. */
  async function another(clusterId: string, url = prometheus.url, cpuCoreHour = 0.04) {
    await store.system.saveCluster('local', { ...aCluster(), clusterId, name: clusterId });
    const own = Object.values(runs).map((run) => ({
      ...run,
      runId: `${clusterId}/${run.runId}`,
      policyId: null,
      resourceId: null,
    }));
    const put = (some: RunFact[]) =>
      store.system.saveFacts('local', { ...emptyBatch(clusterId, date(UNTIL)), runs: some });
    await put(own);
    const client = createPrometheusClient(openSource(url), { retryMs: 1 });
    const calls: string[] = [];
    const open = (core: number | null) =>
      createClusterLedger({
        store: {
          readLedgerInput: (...args) => (calls.push('read'), store.system.readLedgerInput(...args)),
          saveLedger: (...args) => (calls.push('write'), store.system.saveLedger(...args)),
        },
        tenantId: 'local',
        clusterId,
        meter: createRunMeter(client),
        prices: { ...PRICES, core: core === null ? null : { ...CORE, usual: core } },
        gridOf: (region) => readGridSetting(undefined, null)('home', region),
      });
    const accountAll = async (ledger: ReturnType<typeof open>, until: number) => {
      const steps: number[] = [];
      for (let more = true; more;) {
        const before = client.requests();
        ({ more } = await ledger.account(date(until), never));
        steps.push(client.requests() - before);
      }
      return steps;
    };
    const entries = async () => {
      const { items } = await owner().listRunFigures({ clusterId, limit: 100 });
      return new Map(items.map((item) => [item.runId.replace(`${clusterId}/`, ''), item]));
    };
    return { ledger: open(cpuCoreHour), open, own, put, accountAll, entries, calls, client };
  }

  it('accounts what it meets two days later from history, in bounded steps, as if it had been there', async () => {
    const late = await another('late');
    const steps = await late.accountAll(late.ledger, UNTIL + 2 * 86_400);
    for (const asked of steps) expect(asked).toBeLessThanOrEqual(5);
    const { items } = await owner().listRunFigures({ clusterId: CLUSTER, limit: 100 });
    const entries = await late.entries();
    expect(entries.size).toBe(items.length);
    for (const { runId, energy, carbon } of items)
      expect(entries.get(runId)).toMatchObject({ energy, carbon: { grams: carbon.grams } });
    late.client.close();
  });

  it('a cycle with nothing new asks the store once, the metrics store nothing, and writes nothing', async () => {
    const quiet = await another('quiet');
    await quiet.accountAll(quiet.ledger, UNTIL);
    quiet.calls.length = 0;
    expect(await quiet.accountAll(quiet.ledger, UNTIL + 600)).toEqual([0]);
    expect(await quiet.accountAll(quiet.open(0.04), UNTIL + 600)).toEqual([0]);
    expect(quiet.calls).toEqual(['read', 'read']);
    quiet.client.close();
  });

  it('finds the energy of runs that were accounted while the metrics store was away, and sums follow', async () => {
    const proxy = await hostileProxy(prometheus.url);
    const away = await another('away', proxy.url);
    proxy.spoil = () => ({ status: 503, body: 'Service Unavailable' });
    await away.accountAll(away.ledger, UNTIL + 7 * 3_600);
    expect((await totalOf('away')).energy).toMatchObject({ measured: 0, unknown: 0 });
    proxy.spoil = null;
    await away.accountAll(away.ledger, UNTIL + 9 * 3_600);
    const found = [...(await away.entries()).values()];
    expect((await totalOf('away')).energy).toEqual({
      measured: 6,
      partial: 0,
      modelled: 3,
      default: 1,
      unknown: 0,
    });
    const sum = found.reduce((joules, { energy }) => joules + (energy.joules ?? 0), 0);
    expect(sum).toBeCloseTo((await totalOf('away')).joules ?? 0, 3);
    away.client.close();
    await proxy.close();
  });

  it('reprices nothing when prices change, but a run that is corrected, which keeps the energy once measured', async () => {
    const priced = await another('priced');
    await priced.accountAll(priced.ledger, UNTIL);
    const before = await priced.entries();
    const dearer = priced.open(4);
    await priced.accountAll(dearer, UNTIL + 600);
    expect(await priced.entries()).toEqual(before);

    const [first] = priced.own;
    const corrected = { ...first!, endedAt: date(NIGHT + 3_700), addedBytes: 5e9 };
    await priced.put([corrected]);
    // So long afterwards the metrics store has forgotten it.
    await priced.accountAll(dearer, UNTIL + 100 * 86_400);
    const after = await priced.entries();
    const id = runs.fresh.runId;
    expect(after.get(id)?.energy).toEqual(before.get(id)?.energy);
    expect(after.get(id)?.endedAt).toBe(corrected.endedAt.toISOString());
    const partsOf = (entry: typeof after) => entry.get(id)?.cost.parts.map(({ part }) => part);
    expect([partsOf(before), partsOf(after)]).toEqual([['compute'], ['compute', 'storage']]);
    expect(after.get(id)?.cost.parts[0]).toEqual(before.get(id)?.cost.parts[0]);
    const total = await totalOf('priced');
    const amounts = [...after.values()].map(({ cost }) => cost.amount ?? 0);
    expect(total.amounts[0]?.amount).toBeCloseTo(
      amounts.reduce((sum, amount) => sum + amount, 0),
      9,
    );
    priced.client.close();
  });

  it('asks as many questions for one run as for all', async () => {
    expect(await questionsFor(prometheus.url, [runs.plain])).toBe(4);
    expect(await questionsFor(prometheus.url, Object.values(runs))).toBe(4);
  });
});

async function questionsFor(url: string, some: RunFact[]): Promise<number> {
  const client = createPrometheusClient(openSource(url));
  const ended = some.map((run) => ({
    ...run,
    endedAt: run.endedAt ?? date(0),
    expiresAt: null,
    known: null,
  }));
  await createRunMeter(client).read(ended, date(UNTIL), never);
  client.close();
  return client.requests();
}
