import { forecastRuns } from '../../src/analyze/forecast/forecast-runs.ts';
import type { ForecastLine } from '../../src/analyze/forecast/forecast-runs.ts';
import type { JobFacts, JobRun } from '../../src/analyze/job/job-facts.ts';
import type { ForecastAbout } from '../../src/domain/words.ts';
import { nightly, seeded } from './run-lines.ts';

/** Six nightly jobs over thirty days, of which app-0 fails often. */
export const HISTORY = { start: Date.UTC(2026, 0, 5), jobs: 6, days: 30 };
const DAY = 86_400_000;
const HOUR = 3_600_000;
const WEEK = 7 * DAY;
/** Every second job has an objective; the others have two intervals. */
const OBJECTIVE_SECONDS = 30 * 3_600;

export function jobOf(index: number, clusterId = 'home'): JobFacts {
  const name = `team/app-${index}`;
  return {
    clusterId,
    jobId: name,
    scope: 'whole',
    engine: 'volsync',
    policyId: name,
    resourceId: `resource-${index}`,
    repositoryId: null,
    policy: name,
    resource: name,
    namespace: 'team',
    source: `ReplicationSource ${name}`,
    schedule: {
      type: 'cron',
      expression: `${10 * index} 2 * * *`,
      timeZone: 'UTC',
      dialect: 'volsync',
    },
    scheduleSince: new Date(HISTORY.start),
    pausedSince: null,
    removedAt: null,
    problem: null,
    lastSuccessAt: null,
    rpoSeconds: objectiveOf(index),
    claimCreatedAt: null,
  };
}

function objectiveOf(index: number): number | null {
  return index % 2 === 0 ? OBJECTIVE_SECONDS : null;
}

export const jobsById = new Map(
  Array.from({ length: HISTORY.jobs }, (_, i) => [jobOf(i).jobId, jobOf(i)]),
);

export function dueOf(index: number, day: number): number {
  return HISTORY.start + day * DAY + 2 * HOUR + 10 * index * 60_000;
}

/** Every job's run of every day. */
export const RUNS = (() => {
  const random = seeded(8);
  return Array.from({ length: HISTORY.jobs * HISTORY.days }, (_, i) => {
    const [index, day] = [i % HISTORY.jobs, Math.floor(i / HISTORY.jobs)];
    const startedAt = new Date(dueOf(index, day) + 15_000);
    const run: JobRun = {
      runId: `${index}/${day}`,
      table: 'runs',
      startedAt,
      endedAt: new Date(startedAt.getTime() + 240_000 + Math.floor(random() * 60_000)),
      outcome: random() < (index === 0 ? 0.4 : 0.03) ? 'failed' : 'success',
      durationSeconds: null,
      logicalBytes: 1e9,
      addedBytes: null,
      files: null,
      errorText: null,
      fullRead: false,
      dedupRatio: null,
      dueAt: null,
      volumesFailed: false,
    };
    return { index, day, run };
  });
})();

/** The runs that ended after `from` and not after `until`, by job. */
export function runsBetween(from: number, until: number): Map<string, JobRun[]> {
  const ended = RUNS.filter(({ run }) => {
    const at = run.endedAt!.getTime();
    return at > from && at <= until;
  });
  const byJob = Map.groupBy(ended, ({ index }) => jobOf(index).jobId);
  return new Map([...byJob].map(([jobId, runs]) => [jobId, runs.map(({ run }) => run)]));
}

/** What a replay of the same runs states. */
export async function replayed(): Promise<ForecastLine[]> {
  const lines = RUNS.map(({ index, run }) =>
    nightly(1, {
      policy: jobOf(index).policy,
      resource: jobOf(index).resource,
      schedule: `${10 * index} 2 * * *`,
      rpoSeconds: objectiveOf(index),
      dueAt: null,
      startedAt: run.startedAt.toISOString(),
      endedAt: run.endedAt!.toISOString(),
      outcome: run.outcome,
      logicalBytes: run.logicalBytes,
    }),
  );
  const told: ForecastLine[] = [];
  for await (const line of forecastRuns(lines)) told.push(line);
  return told;
}

export interface TurnedOut {
  /** On which it became known, UTC. */
  day: string;
  about: ForecastAbout;
  probability: number;
  cameTrue: boolean;
}

/**
 * What the replay stated against what then happened to the runs and their copies: of every run when it ended; of the
 * RPO every third day, where it was neither broken nor certain to hold, at the first due time a week later.
 */
export async function turnedOut(): Promise<TurnedOut[]> {
  const told = await replayed();
  return [...jobsById.values()].flatMap(({ policy, rpoSeconds }) => {
    const rpoMs = rpoSeconds === null ? 2 * DAY : 1_000 * rpoSeconds;
    const runs = RUNS.filter(({ index }) => jobOf(index).policy === policy).map(({ run }) => run);
    const lines = told.filter((line) => line.policy === policy);
    return [
      ...lines.map(({ probability, failed }, i) => ({
        day: dayOf(runs[i]!.endedAt!.getTime()),
        about: 'run' as const,
        probability,
        cameTrue: failed === true,
      })),
      ...outlooksOf(lines, runs, rpoMs),
    ];
  });
}

function outlooksOf(
  lines: readonly ForecastLine[],
  runs: readonly JobRun[],
  rpoMs: number,
): TurnedOut[] {
  const found: TurnedOut[] = [];
  const dues = lines.map(({ statedAt }) => Date.parse(statedAt));
  let keptAt = Number.NEGATIVE_INFINITY;
  for (const [i, line] of lines.entries()) {
    const at = dues[i]!;
    const runsOut = copyAt(runs, at) + rpoMs;
    // Broken already, without any copy, or safe for a week.
    if (!(runsOut > at && runsOut <= at + WEEK) || at - keptAt < 3 * DAY) continue;
    keptAt = at;
    const knownAt = dues.find((due) => due >= at + WEEK);
    if (knownAt === undefined) continue;
    for (const [about, lasts, probability] of [
      ['rpo-within-day', DAY, line.rpoBrokenWithinDay!],
      ['rpo-within-week', WEEK, line.rpoBrokenWithinWeek!],
    ] as const)
      if (runsOut <= at + lasts)
        found.push({
          day: dayOf(knownAt),
          about,
          probability,
          cameTrue: breaksOf(runs, rpoMs).some((broken) => broken > at && broken <= at + lasts),
        });
  }
  return found;
}

/** ms; start of the newest good run that had ended; NaN: there was none. */
function copyAt(runs: readonly JobRun[], now: number): number {
  const good = runs.findLast(
    ({ outcome, endedAt }) => outcome === 'success' && endedAt!.getTime() < now,
  );
  return good === undefined ? Number.NaN : good.startedAt.getTime();
}

/** ms; the instants from which on the newest good copy was too old. */
function breaksOf(runs: readonly JobRun[], rpoMs: number): number[] {
  const good = runs.filter(({ outcome }) => outcome === 'success');
  return good.flatMap(({ startedAt }, i) => {
    const broken = startedAt.getTime() + rpoMs;
    const next = good[i + 1]?.endedAt?.getTime() ?? Number.POSITIVE_INFINITY;
    return broken <= next ? [broken] : [];
  });
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
