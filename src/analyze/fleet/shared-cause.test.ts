import { describe, expect, it } from 'vitest';
import type { Traits, WellLately } from '../../domain/delivery.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import { noGroups } from './cause-groups.ts';
import type { CauseGroups, Trip } from './cause-groups.ts';
import { findSharedCauses } from './shared-cause.ts';

const START = Date.parse('2026-10-01T02:00:00Z');
const LIMITS = { share: 0.2, least: 3, most: 10 };
const ofCluster: Traits = { cluster: { value: 'c', clusterId: 'c' } };

function trip(job: number, well: WellLately, fields: Partial<Trip> = {}): Trip {
  const didWell = { cluster: well };
  const own = { traits: ofCluster, didWell, lastWellAt: null };
  return { key: `finding-${job}`, jobId: `job-${job}`, trouble: 'outage', ...own, ...fields };
}

function causes(groups: CauseGroups, at: number, trips: readonly Trip[]) {
  return findSharedCauses(groups, START + at, trips, () => 200, LIMITS);
}

const outage = (groups: CauseGroups) =>
  causes(
    groups,
    0,
    [0, 1, 2, 3].map((job) => trip(job, [0, 0, 0])),
  );

describe('an incident', () => {
  it('is not kept open by troubles that jobs have of their own', () => {
    const groups = noGroups();
    const { incidentId } = outage(groups).get('finding-0')!;
    let job = 10;
    let newest = 0;
    for (let at = 50 * MINUTE_MS; at < 5 * DAY_MS; at += 50 * MINUTE_MS) {
      job += 1;
      const lastWellAt = new Date(START + at - 30 * MINUTE_MS);
      const found = causes(groups, at, [trip(job, [190, 196, 199], { lastWellAt })]);
      if (found.get(`finding-${job}`)?.incidentId === incidentId) newest = at;
    }
    expect(newest).toBeLessThanOrEqual(DAY_MS + HOUR_MS);
  });

  it('goes on for days while hardly any job does well', () => {
    const groups = noGroups();
    const { incidentId } = outage(groups).get('finding-0')!;
    for (let job = 10; job < 100; job += 1) {
      const found = causes(groups, (job - 9) * 50 * MINUTE_MS, [trip(job, [0, 1, 2])]);
      expect(found.get(`finding-${job}`)?.incidentId).toBe(incidentId);
    }
  });

  it('has no findings of troubles that were over before it', () => {
    const groups = noGroups();
    const lone = (day: number) =>
      causes(groups, day * DAY_MS, [
        trip(0, [90, 190, 199], {
          key: `day-${day}`,
          lastWellAt: new Date(START + (day - 0.5) * DAY_MS),
        }),
      ]);
    for (let day = 0; day < 5; day += 1) expect(lone(day).size).toBe(0);
    const lastWellAt = new Date(START + 3.5 * DAY_MS);
    const rest = [1, 2, 3].map((job) => trip(job, [0, 0, 0], { lastWellAt }));
    const found = causes(groups, 4 * DAY_MS + 30 * MINUTE_MS, rest);
    expect([...found.keys()].sort()).toEqual(['day-4', 'finding-1', 'finding-2', 'finding-3']);
  });

  it('is the same in whatever order a tick tells its findings, those of no job too', () => {
    const noJob = trip(9, [0, 0, 0], { jobId: null, didWell: {} });
    const jobs = [1, 2].map((job) => trip(job, [0, 0, 0]));
    const sizes = [
      [noJob, ...jobs],
      [...jobs, noJob],
    ].map((tick) => {
      const groups = noGroups();
      causes(groups, 0, [trip(0, [150, 190, 199])]);
      return causes(groups, 10 * MINUTE_MS, tick).size;
    });
    expect(sizes).toEqual([4, 4]);
  });

  it('takes in a hundred and fifty thousand jobs at once', () => {
    const trips = Array.from({ length: 150_000 }, (_, job) => trip(job, [0, 0, 0]));
    const found = causes(noGroups(), 0, trips);
    expect(found.get('finding-0')?.tripped).toBe(150_000);
  });

  it('is found in each of many clusters by looking at each a few times', () => {
    const CLUSTERS = 500;
    const trips = Array.from({ length: 4 * CLUSTERS }, (_, job) => {
      const clusterId = `c${job % CLUSTERS}`;
      const cluster = { value: clusterId, clusterId };
      const traits: Traits = { cluster, engine: { value: 'velero', clusterId } };
      return trip(job, [0, 0, 0], { traits, didWell: { cluster: [0, 0, 0], engine: [0, 0, 0] } });
    });
    let looks = 0;
    const sizeOf = () => (looks += 1) && 4;
    const found = findSharedCauses(noGroups(), START, trips, sizeOf, LIMITS);
    expect(new Set([...found.values()].map(({ incidentId }) => incidentId)).size).toBe(CLUSTERS);
    expect(looks).toBeLessThan(10 * CLUSTERS);
  });
});
