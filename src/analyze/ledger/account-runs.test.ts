import { describe, expect, it } from 'vitest';
import {
  newKeplerSeries,
  oldKeplerSeries,
  type MeteredTruth,
} from '../../../test/support/kepler.ts';
import { worldGrid } from '../../collect/carbon/grid-factor.ts';
import { readGridSetting } from '../../collect/carbon/grid-setting.ts';
import { energySeriesOf } from '../../collect/kepler/energy-series-of.ts';
import type { MetricSeries } from '../../collect/prometheus/reply.ts';
import type { EndedRun, MoverPod, Readings } from './account-input.ts';
import { accountRuns } from './account-runs.ts';
import type { Prices, StorageClass } from './prices.ts';

const START = 1_790_000_000;
const at = (seconds: number) => new Date((START + seconds) * 1_000);
const UNPRICED: Prices = { currency: 'USD', core: null, storage: null, keepDays: null };

function aRun(parts: Partial<EndedRun> = {}): EndedRun {
  return {
    runId: 'run-1',
    runDay: '2026-09-21',
    engine: 'volsync',
    policyId: 'policy-1',
    namespace: 'media',
    name: 'photos',
    startedAt: at(0),
    endedAt: at(600),
    outcome: 'success',
    logicalBytes: null,
    addedBytes: null,
    storedBytes: null,
    expiresAt: null,
    known: null,
    ...parts,
  };
}

function aPod(parts: Partial<MoverPod> = {}): MoverPod {
  return {
    namespace: 'media',
    name: 'volsync-src-photos-abc12',
    uid: 'uid-1',
    node: 'node-a',
    startedAt: at(0),
    endedAt: at(600),
    cpuSeconds: null,
    cores: null,
    sentBytes: null,
    ...parts,
  };
}

function readings(
  parts: Partial<Omit<Readings, 'energy'>> & { series?: MetricSeries[] },
): Readings {
  const { series = [], ...rest } = parts;
  const energy = series.flatMap((one) => energySeriesOf(one) ?? []);
  return { pods: [], energy, meterVersion: null, scrapeIntervalSeconds: 15, ...rest };
}

function truth(parts: Partial<MeteredTruth> = {}): MeteredTruth {
  return {
    namespace: 'media',
    name: 'volsync-src-photos-abc12',
    uid: 'uid-1',
    startedAt: START,
    endedAt: START + 600,
    watts: [2],
    ...parts,
  };
}

const plan = { intervalSeconds: 15, offsetSeconds: 0, restartsAt: [], scrapeUntil: START + 9_000 };
const account = (runs: EndedRun[], read: Readings, prices = UNPRICED) =>
  accountRuns(runs, read, prices, worldGrid(null));

const S3: StorageClass = {
  name: 'aws-s3-standard',
  perGbMonth: 0.023,
  putPer1000: 0.005,
  gbBytes: 2 ** 30,
  wattHoursPerTbHour: 0.65,
  replication: 6,
  source: 'list prices',
  factorYear: 2026,
  quality: 'modelled',
};

