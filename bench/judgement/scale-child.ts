// Restarts from the stored states of 100,000 jobs and judges one tick in which 2,000 of them end a run, six times the mean of daily jobs; prints JSON.
import { defaultSettings } from '../../src/analyze/detectors/job-detectors.ts';
import { advanceJob } from '../../src/analyze/job/advance-job.ts';
import { assumedPriors, tellClass } from '../../src/analyze/job/class-priors.ts';
import type { ClassMember } from '../../src/analyze/job/class-priors.ts';
import { noDay, priorsAt } from '../../src/analyze/job/day-priors.ts';
import type { JobFacts, JobRun } from '../../src/analyze/job/job-facts.ts';
import { parseJobState, parseMember, writeJobState } from '../../src/analyze/job/job-state.ts';
import type { JobState } from '../../src/analyze/job/job-state.ts';
import { addSeconds, DAY_MS } from '../../src/domain/time.ts';

const JOBS = 100_000;
const ENDING = 2_000;
const TEMPLATES = 200;
const NIGHTS = 60;
const FROM = Date.UTC(2026, 0, 1, 2);

/** Processor time, all threads: the machine may be shared. */
const seconds = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

function factsOf(index: number): JobFacts {
  const id = `job-${index}`;
  return {
    clusterId: `cluster-${index % 500}`,
    jobId: id,
    scope: 'whole',
    engine: 'volsync',
    policyId: id,
    resourceId: id,
    repositoryId: null,
    policy: `apps/${id}`,
    resource: `apps/${id}`,
    namespace: 'apps',
    source: `ReplicationSource apps/${id}`,
    schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC', dialect: 'volsync' },
    scheduleSince: new Date(FROM),
    pausedSince: null,
    removedAt: null,
    problem: null,
    lastSuccessAt: null,
    rpoSeconds: null,
    claimCreatedAt: null,
  };
}

function nightly(index: number, night: number): JobRun {
  const wobble = 1 + 0.2 * Math.sin(index * 78.233 + night * 12.9898);
  const startedAt = new Date(FROM + night * DAY_MS + 40_000);
  return {
    runId: `run-of-job-${index}-${night}`,
    table: 'runs',
    startedAt,
    endedAt: addSeconds(startedAt, Math.round(600 * wobble)),
    outcome: 'success',
    durationSeconds: null,
    logicalBytes: Math.round(5e10 * wobble),
    addedBytes: Math.round(1e8 * wobble),
    files: Math.round(90_000 * wobble),
    dedupRatio: 4 * wobble,
    errorText: null,
    fullRead: false,
    dueAt: null,
    volumesFailed: false,
  };
}

function advance(
  state: JobState | null,
  index: number,
  nights: number[],
  until: number,
  priors = assumedPriors,
) {
  const observedWindows = [{ from: new Date(FROM), until: new Date(until) }];
  const runs = nights.map((night) => nightly(index, night));
  const input = { job: factsOf(index), runs, attempts: [], observedWindows, live: true, priors };
  return advanceJob(state, input, new Date(until), defaultSettings).state;
}

const nights = Array.from({ length: NIGHTS }, (_, night) => night);
const before = FROM + (NIGHTS - 1) * DAY_MS + 3_600_000;
const stored = Array.from({ length: TEMPLATES }, (_, index) => {
  let state: JobState | null = null;
  for (const night of nights)
    state = advance(state, index, [night], FROM + night * DAY_MS + 3_600_000);
  return state === null ? '' : writeJobState(state);
});
// A text of its own for every job, as a database gives them.
const rows = Array.from({ length: JOBS }, (_, index) =>
  Buffer.from(stored[index % TEMPLATES] ?? '').toString('latin1'),
);
const rowBytes = rows.reduce((sum, row) => sum + row.length, 0) / JOBS;

const restart = process.cpuUsage();
const told = rows.map(parseMember);
const members = (): ClassMember[] => told.flatMap((member) => member ?? []);
const usual = priorsAt(noDay, before, members);
const restartSeconds = seconds(restart);

const now = FROM + NIGHTS * DAY_MS + 900_000;
const tick = process.cpuUsage();
const { priors } = priorsAt(usual, now, members);
for (let index = 0; index < ENDING; index += 1) {
  const state = advance(parseJobState(rows[index] ?? ''), index % TEMPLATES, [NIGHTS], now, priors);
  rows[index] = writeJobState(state);
  told[index] = tellClass(state);
}
const tickSeconds = seconds(tick);
const megabytes = process.memoryUsage().rss / 1e6;
process.stdout.write(JSON.stringify({ restartSeconds, tickSeconds, megabytes, rowBytes }));
