import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EndedRun } from '../../src/analyze/ledger/account-input.ts';
import { createRunMeter } from '../../src/collect/kepler/run-meter.ts';
import type { MeterReading } from '../../src/collect/port.ts';
import { createPrometheusClient } from '../../src/collect/prometheus/client.ts';
import { createMetricsReader } from '../../src/collect/prometheus/metrics-reader.ts';
import { openSource } from '../../src/collect/prometheus/prometheus-source.ts';
import type { MetricsBatch } from '../../src/domain/metrics.ts';
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts';
import { HOME } from '../../src/world/home/home-script.ts';
import { hasPrometheus, startPrometheus, type RealPrometheus } from '../support/prometheus.ts';
import { requireReal } from '../support/real.ts';
import { playMetrics, scraped, type PlayedMetrics } from '../support/world-metrics.ts';

/** A morning: the night's runs are six hours old at most. */
const ANCHOR = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS + 7 * HOUR_MS;
const FROM = ANCHOR - 8 * HOUR_MS;
const never = new AbortController().signal;

requireReal('Prometheus', hasPrometheus());

describe.skipIf(!hasPrometheus())('a world’s metrics, from a real Prometheus and simulated', () => {
  let played: PlayedMetrics;
  let real: RealPrometheus;
  const both = () => [real.url, played.url] as const;

  beforeAll(async () => {
    played = await playMetrics(HOME, 7, ANCHOR);
    real = await startPrometheus(scraped(played.metrics, FROM, ANCHOR));
  });
  afterAll(async () => {
    await played.close();
    await real.stop();
  });

  it('gives a reader the same readings', async () => {
    const [told, simulated] = await Promise.all(both().map((url) => collected(url)));
    expect(told?.samples.length).toBeGreaterThan(200);
    expect(simulated).toEqual(told);
  });

  it('gives a reader the same history', async () => {
    const [told, simulated] = await Promise.all(both().map((url) => history(url)));
    expect(told?.runs.length).toBeGreaterThan(10);
    expect(simulated).toEqual(told);
  });

  it('gives a meter the same energy, pods and prices', async () => {
    const runs = moversRuns(played);
    const [told, simulated] = await Promise.all(both().map((url) => metered(url, runs)));
    expect(told?.readings.energy.length).toBeGreaterThan(20);
    expect(told?.readings.pods.some(({ cpuSeconds }) => cpuSeconds !== null)).toBe(true);
    expect(simulated).toEqual(told);
  });
});

const window = { clusterId: 'c1', from: new Date(ANCHOR - HOUR_MS), until: new Date(ANCHOR) };

async function collected(url: string) {
  const batches: MetricsBatch[] = [];
  const reader = createMetricsReader(createPrometheusClient(openSource(url)), clock);
  const report = await reader.collect(
    window,
    { save: async (one) => void batches.push(one) },
    never,
  );
  reader.close();
  return {
    state: report.state,
    problems: report.problems.map(({ message }) => message),
    witnesses: sorted(report.witnesses ?? []),
    samples: sorted(batches.flatMap(({ samples }) => samples)),
    series: sorted(batches.flatMap(({ series }) => series)),
  };
}

async function history(url: string) {
  const batches: MetricsBatch[] = [];
  const reader = createMetricsReader(createPrometheusClient(openSource(url)), clock);
  // Half an hour after the first sample: before that the real one has nothing to look back to.
  const past = { ...window, from: new Date(FROM + HOUR_MS / 2) };
  await reader.backfill(past, { save: async (one) => void batches.push(one) }, never);
  reader.close();
  return {
    runs: sorted(batches.flatMap(({ runs }) => runs)),
    samples: sorted(batches.flatMap(({ samples }) => samples)),
  };
}

async function metered(url: string, runs: readonly EndedRun[]): Promise<MeterReading> {
  const client = createPrometheusClient(openSource(url));
  const reading = await createRunMeter(client).read(runs, new Date(ANCHOR), never);
  client.close();
  const { energy, pods, ...rest } = reading.readings;
  return { ...reading, readings: { ...rest, energy: sorted(energy), pods: sorted(pods) } };
}

const clock = { now: () => new Date(ANCHOR) };

/** One run for each mover of the last six hours, so that the meter looks for its pod. */
function moversRuns({ metrics }: PlayedMetrics): EndedRun[] {
  const starts = metrics
    .select([], ANCHOR - 6 * HOUR_MS, ANCHOR)
    .filter(({ labels }) => labels['__name__'] === 'kube_pod_start_time');
  return starts.map(({ labels, from }, index) => {
    const { namespace = '', pod = '' } = labels;
    const name = /^volsync-(?:[a-z-]+-)?src-(.+)-[a-z0-9]{5}$/.exec(pod)?.[1];
    return {
      runId: `r${index}`,
      runDay: '2026-01-01',
      engine: name === undefined ? 'velero' : 'volsync',
      policyId: `p${index}`,
      namespace,
      name: name ?? pod.slice(0, -6),
      startedAt: new Date(from),
      endedAt: new Date(ANCHOR),
      outcome: 'success',
      logicalBytes: null,
      addedBytes: null,
      storedBytes: null,
      expiresAt: null,
      known: null,
    };
  });
}

/** By their texts; numbers to twelve digits, which is what either way of adding them up agrees in. */
function sorted<T>(items: readonly T[]): T[] {
  const texts = items.map((item) =>
    JSON.stringify(item, (_, value: unknown) =>
      typeof value === 'number' ? Number(value.toPrecision(12)) : value,
    ),
  );
  return texts.sort().map((text) => JSON.parse(text) as T);
}
