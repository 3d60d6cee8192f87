import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPrometheusClient } from '../../src/collect/prometheus/client.ts';
import { createMetricsReader } from '../../src/collect/prometheus/metrics-reader.ts';
import { openSource } from '../../src/collect/prometheus/prometheus-source.ts';
import type { Door } from '../../src/store/door.ts';
import { policyIdOf, resourceIdOf } from '../../src/domain/id.ts';
import type { MetricsSourceState, MetricValue } from '../../src/domain/metrics.ts';
import { createMetricsCollector } from '../../src/services/collect-metrics.ts';
import { openDataDirectory } from '../../src/store/embedded/data-directory.ts';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import { createStore } from '../../src/store/store.ts';
import { aCluster } from '../contracts/store-context.ts';
import { aBatch, aClaim, aPolicy, aRun } from '../contracts/store-facts.ts';
import {
  changed,
  hostileProxy,
  unionWith,
  type Ask,
  type HostileProxy,
} from '../support/hostile-proxy.ts';
import {
  hasPrometheus,
  startPrometheus,
  type GivenSeries,
  type RealPrometheus,
} from '../support/prometheus.ts';
import { requireReal } from '../support/real.ts';
import { refused, type SeenQuery } from '../support/stub-prometheus.ts';

/** Everything here is told in minutes before a whole hour of the past. */
const NOW = Math.floor(Date.now() / 3_600_000) * 3_600;
const at = (minutes: number) => NOW + minutes * 60;
const date = (minutes: number) => new Date(at(minutes) * 1_000);
const never = new AbortController().signal;
const BEGIN = -420;
const FIRST_CYCLE = -240;
/** The store's bad times: one that the next cycle bridges, and one that is looked up again. */
const BAD: [number, number][] = [
  [-210, -180],
  [-150, -50],
];
const isBad = (minutes: number) => BAD.some(([from, until]) => minutes >= from && minutes < until);

type Points = GivenSeries['points'];
function every(
  seconds: number,
  from: number,
  until: number,
  valueAt: (at: number) => number,
): Points {
  const points: (readonly [number, number])[] = [];
  for (let time = at(from); time <= at(until); time += seconds) points.push([time, valueAt(time)]);
  return points;
}

/** A sync every twenty minutes, each by a mover of four minutes. */
const SYNCS = Array.from({ length: 20 }, (_, index) => BEGIN + 10 + index * 20);
const photos = { namespace: 'media', persistentvolumeclaim: 'photos' };

function movers(): GivenSeries[] {
  return SYNCS.flatMap((end, index) => {
    const pod = { namespace: 'media', pod: `volsync-src-photos-${String(index).padStart(5, 'a')}` };
    return [
      {
        name: 'container_cpu_usage_seconds_total',
        labels: { ...pod, container: 'restic' },
        points: every(15, end - 4, end, (time) => (time - at(end - 4)) * (1 + index / 100)),
      },
      {
        name: 'kube_pod_completion_time',
        labels: pod,
        points: every(60, end + 1, end + 3, () => at(end)),
      },
    ];
  });
}

const done = (time: number) => SYNCS.filter((end) => at(end) <= time).length;

function operators(): GivenSeries[] {
  const source = { obj_namespace: 'media', obj_name: 'photos', role: 'source', method: 'restic' };
  return [
    {
      name: 'volsync_sync_duration_seconds_count',
      labels: source,
      points: every(60, BEGIN, 0, done),
    },
    {
      name: 'volsync_sync_duration_seconds_sum',
      labels: source,
      points: every(60, BEGIN, 0, (time) => done(time) * 240),
    },
    { name: 'volsync_volume_out_of_sync', labels: source, points: every(60, BEGIN, 0, () => 0) },
    {
      name: 'velero_backup_location_status_gauge',
      labels: { namespace: 'velero', backup_location_name: 'offsite' },
      points: every(60, BEGIN, 0, () => 1),
    },
  ];
}

