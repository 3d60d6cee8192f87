import { expect, it } from 'vitest';
import { DAY_MS } from '../../domain/time.ts';
import { createObjectStore } from '../api/object-store.ts';
import { createWorldMetrics } from '../metrics/world-metrics.ts';
import { createSimulation } from '../playback/simulation.ts';
import { companyLives } from './company-cluster.ts';
import { companyContradictions, companyMetrics } from './company-metrics.ts';

const ANCHOR = Date.parse('2026-11-21T05:00:00Z');
const frame = { seed: 1, anchor: ANCHOR, begin: ANCHOR - 29 * DAY_MS };

function play(cluster: string) {
  const metrics = createWorldMetrics(frame, companyMetrics(cluster, frame));
  const lives = metrics.listen(companyLives(cluster, frame));
  createSimulation(frame, createObjectStore(), { lives: () => lives }).advance(ANCHOR);
  return metrics.select([], ANCHOR - DAY_MS, ANCHOR);
}

it.each([1, 2, 3, 4])('of seed %i a gauge of each kind says what is not so', (seed) => {
  const kinds = companyContradictions(seed).map(({ kind, cause }) => `${kind} ${cause}`);
  expect(kinds.sort()).toEqual([
    'location-disagrees FM-13',
    'outcome-disagrees FM-13',
    'success-disagrees FM-13',
    'sync-disagrees FM-02',
    'sync-disagrees FM-13',
  ]);
});

it('plugin backups leave the database’s own gauges at zero and fill the plugin’s', () => {
  const series = play('shop-eu');
  const told = (metric: string) =>
    series.filter(({ labels }) => labels['__name__'] === metric).map((one) => one.valueAt(ANCHOR));
  expect(told('cnpg_collector_last_available_backup_timestamp')).toEqual([0, 0]);
  const [taken, ...others] = told('barman_cloud_cloudnative_pg_io_last_available_backup_timestamp');
  expect(taken).toBeGreaterThan((ANCHOR - 21 * DAY_MS) / 1_000);
  expect(others).toEqual([taken]);
});

it.each([
  ['shop-eu', 'kepler_pod_cpu_joules_total', 'kepler_container_joules_total'],
  ['shop-us', 'kepler_container_joules_total', 'kepler_pod_cpu_joules_total'],
])('the meter of %s tells %s and no %s', (cluster, there, absent) => {
  const names = new Set(play(cluster).map(({ labels }) => labels['__name__']));
  expect(names).toContain(there);
  expect(names).not.toContain(absent);
});

it.each([
  ['analytics', /^(team-velero-[0-9]{14}|backup-.+-[0-9]+|.+-[0-9]{8,10})-[a-z0-9]{5}$/],
  ['search', /^.+-[0-9]{8,10}-[a-z0-9]{5}$/],
])('movers of %s are named as its engines name them', (cluster, pattern) => {
  const pods = play(cluster)
    .filter(({ labels }) => labels['__name__'] === 'kube_pod_start_time')
    .map(({ labels }) => labels['pod'] ?? '');
  expect(pods.length).toBeGreaterThan(2);
  for (const pod of pods) expect(pod).toMatch(pattern);
});
