import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  newKeplerSeries,
  oldKeplerSeries,
  trueJoules,
  type MeteredTruth,
  type ScrapePlan,
} from '../../../test/support/kepler.ts';
import { energySeriesOf } from '../../collect/kepler/energy-series-of.ts';
import type { MetricSeries } from '../../collect/prometheus/reply.ts';
import { podEnergy, type PodEnergy } from './pod-energy.ts';
import { zonesToSum } from './zones.ts';

const START = 1_790_000_000;
const aPod = (seconds: number, watts: number[]): MeteredTruth => ({
  namespace: 'media',
  name: 'volsync-src-photos-abc12',
  uid: 'uid-1',
  startedAt: START,
  endedAt: START + seconds,
  watts,
});
const aPlan = (parts: Partial<ScrapePlan> = {}): ScrapePlan => ({
  intervalSeconds: 15,
  offsetSeconds: 0,
  restartsAt: [],
  scrapeUntil: START + 100_000,
  ...parts,
});
const lifeOf = ({ startedAt, endedAt }: MeteredTruth) => ({ startedAt, endedAt, exact: true });
const read = (series: MetricSeries[]) => series.flatMap((one) => energySeriesOf(one) ?? []);
const limits = (plan: ScrapePlan) => ({
  scrapeIntervalSeconds: plan.intervalSeconds,
  maxWatts: 1_000,
});

function measure(series: MetricSeries[], pod: MeteredTruth, plan: ScrapePlan): PodEnergy {
  const energy = podEnergy(read(series), lifeOf(pod), limits(plan));
  if (typeof energy === 'string') throw new Error(energy);
  return energy;
}

/** Half an hour and more, so that what one restart loses (at most a scrape) is below one in a hundred. */
const world = fc
  .record({
    seconds: fc.integer({ min: 3_000, max: 20_000 }),
    watts: fc.array(fc.double({ min: 9, max: 11, noNaN: true }), { minLength: 1, maxLength: 20 }),
    intervalSeconds: fc.constantFrom(5, 10, 15),
    offset: fc.double({ min: 0, max: 0.99, noNaN: true }),
    restart: fc.double({ min: 0.1, max: 0.9, noNaN: true }),
  })
  .map(({ seconds, watts, intervalSeconds, offset, restart }) => ({
    pod: aPod(seconds, watts),
    plan: aPlan({ intervalSeconds, offsetSeconds: offset * intervalSeconds }),
    restartAt: START + restart * seconds,
  }));

