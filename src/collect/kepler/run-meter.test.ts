import { describe, expect, it } from 'vitest';
import type { EndedRun } from '../../analyze/ledger/account-input.ts';
import type { PrometheusClient } from '../prometheus/client.ts';
import { openSource } from '../prometheus/prometheus-source.ts';
import type { MetricSeries, QueryReply } from '../prometheus/reply.ts';
import { podsOf } from './pod-usage.ts';
import { createRunMeter } from './run-meter.ts';

const NOW = new Date('2026-11-01T12:00:00Z');
const signal = new AbortController().signal;
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
const seconds = (minute: number) => ago(20 - minute).getTime() / 1_000;

function aRun(name: string, parts: Partial<EndedRun> = {}): EndedRun {
  return {
    runId: name,
    runDay: '2026-11-01',
    engine: 'volsync',
    policyId: null,
    namespace: 'media',
    name,
    startedAt: ago(20),
    endedAt: ago(10),
    outcome: 'success',
    logicalBytes: null,
    addedBytes: null,
    storedBytes: null,
    expiresAt: null,
    known: null,
    ...parts,
  };
}

/** Answers every question with nothing, or in part. */
function aStore(partial = false) {
  const asked: string[] = [];
  const reply: QueryReply = { series: [], warnings: [], partial, notNumbers: 0, date: null };
  const client: PrometheusClient = {
    source: openSource('http://127.0.0.1:1'),
    instant: async (query) => {
      asked.push(query);
      return reply;
    },
    range: () => Promise.reject(new Error('not asked')),
    status: () => Promise.reject(new Error('not asked')),
    requests: () => asked.length,
    close: () => {},
  };
  return { client, asked };
}

function told(
  name: string,
  labels: Record<string, string>,
  values: [number, number][],
): MetricSeries {
  const samples = values.map(([minute, value]) => ({ at: ago(20 - minute), value }));
  return { labels: { __name__: name, namespace: 'media', pod: 'p', ...labels }, samples };
}

describe('the meter of runs', () => {
  it('asks three questions for all runs, and once an hour a fourth', async () => {
    const { client, asked } = aStore();
    const meter = createRunMeter(client);
    const runs = Array.from({ length: 500 }, (_, index) => aRun(`claim-${index}`));
    await meter.read(runs, NOW, signal);
    expect(asked).toHaveLength(4);
    expect(Math.max(...asked.map((query) => query.length))).toBeLessThan(500);
    await meter.read(runs, new Date(NOW.getTime() + 300_000), signal);
    expect(asked).toHaveLength(7);
    await meter.read(runs, new Date(NOW.getTime() + 3_700_000), signal);
    expect(asked).toHaveLength(11);
  });

  it('looks back to the first start, two days at most', async () => {
    const { client, asked } = aStore();
    await createRunMeter(client).read([aRun('a'), aRun('b', { startedAt: ago(90) })], NOW, signal);
    expect(asked.at(-1)).toContain('[91m]');
    await createRunMeter(client).read([aRun('a', { startedAt: ago(9_999) })], NOW, signal);
    expect(asked.at(-1)).toContain('[2880m]');
  });

  it('asks nothing of pods for runs that have none', async () => {
    const { client, asked } = aStore();
    const read = await createRunMeter(client).read(
      [aRun('a', { engine: 'longhorn' })],
      NOW,
      signal,
    );
    expect(asked).toHaveLength(1);
    expect(read).toMatchObject({
      cpuPrices: null,
      region: null,
      readings: { energy: [], pods: [] },
    });
  });

  it('refuses an answer in part: what is missing would look unmetered', async () => {
    const { client } = aStore(true);
    await expect(createRunMeter(client).read([aRun('a')], NOW, signal)).rejects.toMatchObject({
      code: 'source-unreachable',
      retryable: true,
    });
  });
});

describe('what pods used', () => {
  const cpu = 'container_cpu_usage_seconds_total';

  it('counts containers once, replicas once, and restarts whole', () => {
    const pods = podsOf([
      told(cpu, { container: '', cpu: 'total' }, [[1, 50]]),
      told(cpu, { container: 'POD' }, [[1, 1]]),
      told(cpu, { container: 'restic', id: 'a' }, [
        [1, 10],
        [2, 20],
      ]),
      told(cpu, { container: 'restic', id: 'a', replica: 'b' }, [
        [1.5, 14.9],
        [2.5, 19],
      ]),
      told(cpu, { container: 'restic', id: 'b' }, [[3, 5]]),
      told('container_network_transmit_bytes_total', { interface: 'eth0' }, [[2, 700]]),
      told('container_network_transmit_bytes_total', { interface: 'lo' }, [[2, 9]]),
    ]);
    expect(pods).toEqual([
      expect.objectContaining({ cpuSeconds: 25, sentBytes: 700, cores: null }),
    ]);
  });

  it('takes what is requested, else the limit', () => {
    const request = told(
      'kube_pod_container_resource_requests',
      { container: 'c', resource: 'cpu' },
      [[1, 0.25]],
    );
    const limit = told('kube_pod_container_resource_limits', { container: 'c', resource: 'cpu' }, [
      [1, 2],
    ]);
    const memory = told('kube_pod_container_resource_requests', { resource: 'memory' }, [[1, 1e9]]);
    expect(podsOf([limit, request, memory])[0]?.cores).toBe(0.25);
    expect(podsOf([limit])[0]?.cores).toBe(2);
    expect(podsOf([memory])[0]?.cores).toBeNull();
  });

  it('does not know what a pod used that was not seen for half of its life', () => {
    const life = [
      told('kube_pod_start_time', {}, [[0, seconds(0)]]),
      told('kube_pod_completion_time', {}, [[11, seconds(10)]]),
    ];
    expect(podsOf([...life, told(cpu, { container: 'c' }, [[4, 7]])])[0]?.cpuSeconds).toBeNull();
    expect(podsOf([...life, told(cpu, { container: 'c' }, [[6, 7]])])[0]?.cpuSeconds).toBe(7);
  });
});
