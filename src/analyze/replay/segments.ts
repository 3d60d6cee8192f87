import type { Schedule } from '../../domain/facts.ts';
import { idOf } from '../../domain/id.ts';
import type { RunLine } from '../../domain/run-line.ts';
import { intervalSeconds } from '../schedules/due-times.ts';
import type { JobFacts, JobInput, JobRun } from '../job/job-facts.ts';

/** A stretch of a job's life with one schedule and one objective. */
export interface Segment {
  line: RunLine;
  input: JobInput;
  until: Date;
}

/** Cuts a job's runs, by start, where its schedule, zone or objective changes. */
export function segmentsOf(sorted: readonly RunLine[], until: Date): Segment[] {
  const segments: Segment[] = [];
  const from = sorted[0] ? sinceOf(sorted[0]) : until;
  let start = 0;
  sorted.forEach((run, index) => {
    const next = sorted[index + 1];
    if (next && sameTerms(next, run)) return;
    const end = next ? new Date(Math.min(endOf(run, next), until.getTime())) : until;
    const part = sorted.slice(start, index + 1);
    segments.push(segment(part, from, end, until));
    start = index + 1;
  });
  return segments;
}

/**
 * Until when the old schedule counts. Nobody saw the change itself: due times within one interval before the first run
 * of the new schedule are held against neither.
 */
function endOf(last: RunLine, next: RunLine): number {
  const since = sinceOf(next).getTime();
  const interval = intervalSeconds(scheduleOf(last), sinceOf(last)) ?? 0;
  return Math.min(since - 1, Math.max(Date.parse(last.startedAt), since - interval * 1_000));
}

function segment(part: readonly RunLine[], from: Date, end: Date, until: Date): Segment {
  const [line] = part;
  if (!line) throw new RangeError('a segment has at least one run');
  return {
    line,
    until: end,
    input: {
      job: jobOf(line, sinceOf(line)),
      runs: part.map((run) => jobRun(run, until)),
      attempts: [],
      observedWindows: [{ from, until: new Date(end.getTime() + 86_400_000) }],
    },
  };
}

function sameTerms(a: RunLine, b: RunLine): boolean {
  const same = a.engine === b.engine && a.rpoSeconds === b.rpoSeconds && a.schedule === b.schedule;
  if (a.schedule !== null) return same && a.timeZone === b.timeZone;
  return same && a.intervalSeconds === b.intervalSeconds;
}

function sinceOf(run: RunLine): Date {
  const start = Date.parse(run.startedAt);
  const due = run.dueAt === null ? start : Date.parse(run.dueAt);
  return new Date(Math.min(start, due));
}

/** What a run says of when the next is due. */
export function scheduleOf(run: RunLine): Schedule {
  if (run.schedule !== null) {
    const { schedule: expression, timeZone, engine: dialect } = run;
    return { type: 'cron', expression, timeZone, dialect };
  }
  if (run.intervalSeconds !== null) return { type: 'interval', seconds: run.intervalSeconds };
  return { type: 'manual' };
}

function jobOf(line: RunLine, scheduleSince: Date): JobFacts {
  const { cluster, engine, policy, resource } = line;
  const jobId = idOf('job', cluster, policy, resource ?? '');
  return {
    clusterId: cluster,
    jobId,
    scope: 'whole',
    engine,
    // A job of its own: its due times are told as a policy’s are.
    policyId: jobId,
    resourceId: resource,
    repositoryId: null,
    policy,
    resource,
    namespace: policy.split('/')[0] ?? '',
    source: `run lines of ${policy}`,
    schedule: scheduleOf(line),
    scheduleSince,
    pausedSince: null,
    removedAt: null,
    problem: null,
    lastSuccessAt: null,
    rpoSeconds: line.rpoSeconds,
    claimCreatedAt: null,
  };
}

/** A run that ends after `until` is still running then. */
function jobRun(run: RunLine, until: Date): JobRun {
  const startedAt = new Date(run.startedAt);
  const endedAt = run.endedAt === null ? null : new Date(run.endedAt);
  const running = endedAt !== null && endedAt.getTime() > until.getTime();
  return {
    runId: startedAt.toISOString(),
    table: 'runs',
    startedAt,
    endedAt: running ? null : endedAt,
    outcome: running ? 'running' : run.outcome,
    durationSeconds: null,
    logicalBytes: run.logicalBytes,
    addedBytes: run.addedBytes,
    files: run.files,
    dedupRatio: run.dedupRatio,
    errorText: run.error,
    fullRead: run.fullRead,
    dueAt: run.dueAt === null ? null : new Date(run.dueAt),
    volumesFailed: false,
  };
}