describe('the ledger’s entry of a run', () => {
  it('is the worked example of 2.4 GiB added to S3 in Ireland', () => {
    const run = aRun({ addedBytes: 2.4 * 2 ** 30, expiresAt: at(600 + 30 * 86_400) });
    const read = readings({
      series: newKeplerSeries(truth({ watts: [1013.2 / 600] }), plan),
      pods: [aPod({ cpuSeconds: 281.5, cores: 1 })],
    });
    const core = {
      byNode: new Map([['node-a', 0.03]]),
      usual: 99,
      source: 'OpenCost',
      factorYear: null,
      quality: 'modelled' as const,
    };
    const prices: Prices = { currency: 'USD', core, storage: S3, keepDays: null };
    const [entry] = accountRuns(
      [run],
      read,
      prices,
      readGridSetting('aws:eu-west-1', null)('home', null),
    );
    expect(entry?.energy.joules).toBeCloseTo(1013.2, 1);
    expect(entry?.energy.quality).toBe('measured');
    expect(near(entry?.carbon.kilowattHours, 0.011457)).toBeLessThan(0.005);
    expect(near(entry?.carbon.grams, 3.192)).toBeLessThan(0.005);
    expect(near(entry?.cost.amount, 0.0574)).toBeLessThan(0.005);
    expect(entry?.cost).toMatchObject({ currency: 'USD', missing: [], quality: 'modelled' });
    expect(entry?.carbon).toMatchObject({ pue: 1.135, place: 'aws:eu-west-1', factorYear: 2021 });
  });

  it('is modelled from CPU time without a meter: 0.339 Wh in the worked example', () => {
    const pods = [aPod({ cpuSeconds: 281.5, cores: 1 })];
    const [entry] = account([aRun()], readings({ pods }));
    expect(near((entry?.energy.joules ?? 0) / 3_600, 0.339)).toBeLessThan(0.005);
    expect(entry?.energy).toMatchObject({ quality: 'modelled', method: 'cpu-time/1' });
  });

  it('stands on defaults when nothing told of its pod, and says so', () => {
    const [entry] = account([aRun()], readings({}));
    expect(entry?.energy).toMatchObject({ quality: 'default', note: 'nothing told of its pod' });
    expect(entry?.energy.joules).toBeCloseTo(600 * (0.74 + 0.5 * 2.76), 6);
  });

  it.each(['failed', 'skipped', 'unknown'] as const)(
    'is unknown when nothing told of the pod of a run that %s',
    (outcome) => {
      const [entry] = account([aRun({ outcome })], readings({}));
      expect(entry?.energy).toMatchObject({ joules: null, quality: null });
    },
  );

  it('is unknown and unpriced, never zero, where no pod or price is known', () => {
    const [entry] = account([aRun({ engine: 'longhorn' })], readings({}));
    expect(entry?.energy).toMatchObject({ joules: null, quality: null, method: null });
    expect(entry?.cost).toEqual({
      amount: null,
      currency: null,
      quality: null,
      parts: [],
      missing: ['compute', 'storage', 'requests'],
    });
    expect(entry?.carbon).toMatchObject({ grams: null, kilowattHours: null, quality: null });
  });

  it('has parts whose sums are its figures', () => {
    const run = aRun({ storedBytes: 5e9 });
    const prices = { ...UNPRICED, storage: S3, keepDays: 7 };
    const [entry] = account([run], readings({ pods: [aPod({ cpuSeconds: 10 })] }), prices);
    expect(entry?.cost.amount).toBe(sum(entry?.cost.parts));
    expect(entry?.carbon.grams).toBe(sum(entry?.carbon.parts));
    expect(entry?.cost.missing).toEqual(['compute']);
    expect(entry?.carbon.quality).toBe('default');
  });

  it('adds a run’s attempts, and gives each run of a policy its own pods', () => {
    const pods = [
      aPod({ name: 'volsync-src-photos-aaaaa', uid: 'a', startedAt: at(10), endedAt: at(60) }),
      aPod({ name: 'volsync-src-photos-bbbbb', uid: 'b', startedAt: at(90), endedAt: at(590) }),
      aPod({
        name: 'volsync-src-photos-ccccc',
        uid: 'c',
        startedAt: at(3_610),
        endedAt: at(3_700),
      }),
      aPod({ name: 'volsync-src-photos-old-ddddd', uid: 'd', startedAt: at(20), endedAt: at(60) }),
    ].map((pod) => ({ ...pod, cpuSeconds: 36, cores: 1 }));
    const later = aRun({ runId: 'run-2', startedAt: at(3_600), endedAt: at(3_700) });
    const core = {
      byNode: new Map<string, number>(),
      usual: 1,
      source: 'set',
      factorYear: 2026,
      quality: 'modelled' as const,
    };
    const [first, second] = account([aRun(), later], readings({ pods }), { ...UNPRICED, core });
    expect(first?.cost.amount).toBeCloseTo(0.02, 9);
    expect(second?.cost.amount).toBeCloseTo(0.01, 9);
  });

  it('leaves out the pod of the next run, which has not ended, and of the one before', () => {
    const pods = [
      aPod({ name: 'volsync-src-photos-ppppp', uid: 'p', startedAt: at(-60), endedAt: at(-20) }),
      aPod({ name: 'volsync-src-photos-mmmmm', uid: 'm', startedAt: at(-5), endedAt: at(590) }),
      aPod({ name: 'volsync-src-photos-nnnnn', uid: 'n', startedAt: at(640), endedAt: null }),
    ].map((pod) => ({ ...pod, cpuSeconds: 100, cores: 1 }));
    const [entry] = account([aRun()], readings({ pods }));
    expect(entry?.energy.joules).toBeCloseTo(0.74 * 595 + 2.76 * 100, 6);
  });

  it('is as good as the weakest of its pods', () => {
    const measured = newKeplerSeries(truth({ endedAt: START + 300 }), plan);
    const pods = [
      aPod({ endedAt: at(300) }),
      aPod({ name: 'volsync-src-photos-zzzzz', uid: 'z', startedAt: at(300), cpuSeconds: 60 }),
    ];
    const [entry] = account([aRun()], readings({ pods, series: measured }));
    expect(entry?.energy.quality).toBe('modelled');
    expect(entry?.energy.joules).toBeGreaterThan(600);
  });

  it('finds a pod of which only energy is told', () => {
    const [entry] = account([aRun()], readings({ series: newKeplerSeries(truth(), plan) }));
    expect(entry?.energy.joules).toBeCloseTo(1_200, 0);
  });
});