function volumes(used = 4_000_000): GivenSeries[] {
  return [
    {
      name: 'kubelet_volume_stats_used_bytes',
      labels: photos,
      points: every(60, BEGIN, 0, (time) => used + (time - at(BEGIN)) * 100),
    },
    {
      name: 'kubelet_volume_stats_capacity_bytes',
      labels: photos,
      points: every(60, BEGIN, 0, () => 16_000_000),
    },
  ];
}

const healthy = [...movers(), ...operators(), ...volumes()];

/** A cluster read for four hours, and what is in the store afterwards. */
interface Played {
  /** At each cycle: how the source stands, and what operators' series say. */
  cycles: { minutes: number; witnesses: MetricValue[] | null; source: MetricsSourceState | null }[];
  /** How often the state was written while nothing else was. */
  told: string[];
  runs: [string, string, string | null][];
  movers: unknown[];
  usage: { at: string; usedBytes: number } | null | undefined;
  requests: number;
}

const tooMuchOfMovers = async (query: SeenQuery, ask: Ask) =>
  query.form.get('query')?.includes('container_cpu')
    ? refused(422, 'execution', 'too many')
    : ask();

const inTurn = (values: number[]) => (time: number) =>
  values[Math.floor(time / 60) % values.length] ?? 0;
const isLost = (time: number) => time > at(-330) && time < at(-255);

const oddSeries = (name: string, of: Record<string, string>, values: number[]) => ({
  name,
  labels: of,
  points: every(60, BEGIN, 0, inTurn(values)),
});

