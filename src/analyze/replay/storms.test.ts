import { describe, expect, it } from 'vitest';
import { seeded } from '../../../test/support/run-lines.ts';
import type { FindingLine } from '../../domain/run-line.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import { replayRuns } from './replay-runs.ts';

const START = Date.UTC(2026, 9, 1);
const DAYS = 12;
/** The outage lasts from here for two days. */
const FROM = START + 8 * DAY_MS;
const UNTIL = FROM + 2 * DAY_MS;
const ENGINES = ['volsync', 'kopiur', 'k8up', 'longhorn', 'cronjob'] as const;
/** By the hour; one in ten jobs is hourly, one in five six-hourly. */
const EVERY = [1, 6, 6, 24, 24, 24, 24, 24, 24, 24];

interface Job {
  index: number;
  cluster: string;
  target: string;
  minute: number;
  hour: number;
  every: number;
}
type Run = Record<string, unknown> & { startedAt: string };
/** What becomes of a run; null: it never was. */
type Fate = (job: Job, at: number, run: Run) => Run | null;

/** Jobs of three clusters and five targets, whose schedules are spread over the day. */
function fleet(seed: number, count: number): Job[] {
  const random = seeded(seed);
  const below = (most: number): number => Math.floor(random() * most);
  return Array.from({ length: count }, (_, index) => ({
    index,
    cluster: ['east', 'west', 'lab'][index % 3]!,
    target: `s3-${below(5)}`,
    minute: below(60),
    hour: below(24),
    every: EVERY[below(10)]!,
  }));
}

function linesOf(jobs: readonly Job[], fate: Fate): string[] {
  return jobs.flatMap((job) => {
    const dues: number[] = [];
    const first = (job.hour % job.every) * HOUR_MS + job.minute * MINUTE_MS;
    for (let at = START + first; at < START + DAYS * DAY_MS; at += job.every * HOUR_MS)
      dues.push(at);
    return dues.flatMap((at) => {
      const run = fate(job, at, healthy(job, at));
      return run === null ? [] : [JSON.stringify(run)];
    });
  });
}

function healthy({ index, cluster, target, minute, hour, every }: Job, at: number): Run {
  const hours = Array.from({ length: 24 / every }, (_, turn) => (hour % every) + turn * every);
  return {
    v: 1,
    cluster,
    target,
    node: `n${index % 11}`,
    engine: ENGINES[index % ENGINES.length]!,
    policy: `shop/p${index}`,
    resource: `shop/data-${index}`,
    schedule: `${minute} ${every === 1 ? '*' : hours.join(',')} * * *`,
    dueAt: new Date(at).toISOString(),
    startedAt: new Date(at + 5_000).toISOString(),
    endedAt: new Date(at + 125_000 + ((index * 7 + at / HOUR_MS) % 13) * 1_000).toISOString(),
    outcome: 'success',
    logicalBytes: 50e9 + ((at / HOUR_MS + index) % 7) * 1e8,
  };
}

const isOut = (at: number): boolean => at >= FROM && at < UNTIL;
const stopped: Fate = ({ cluster }, at, run) => (cluster === 'east' && isOut(at) ? null : run);
const unreachable: Fate = ({ target }, at, run) =>
  target === 's3-2' && isOut(at) ? failed(run, 'dial tcp: i/o timeout') : run;
const ofEngine: Fate = (_, at, run) =>
  run['cluster'] === 'east' && run['engine'] === 'kopiur' && isOut(at) ? null : run;
const onNode: Fate = (_, at, run) =>
  run['node'] === 'n3' && run['cluster'] === 'west' && isOut(at)
    ? failed(run, 'node not ready')
    : run;
const failed = (run: Run, error: string): Run => ({
  ...run,
  outcome: 'failed',
  error,
  logicalBytes: null,
});
const renamed: Fate = (_, at, run) =>
  at < FROM ? run : { ...run, policy: `${run['policy'] as string}-new` };

async function told(lines: readonly string[]): Promise<FindingLine[]> {
  const found: FindingLine[] = [];
  for await (const one of replayRuns(lines)) found.push(one);
  return found;
}
const pages = (found: readonly FindingLine[]): FindingLine[] =>
  found.filter(({ delivery }) => delivery === 'page');
const incidents = (found: readonly FindingLine[]): string[] => [
  ...new Set(
    found.flatMap(({ incident }) => (incident ? `${incident.shared} ${incident.value}` : [])),
  ),
];

describe('an outage of jobs whose schedules are spread over the day', () => {
  for (const [name, fate, cause, counts] of [
    ['a controller that stops', stopped, 'cluster east', [60, 210, 600]],
    ['a target that cannot be reached', unreachable, 'target s3-2', [60, 210, 600]],
    ['an engine that stops in a cluster', ofEngine, 'engine kopiur', [210, 600]],
    ['a node that fails', onNode, 'node n3', [600]],
  ] as const)
    for (const count of counts)
      it(`is a few pages: ${name}, ${count} jobs`, async () => {
        const found = await told(linesOf(fleet(count, count), fate));
        expect(found.length).toBeGreaterThan(12);
        expect(pages(found).length).toBeGreaterThan(0);
        expect(pages(found).length).toBeLessThanOrEqual(12);
        expect(incidents(found)).toContain(cause);
        const members = found.filter(({ incident }) => incident?.value === cause.split(' ')[1]);
        expect(members.length).toBeGreaterThan(0.8 * found.length);
      });

  it('is a few pages when every job of the fleet goes on under another name', async () => {
    const found = await told(linesOf(fleet(3, 210), renamed));
    expect(found.length).toBeGreaterThan(210);
    expect(pages(found).length).toBeLessThanOrEqual(20);
  });
});

describe('what has another cause', () => {
  const jobs = fleet(7, 210);
  /** Neither in the cluster that stopped, nor due when others of its target are. */
  const alone = jobs.find(({ cluster, every }) => cluster === 'west' && every === 1)!;
  const emptied: Fate = (job, at, run) =>
    job === alone && at >= FROM + DAY_MS ? { ...run, logicalBytes: 0 } : stopped(job, at, run);

  it('pages by itself while an incident lasts', async () => {
    const found = await told(linesOf(jobs, emptied));
    const own = pages(found).filter(({ policy }) => policy === `shop/p${alone.index}`);
    expect(own.map(({ kind, incident }) => [kind, incident])).toContainEqual(['empty-run', null]);
  });

  it('pages also when it is on what fails, for it is other trouble', async () => {
    const one = jobs.find(({ target, every }) => target === 's3-2' && every === 1)!;
    const fate: Fate = (job, at, run) =>
      job === one && isOut(at) ? { ...run, logicalBytes: 0 } : unreachable(job, at, run);
    const found = await told(linesOf(jobs, fate));
    const own = pages(found).filter(({ policy }) => policy === `shop/p${one.index}`);
    expect(own.map(({ kind }) => kind)).toContain('empty-run');
  });

  it('is not taken for a cluster’s trouble when few of those due have any', async () => {
    const few = new Set(jobs.filter(({ every }) => every === 1).slice(0, 2));
    const fate: Fate = (job, at, run) => (few.has(job) && isOut(at) ? failed(run, 'no') : run);
    expect(incidents(await told(linesOf(jobs, fate)))).toEqual([]);
  });
});

it('does not depend on the order of jobs', async () => {
  const lines = linesOf(fleet(5, 90), unreachable);
  expect(await told(lines.toReversed())).toEqual(await told(lines));
});