describe('runs that share node agents', () => {
  const agents = ['node-agent-aaaaa', 'node-agent-bbbbb'].map((name, index) =>
    truth({
      namespace: 'velero',
      name,
      uid: `agent-${index}`,
      startedAt: START - 3_600,
      endedAt: START + 7_200,
      watts: [3],
    }),
  );
  const both = (series: (pod: MeteredTruth) => MetricSeries[]) =>
    readings({ series: agents.flatMap(series) });

  it.each([
    ['new', (pod: MeteredTruth) => newKeplerSeries(pod, plan)],
    ['old', (pod: MeteredTruth) => oldKeplerSeries(pod, plan)],
  ])('share their energy by bytes (%s generation)', (_generation, series) => {
    const runs = [agentRun('a', 0, 600, 3e9), agentRun('b', 0, 600, 1e9)];
    const [a, b] = account(runs, both(series));
    expect(a?.energy.joules).toBeCloseTo(2_700, 0);
    expect(b?.energy.joules).toBeCloseTo(900, 0);
    expect(a?.energy).toMatchObject({ quality: 'modelled', method: 'kepler-split-by-bytes/1' });
  });

  it('share only while they overlap', () => {
    const runs = [agentRun('a', 0, 600, 6e9), agentRun('b', 300, 900, 6e9)];
    const [a, b] = account(
      runs,
      both((pod) => newKeplerSeries(pod, plan)),
    );
    expect(a?.energy.joules).toBeCloseTo(2_700, 0);
    expect(b?.energy.joules).toBeCloseTo(2_700, 0);
  });

  it('are unknown while one of them does not tell its size', () => {
    const runs = [agentRun('a', 0, 600, 3e9), agentRun('b', 0, 600, null)];
    const entries = account(
      runs,
      both((pod) => newKeplerSeries(pod, plan)),
    );
    expect(entries.map(({ energy }) => energy.joules)).toEqual([null, null]);
  });
});

function near(value: number | null | undefined, wanted: number): number {
  return Math.abs((value ?? 0) / wanted - 1);
}

function sum(parts: { value: number }[] = []): number {
  return parts.reduce((all, one) => all + one.value, 0);
}

function agentRun(
  runId: string,
  from: number,
  until: number,
  logicalBytes: number | null,
): EndedRun {
  return aRun({
    runId,
    engine: 'velero',
    namespace: 'velero',
    name: runId,
    startedAt: at(from),
    endedAt: at(until),
    logicalBytes,
  });
}
