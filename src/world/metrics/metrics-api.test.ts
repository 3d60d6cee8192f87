import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playMetrics, type PlayedMetrics } from '../../../test/support/world-metrics.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { HOME } from '../home/home-script.ts';

const ANCHOR = Date.parse('2026-11-20T07:00:00Z');
let played: PlayedMetrics;
beforeAll(async () => {
  played = await playMetrics(HOME, 3, ANCHOR);
});
afterAll(() => played.close());

interface Reply {
  status: string;
  errorType?: string;
  error?: string;
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

async function ask(path: string, form: Record<string, string>) {
  const body = new URLSearchParams(form);
  const response = await fetch(`${played.url}/api/v1/${path}`, { method: 'POST', body });
  return {
    code: response.status,
    date: response.headers.get('date'),
    ...((await response.json()) as Reply),
  };
}

describe('the metrics of a world', () => {
  it('are told at the world’s time', async () => {
    const { code, date, data } = await ask('query', { query: 'count(volsync_volume_out_of_sync)' });
    expect(code).toBe(200);
    expect(date).toBe(new Date(ANCHOR).toUTCString());
    expect(data.result[0]?.value[0]).toBe(ANCHOR / 1_000);
    expect(Number(data.result[0]?.value[1])).toBeGreaterThan(20);
  });

  it('say nothing of the time before they were scraped', async () => {
    const before = String((ANCHOR - 11 * DAY_MS) / 1_000);
    const { data } = await ask('query', { query: 'volsync_volume_out_of_sync', time: before });
    expect(data.result).toEqual([]);
  });

  it('refuse what they do not evaluate, and say that they are simulated', async () => {
    const refused = await ask('query', { query: 'rate(up[5m])' });
    expect(refused).toMatchObject({ code: 400, status: 'error', errorType: 'bad_data' });
    expect(refused.error).toContain('simulated');
    const steps = { query: 'up', start: '0', end: '20000', step: '1' };
    expect(await ask('query_range', steps)).toMatchObject({ code: 400, errorType: 'bad_data' });
    const unknown = await fetch(`${played.url}/api/v1/alerts`);
    expect(unknown.status).toBe(404);
  });

  it('name movers as the engines do, with a life of their own', () => {
    const pods = played.metrics
      .select([], ANCHOR - 6 * HOUR_MS, ANCHOR)
      .filter(({ labels }) => labels['__name__'] === 'kube_pod_start_time');
    expect(pods.length).toBeGreaterThan(10);
    for (const { labels, from, until } of pods) {
      expect(labels['pod']).toMatch(
        /^(volsync-(rsync-tls-|rclone-)?src-.+|.+-[0-9]{14})-[a-z0-9]{5}$/,
      );
      expect(until).toBeGreaterThan(from);
    }
  });

  it('count energy that never sinks while a pod runs, and once more when it has ended', () => {
    const joules = played.metrics
      .select([], ANCHOR - 6 * HOUR_MS, ANCHOR)
      .filter(({ labels }) => labels['__name__'] === 'kepler_pod_cpu_joules_total');
    const ended = joules.filter(({ labels }) => labels['state'] === 'terminated');
    expect(ended.length).toBeGreaterThan(10);
    for (const { from, until, valueAt } of ended) {
      expect(from).toBe(until);
      expect(valueAt(from)).toBeGreaterThan(0);
    }
  });

  it('are the same for the same seed, and others for another', async () => {
    const texts = [3, 3, 4].map(async (seed) => {
      const world = await playMetrics(HOME, seed, ANCHOR);
      const series = world.metrics.select([], ANCHOR - HOUR_MS, ANCHOR);
      await world.close();
      return JSON.stringify(series.map(({ labels, valueAt }) => [labels, valueAt(ANCHOR)]));
    });
    const [first, again, other] = await Promise.all(texts);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});