describe('joules of a pod', () => {
  it('are the true ones within 1 % from both generations', () => {
    fc.assert(
      fc.property(world, ({ pod, plan }) => {
        for (const series of [newKeplerSeries(pod, plan), oldKeplerSeries(pod, plan)]) {
          const energy = measure(series, pod, plan);
          expect(Math.abs(energy.joules / trueJoules(pod) - 1)).toBeLessThan(0.01);
          expect(energy).toMatchObject({ quality: 'measured', lowerBound: false });
        }
      }),
    );
  });

  it('are the same within 1 % from both, and the true ones, across a restart of the meter', () => {
    fc.assert(
      fc.property(world, ({ pod, plan, restartAt }) => {
        const restarted = { ...plan, restartsAt: [restartAt] };
        const fresh = measure(newKeplerSeries(pod, restarted), pod, plan);
        const old = measure(oldKeplerSeries(pod, restarted), pod, plan);
        expect(Math.abs(fresh.joules / old.joules - 1)).toBeLessThan(0.01);
        expect(Math.abs(fresh.joules / trueJoules(pod) - 1)).toBeLessThan(0.01);
        expect(fresh.lowerBound && old.lowerBound).toBe(true);
      }),
    );
  });

  it('do not depend on the order of series and samples, nor on replicas of the scraper', () => {
    fc.assert(
      fc.property(
        world,
        fc.array(fc.nat(), { minLength: 20, maxLength: 20 }),
        ({ pod, plan, restartAt }, keys) => {
          const series = newKeplerSeries(pod, { ...plan, restartsAt: [restartAt] });
          const replica = series.map((one) => ({
            labels: { ...one.labels, prometheus_replica: 'b' },
            samples: one.samples.filter((_, index) => index % 2 === 0),
          }));
          const shuffled = [...replica, ...series]

            .map((one, index) => ({ key: keys[index] ?? 0, one }))
            .sort((a, b) => a.key - b.key)
            .map(({ one }) => ({ ...one, samples: one.samples.toReversed() }));
          const plain = measure(series, pod, plan);
          expect(measure(shuffled, pod, plan).joules).toBeCloseTo(plain.joules, 6);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('go on when the restarted exporter comes back under another address', () => {
    const pod = aPod(3_600, [10]);
    const plan = aPlan({ restartsAt: [START + 1_800] });
    const moved = newKeplerSeries(pod, plan).flatMap(({ labels, samples }) => [
      { labels, samples: samples.filter(({ at }) => at.getTime() < (START + 1_800) * 1_000) },
      {
        labels: { ...labels, instance: '10.0.0.9:28282' },
        samples: samples.filter(({ at }) => at.getTime() >= (START + 1_800) * 1_000),
      },
    ]);
    expect(measure(moved, pod, plan).joules).toBeCloseTo(36_000, -3);
  });

  it('never count a zone that lies inside another', () => {
    expect(zonesToSum(['core', 'package', 'uncore', 'dram'])).toEqual(['package', 'dram']);
    expect(zonesToSum(['core', 'package', 'dram', 'psys'])).toEqual(['psys']);
    expect(zonesToSum(['package', 'dram', 'total'])).toEqual(['total']);
    expect(zonesToSum(['core'])).toEqual([]);
    const pod = aPod(600, [10]);
    const energy = measure(newKeplerSeries(pod, aPlan(), true), pod, aPlan());
    expect(energy.joules).toBeCloseTo(6_000, 0);
    expect(energy.zones).toEqual(['psys']);
  });

  it('keep idle energy apart', () => {
    const pod = aPod(600, [10]);
    const energy = measure(oldKeplerSeries(pod, aPlan()), pod, aPlan());
    expect(energy.joules).toBeCloseTo(6_000, 0);
    expect(energy.idleJoules).toBeCloseTo(900, 0);
    expect(measure(newKeplerSeries(pod, aPlan()), pod, aPlan()).idleJoules).toBeNull();
  });

  it('count the new generation alone while both tell of the pod', () => {
    const pod = aPod(600, [10]);
    const both = [...newKeplerSeries(pod, aPlan()), ...oldKeplerSeries(pod, aPlan())];
    expect(measure(both, pod, aPlan())).toMatchObject({ meter: 'kepler-new' });
    expect(measure(both, pod, aPlan()).joules).toBeCloseTo(6_000, 0);
  });

  it('are graded by what was seen, and refused below half', () => {
    const pod = aPod(600, [10]);
    const seen = (from: number, until: number) =>
      podEnergy(
        read(
          newKeplerSeries(pod, aPlan()).map(({ labels, samples }) => ({
            labels,
            samples: samples.filter(
              ({ at }) =>
                at >= new Date((START + from) * 1_000) && at < new Date((START + until) * 1_000),
            ),
          })),
        ),
        lifeOf(pod),
        limits(aPlan()),
      );
    expect(seen(0, 700)).toMatchObject({ quality: 'measured' });
    expect(seen(100, 600)).toMatchObject({ quality: 'measured' });
    expect(seen(0, 520)).toMatchObject({ quality: 'partial' });
    expect(seen(0, 200)).toBe('too-little-seen');
    expect(seen(700, 800)).toBe('no-series');
  });

  it('are refused from a meter that does not measure', () => {
    const refused = (watts: number) => {
      const pod = aPod(600, [watts]);
      return podEnergy(read(newKeplerSeries(pod, aPlan())), lifeOf(pod), limits(aPlan()));
    };
    expect(refused(0)).toBe('zero');
    expect(refused(5_000)).toBe('implausible');
    expect(podEnergy([], lifeOf(aPod(600, [1])), limits(aPlan()))).toBe('no-series');
  });

  it('leave out host processes and values that are no numbers', () => {
    const pod = aPod(600, [10]);
    const [series] = oldKeplerSeries(pod, aPlan());
    if (series === undefined) throw new Error('no series');
    const host = { ...series, labels: { ...series.labels, container_name: 'kernel_processes' } };
    expect(energySeriesOf(host)).toBeNull();
    const odd = { ...series, samples: [{ at: new Date(START * 1_000), value: Number.NaN }] };
    expect(podEnergy(read([odd]), lifeOf(pod), limits(aPlan()))).toBe('no-series');
  });
});