describe.runIf(requireReal('Prometheus', hasPrometheus()))('a Prometheus in trouble', () => {
  let real: RealPrometheus;
  let proxy: HostileProxy;
  let directory: string;
  let door: Door;
  let store: ReturnType<typeof createStore>;
  let control: Played;
  const others: RealPrometheus[] = [];
  let clusters = 0;

  async function another(series: GivenSeries[], flags: string[] = []): Promise<string> {
    const started = await startPrometheus(series, flags);
    others.push(started);
    return started.url;
  }

  beforeAll(async () => {
    real = await startPrometheus(healthy);
    proxy = await hostileProxy(real.url);
    directory = await mkdtemp(join(tmpdir(), 'plimsoll-trouble-'));
    await openDataDirectory(directory);
    door = await openEmbeddedDoor({ directory });
    store = createStore(door);
    await store.migrate();
    await store.system.ensureTenant('local', 'owner');
    control = await play();
  });
  afterEach(() => {
    proxy.spoil = null;
  });
  afterAll(async () => {
    await Promise.all([real, ...others].map((each) => each.stop()));
    await proxy.close();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** The objects of a fresh cluster: a claim, its policy, and the runs since the first cycle. */
  async function putObjects(): Promise<string> {
    const clusterId = `cluster-${(clusters += 1)}`;
    await store.system.saveCluster('local', { ...aCluster(), clusterId, name: clusterId });
    const named = { clusterId, namespace: 'media', name: 'photos' };
    const resourceId = resourceIdOf({ ...named, kind: 'PersistentVolumeClaim' });
    const policyId = policyIdOf('volsync', { ...named, kind: 'ReplicationSource' });
    const dump = policyIdOf('cronjob', { ...named, kind: 'CronJob', name: 'dump' });
    const runs = SYNCS.filter((end) => end > FIRST_CYCLE).map((end) =>
      aRun(`${clusterId}/${end}`, {
        policyId,
        resourceId,
        startedAt: date(end - 4),
        endedAt: date(end),
      }),
    );
    const facts = aBatch({
      clusterId,
      observedAt: date(0),
      resources: [aClaim('photos', { resourceId })],
      policies: [aPolicy('photos', { policyId }), aPolicy('dump', { policyId: dump })],
      runs,
    });
    await store.system.saveFacts('local', facts);
    return clusterId;
  }

  /** Cycles of ten minutes; `turn` is called before each. */
  async function play(
    turn: (minutes: number) => void | Promise<void> = () => {},
    timeoutMs = 10_000,
    url = proxy.url,
  ): Promise<Played> {
    const clusterId = await putObjects();
    const client = createPrometheusClient(openSource(url), { retryMs: 1, tries: 2, timeoutMs });
    const told: string[] = [];
    let minutes = FIRST_CYCLE;
    const reader = createMetricsReader(client, { now: () => date(minutes) });
    const collector = createMetricsCollector({
      store: {
        readMetricsState: (...args) => store.system.readMetricsState(...args),
        saveMetrics: (tenant, batch) => {
          if (batch.source !== null) told.push(batch.source.state);
          return store.system.saveMetrics(tenant, batch);
        },
      },
      tenantId: 'local',
      clusterId,
      reader,
      intervalMs: 600_000,
      backfillDays: 1,
    });
    const cycles: Played['cycles'] = [];
    for (; minutes <= 0; minutes += 10) {
      await turn(minutes);
      const { witnesses } = await collector.collect(date(minutes), never);
      const source = await store.system.readMetricsState('local', clusterId);
      cycles.push({ minutes, witnesses, source });
    }
    client.close();
    return { cycles, told, requests: client.requests(), ...(await stored(clusterId)) };
  }

  async function stored(clusterId: string) {
    const owner = store.as({ tenantId: 'local', subject: 'owner' });
    const { items } = await owner.listRuns({ clusterId, limit: 100 });
    const movers = await door.migrator?.query(
      `select s.metric, m.at, m.value from plimsoll.samples m join plimsoll.series s using (tenant_id, series_id)
       where s.cluster_id = $1 and s.metric like 'mover-%' order by m.at`,
      [clusterId],
    );
    const { items: resources } = await owner.listResources({ clusterId });
    const usage = resources[0]?.usage;
    return {
      runs: items.map((run): Played['runs'][number] => [run.source, run.outcome, run.endedAt]),
      movers: movers ?? [],
      usage: usage && { at: usage.at, usedBytes: usage.usedBytes },
    };
  }

  const bad = ({ cycles }: Played) => cycles.filter(({ minutes }) => isBad(minutes));
  const good = ({ cycles }: Played) => cycles.filter(({ minutes }) => !isBad(minutes));

  /** What the store holds is what it would hold without any trouble, and the trouble was told once each time. */
  function expectNothingLost(played: Played): void {
    expect(played.runs).toEqual(control.runs);
    expect(played.usage).toEqual(control.usage);
    for (const { source, witnesses } of good(played)) {
      expect(source?.problems).toEqual([]);
      expect(witnesses).toHaveLength(2);
    }
  }

  it('is read, when nothing is wrong, to the last mover and run', () => {
    expect(control.movers).toHaveLength(SYNCS.length);
    expect(new Set(control.runs.map(([, outcome]) => outcome))).toEqual(new Set(['success']));
    expect(control.runs).toHaveLength(SYNCS.length);
    expect(control.usage).toEqual({
      at: date(0).toISOString(),
      usedBytes: 4_000_000 + 420 * 6_000,
    });
    expect(control.told.slice(0, 2)).toEqual(['answers', 'answers']);
  });

  function expectBlind(played: Played, state: string, message: RegExp, nextStep: RegExp): void {
    for (const { witnesses, source } of bad(played)) {
      expect(witnesses).toBeNull();
      expect(source?.state).toBe(state);
      expect(source?.problems[0]?.message).toMatch(message);
      expect(source?.problems[0]?.nextStep).toMatch(nextStep);
      expect(JSON.stringify(source)).not.toContain('s3cret');
    }
    expect(played.told.filter((one) => one === state)).toHaveLength(BAD.length);
  }

  const page =
    '<html><head><title>Sign in</title></head><body><h1>Sign in to go on</h1></body></html>';
  const huge = gzipSync(
    JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } }).padEnd(
      70 * 2 ** 20,
    ),
  );

  it.each<[string, HostileProxy['spoil'], string, RegExp, RegExp]>([
    [
      // As Prometheus 2.42 answers while it replays its log.
      'that is not ready yet',
      () => ({
        status: 503,
        body: 'Service Unavailable',
        headers: { 'content-type': 'text/plain' },
      }),
      'unreachable',
      /answered 503: Service Unavailable/,
      /Look at its health/,
    ],
    [
      'behind a proxy that shows a page',
      () => ({ body: page }),
      'invalid',
      /answers with a page: Sign in/,
      /sign-in page: give credentials/,
    ],
    [
      'behind a proxy that sends us to a sign-in',
      () => ({
        status: 302,
        body: '',
        headers: { location: 'https://sso.example/login?state=s3cret' },
      }),
      'invalid',
      /sends us on to https:\/\/sso\.example\/login, which is not followed/,
      /PROMETHEUS_TOKEN_FILE/,
    ],
    [
      'whose answer is half of one',
      async (_, ask) => {
        const answer = await ask();
        const body = String(answer.body);
        return { ...answer, body: body.slice(0, body.length / 2) };
      },
      'unreachable',
      /broke off in the middle of its answer/,
      /proxy in front of it/,
    ],
    [
      'whose connection breaks in the middle',
      async (_, ask) => ({ ...(await ask()), cutAt: 20 }),
      'unreachable',
      /broke off in the middle of its answer/,
      /proxy in front of it/,
    ],
    [
      'that says too much',
      () => ({
        body: huge,
        headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' },
      }),
      'invalid',
      /answered with more than we read at once/,
      /./,
    ],
  ])(
    '%s: that is told once, nothing is known meanwhile, and nothing is lost',
    async (_, spoil, state, message, nextStep) => {
      const played = await play((minutes) => {
        proxy.spoil = isBad(minutes) ? spoil : null;
      });
      expectBlind(played, state, message, nextStep);
      expectNothingLost(played);
      expect(played.movers).toEqual(control.movers);
    },
  );

  it('that is ended and started again', async () => {
    let isDown = false;
    const turn = async (minutes: number) => {
      if (isBad(minutes) === isDown) return;
      isDown = !isDown;
      await (isDown ? real.kill() : real.revive());
    };
    const played = await play(turn, 10_000, real.url);
    expectBlind(played, 'unreachable', /nothing listens there/, /Check PROMETHEUS_URL/);
    expectNothingLost(played);
    expect(played.movers).toEqual(control.movers);
  });

  it('that hangs with the connection open', async () => {
    const turn = (minutes: number) => (isBad(minutes) ? real.freeze() : real.wake());
    const played = await play(turn, 2_000, real.url);
    expectBlind(played, 'unreachable', /gave no answer within 2 s/, /Look at its load/);
    expectNothingLost(played);
    expect(played.movers).toEqual(control.movers);
  });

  it('whose limits are too low says how, by its own words', async () => {
    const few = await another(healthy, ['--query.max-samples=1']);
    const played = await play((minutes) => {
      proxy.spoil = isBad(minutes) ? (_query, ask) => ask(few) : null;
    });
    const words = /cannot answer the query: query processing would load too many samples/;
    expectBlind(played, 'invalid', words, /query limits/);
    expectNothingLost(played);
    expect(played.movers).toEqual(control.movers);
  });

  it('whose limit stops one question only is read by the others, and catches up', async () => {
    const played = await play((minutes) => {
      proxy.spoil = isBad(minutes) ? tooMuchOfMovers : null;
    });
    for (const { source, witnesses } of bad(played)) {
      expect(source?.state).toBe('partial');
      expect(source?.problems[0]?.message).toContain('too many');
      expect(witnesses).toHaveLength(2);
    }
    expectNothingLost(played);
    expect(played.movers).toEqual(control.movers);
  });

  it('behind a querier that lacks a store: half of an answer is none about what ended', async () => {
    const warnings = ['No StoreAPIs matched for this query: store eu is unavailable'];
    const half = changed((rows) => rows.slice(0, Math.floor(rows.length / 2)), { warnings });
    const played = await play((minutes) => {
      proxy.spoil = isBad(minutes) ? half : null;
    });
    for (const { source, witnesses } of bad(played)) {
      expect(witnesses).toBeNull();
      expect(source?.state).toBe('partial');
      expect(source?.problems[0]?.message).toContain('store eu is unavailable');
    }
    expectNothingLost(played);
    expect(played.movers).toEqual(control.movers);
  });

  it('with a twin that tells the same counts each thing once', async () => {
    proxy.spoil = unionWith(await another(healthy));
    const played = await play();
    expectNothingLost(played);
    expect(played.movers).toEqual(control.movers);
  });

  it('with a twin that disagrees: a state is unknown and named, a size is the larger', async () => {
    const labels = { namespace: 'velero', backup_location_name: 'offsite' };
    const name = 'velero_backup_location_status_gauge';
    const down = { name, labels, points: every(60, BEGIN, 0, () => 0) };
    proxy.spoil = unionWith(await another([...movers(), ...volumes(1_000_000), down]));
    const played = await play();
    expect(played.movers).toEqual(control.movers);
    expect(played.runs).toEqual(control.runs);
    expect(played.usage).toEqual(control.usage);
    for (const { witnesses, source } of played.cycles) {
      expect(witnesses?.map(({ metric }) => metric)).toEqual(['out-of-sync']);
      expect(source?.problems[0]?.message).toContain(name);
    }
  });

  it('whose exporters renamed their metrics: what is not told is unknown, and named', async () => {
    const renamed = changed((rows) =>
      rows.map(({ metric, ...row }) => {
        const { __name__: name } = metric;
        return { ...row, metric: name ? { ...metric, __name__: `${name}_v2` } : metric };
      }),
    );
    const played = await play((minutes) => {
      proxy.spoil = minutes >= -100 ? renamed : null;
    });
    for (const { witnesses, source } of played.cycles.filter(({ minutes }) => minutes >= -80)) {
      expect(witnesses).toBeNull();
      expect(source?.state).toBe('partial');
      const [problem] = source?.problems ?? [];
      expect(problem?.message).toMatch(/no longer has any series of kubelet.*velero.*volsync/);
      expect(problem?.nextStep).toContain('plimsoll doctor');
    }
    const usedBytes = 4_000_000 + 310 * 6_000;
    expect(played.usage).toEqual({ at: date(-110).toISOString(), usedBytes });
    expect(played.runs).toEqual(control.runs);
  });

  it('that says NaN and infinity: no sample, and no witness while it does', async () => {
    const labels = { obj_namespace: 'media', obj_name: 'photos', role: 'source', method: 'restic' };
    const url = await another([
      ...movers(),
      oddSeries('volsync_volume_out_of_sync', labels, [Number.NaN]),
      oddSeries('kubelet_volume_stats_used_bytes', photos, [Number.NaN, Infinity, -Infinity]),
    ]);
    const played = await play(() => {}, 10_000, url);
    expect(played.usage).toBeNull();
    for (const { witnesses } of played.cycles) expect(witnesses).toBeNull();
    expect(played.movers).toEqual(control.movers);
  });

  it('that lost some hours: nothing is made of them, and no Job fails twice', async () => {
    const job = { namespace: 'media', job_name: 'dump-29400120', condition: 'true' };
    const failed = { name: 'kube_job_failed', labels: job, points: every(60, -360, 0, () => 1) };
    const begun = { ...failed, name: 'kube_job_status_start_time' };
    const kept = [...healthy, failed, { ...begun, points: every(60, -361, 0, () => at(-361)) }].map(
      (one) => ({ ...one, points: one.points.filter(([time]) => !isLost(time)) }),
    );
    const played = await play(() => {}, 10_000, await another(kept));
    const missed = SYNCS.filter((end) => isLost(at(end)));
    expect(missed.length).toBeGreaterThan(1);
    expect(played.movers).toHaveLength(SYNCS.length - missed.length);
    const ends = played.runs.map(([, outcome, ended]) => [outcome, ended]);
    const expected = control.runs.filter(
      ([, , ended]) =>
        !missed.some((end) => Math.abs(Date.parse(ended ?? '') - +date(end)) < 300_000),
    );
    expect(ends.filter(([outcome]) => outcome === 'success')).toEqual(
      expected.map(([, outcome, ended]) => [outcome, ended]),
    );
    expect(ends.filter(([outcome]) => outcome === 'failed')).toHaveLength(1);
  });
});
