import { afterEach, describe, expect, it } from 'vitest';
import {
  answered,
  stubPrometheus,
  type StubAnswer,
  type StubPrometheus,
} from '../../../test/support/stub-prometheus.ts';
import { createPrometheusClient } from './client.ts';
import { examineMetrics } from './metrics-doctor.ts';
import { openSource, type PrometheusSource } from './prometheus-source.ts';

const never = new AbortController().signal;
let stub: StubPrometheus | null = null;
afterEach(() => stub?.close());

const counted = (labels: Record<string, string>, value = '1') => ({
  metric: labels,
  value: [0, value],
});
interface Told {
  families?: Record<string, string>[];
  /** A day ago; the same when left out. */
  before?: Record<string, string>[];
  claims?: Record<string, string>[];
  clusters?: Record<string, string>[];
  moved?: boolean;
}

/** The checks by name, of a store that counts these. */
async function examine(
  told: Told | StubAnswer,
  source: Partial<PrometheusSource> = {},
  cluster: Partial<Parameters<typeof examineMetrics>[1]> = {},
) {
  stub = await stubPrometheus(({ form }) => {
    if ('body' in told) return told;
    const query = form.get('query') ?? '';
    const of = (rows: Record<string, string>[] = []) =>
      answered(rows.map((each) => counted(each, '7')));
    if (query.startsWith('count by (__name__)'))
      return of(query.includes('offset') ? (told.before ?? told.families) : told.families);
    if (query.startsWith('kube_persistentvolumeclaim_labels')) return of(told.claims);
    if (query.startsWith('count by'))
      return answered((told.clusters ?? []).map((each) => counted(each)));
    return answered(told.moved === true ? [counted({})] : []);
  });
  const client = createPrometheusClient({ ...openSource(stub.url), ...source }, { retryMs: 1 });
  const checks = await examineMetrics(
    client,
    { engines: ['velero'], aheadSeconds: 0, ...cluster },
    { now: () => new Date() },
    never,
  );
  return new Map(checks.map((check) => [check.check, check]));
}

describe('the doctor of metrics', () => {
  it('names each missing series with its fix, and only of engines that are there', async () => {
    const checks = await examine({ families: [{ __name__: 'velero_backup_attempt_total' }] });
    expect(checks.get('metrics for Velero')).toMatchObject({
      ok: true,
      text: '7 series of velero_backup_attempt_total',
    });
    expect(checks.get('metrics for volume usage')).toMatchObject({
      ok: 'unknown',
      text: 'no series of kubelet_volume_stats_used_bytes',
      nextStep: expect.stringContaining('kubelet’s /metrics') as string,
    });
    expect(checks.has('metrics for VolSync')).toBe(false);
  });

  it.each([
    [0, true, 'agrees with the cluster’s within 30 s'],
    [-120, false, '120 s ahead of the cluster’s'],
    [90, false, '90 s behind the cluster’s'],
    [null, 'unknown', 'not known'],
  ])('holds its clock against the cluster’s, %s s from ours', async (aheadSeconds, ok, text) => {
    const clock = (await examine({}, {}, { aheadSeconds })).get('metrics clock');
    expect(clock?.ok).toBe(ok);
    expect(clock?.text.replace(/119|121/, '120').replace(/89|91/, '90')).toContain(text);
  });

  it('sees that a store holds several clusters which nothing tells apart', async () => {
    const clusters = [{ cluster: 'home' }, { cluster: 'work' }];
    const mixed = (await examine({ clusters })).get('metrics of this cluster');
    expect(mixed).toMatchObject({ ok: false });
    expect(mixed?.text).toContain('home, work');
    const label = { clusterLabel: { name: 'cluster', value: 'lab' } };
    const unknown = (await examine({ clusters }, label)).get('metrics of this cluster');
    expect(unknown).toMatchObject({ ok: false, text: 'no series has cluster="lab"' });
    expect(unknown?.nextStep).toContain('home, work');
  });

  it('says of a store with nothing in it that it may be the wrong one, and calls nothing good', async () => {
    const checks = await examine({});
    expect(checks.get('metrics')).toMatchObject({ ok: false });
    const fine = [...checks.values()].filter(({ ok }) => ok === true);
    expect(fine.map(({ check }) => check)).toEqual(['metrics clock']);
    const label = { clusterLabel: { name: 'cluster', value: 'lab' } };
    expect([...(await examine({}, label)).keys()]).toEqual([
      'metrics',
      'metrics clock',
      'metrics of this cluster',
    ]);
  });

  it('tells a metric that is gone from one that never was, and half an exporter from none', async () => {
    const gone = await examine({
      families: [],
      before: [{ __name__: 'velero_backup_attempt_total' }],
    });
    expect(gone.get('metrics for Velero')).toMatchObject({
      ok: 'unknown',
      text: expect.stringContaining('a day ago there were 7') as string,
    });
    const half = ['kube_namespace_created', 'kepler_build_info'];
    const checks = await examine({ families: half.map((name) => ({ __name__: name })) });
    const nextStep = (what: string) => checks.get(`metrics for ${what}`)?.nextStep;
    expect(nextStep('movers’ times')).toContain('--resources');
    expect(nextStep('energy')).toContain('metricsLevel');
  });

  it.each([
    [[], 'unknown', 'no series'],
    [[{ namespace: 'media' }], 'unknown', 'shows no label'],
    [[{ namespace: 'media', label_backup: 'daily' }], true, 'label_backup'],
  ])('looks at what the label allow-list lets through: %j', async (claims, ok, text) => {
    const families = [{ __name__: 'kube_persistentvolumeclaim_info' }];
    const check = (await examine({ families, claims })).get('metrics for labels of claims');
    expect(check).toMatchObject({ ok, text: expect.stringContaining(text) as string });
    expect(check?.nextStep?.includes('--metric-labels-allowlist') ?? true).toBe(true);
  });

  it('sees labels that the scrape has overwritten', async () => {
    const checks = await examine({ moved: true, families: [{ __name__: 'kube_pod_start_time' }] });
    expect(checks.get('metrics labels')).toMatchObject({
      ok: false,
      nextStep: expect.stringContaining('honorLabels') as string,
    });
  });

  it.each([
    [401, 'refused our credentials'],
    [503, 'answered 503'],
  ])('says of %i what to do', async (status, text) => {
    const checks = [...(await examine({ status, body: 'x' })).values()];
    expect(checks).toHaveLength(1);
    expect(checks[0]).toMatchObject({ check: 'metrics', ok: false });
    expect(checks[0]?.text).toContain(text);
    expect(checks[0]?.nextStep).not.toBeNull();
  });
});
