import { showsRunsOf } from '../analyze/cluster/job-inputs.ts';
import { readRunLine } from '../analyze/replay/read-run-line.ts';
import type { JobLines } from '../analyze/replay/read-run-lines.ts';
import type { Watch } from '../analyze/replay/replay-job.ts';
import type { Mark } from '../analyze/backtest/confirm.ts';
import type { RunLine } from '../domain/run-line.ts';
import type { RunHistory } from '../domain/rule.ts';
import type { UserStore } from '../store/port.ts';
import { pagesOf } from './pages.ts';

/** A stored history as a replay takes it. */
export interface History {
  jobs: JobLines;
  runs: number;
  /** More is stored: the oldest were left out. */
  truncated: boolean;
  /** When this job's kinds were watched. */
  watched: (line: RunLine) => readonly Watch[];
}

/** The newest runs of a range up to `most`, with what the caller may see. */
export async function readHistory(
  store: Pick<UserStore, 'listRunHistory' | 'listObservedWindows'>,
  range: { since: Date; until: Date },
  most: number,
): Promise<History> {
  const jobs: JobLines = new Map();
  const query = { since: range.since.toISOString(), until: range.until.toISOString() };
  let runs = 0;
  let truncated = false;
  for await (const page of pagesOf((one) => store.listRunHistory({ ...query, ...one }), most)) {
    for (const run of page.items) for (const line of linesOf(run)) keep(jobs, line);
    runs += page.items.length;
    truncated = page.nextCursor !== null;
  }
  const windows = await store.listObservedWindows(range.since);
  const watched = (line: RunLine): Watch[] =>
    windows
      .map(({ kind, clusterId, from, until }) => ({
        kind,
        clusterId,
        from: new Date(from),
        until: new Date(until),
      }))
      .filter((one) => one.clusterId === line.cluster && showsRunsOf(line.engine, one));
  return { jobs, runs, truncated, watched };
}

/** A run of a policy, and each volume's part of it; runs of no policy have no job. */
function linesOf(run: RunHistory): RunLine[] {
  if (run.policy === null) return [];
  const common = { v: 1 as const, cluster: run.clusterId, engine: run.engine, policy: run.policy };
  const { resource, startedAt, outcome, logicalBytes, addedBytes, files, fullRead } = run;
  const whole = { resource, startedAt, outcome, logicalBytes, addedBytes, files, fullRead };
  const lines = [
    { ...common, ...whole, ...scheduleOf(run), endedAt: run.endedAt, error: run.errorText },
    ...run.volumes.map(({ message, startedAt: began, ...part }) => ({
      ...common,
      ...part,
      startedAt: began ?? startedAt,
      error: message,
    })),
  ];
  return lines.flatMap((line) => readRunLine(line).line ?? []);
}

/** The schedule as it is now: since when it has been so is not kept with runs. */
function scheduleOf({ schedule }: RunHistory): Partial<RunLine> {
  if (schedule === null) return {};
  const { type, expression, timeZone, seconds } = schedule;
  if (type === 'cron' && typeof expression === 'string')
    return { schedule: expression, ...(typeof timeZone === 'string' && { timeZone }) };
  return type === 'interval' && typeof seconds === 'number' ? { intervalSeconds: seconds } : {};
}

function keep(jobs: JobLines, line: RunLine): void {
  const key = `${line.cluster} ${line.policy} ${line.resource ?? ''}`;
  const known = jobs.get(key) ?? new Map<string, RunLine>();
  known.set(new Date(line.startedAt).toISOString(), line);
  jobs.set(key, known);
}

const MOST_MARKS = 2_000;

/** What people acknowledged or called expected in a range. */
export async function readMarks(
  store: Pick<UserStore, 'listFindings'>,
  since: Date,
): Promise<Mark[]> {
  const marks: Mark[] = [];
  const query = { state: 'any' as const, since: since.toISOString() };
  for await (const page of pagesOf((one) => store.listFindings({ ...query, ...one }), MOST_MARKS))
    for (const { clusterId, kind, policy, resource, raisedAt, resolvedAt, events } of page.items)
      if (policy !== null && events.some(({ change }) => /^(acknowledge|expected)/.test(change)))
        marks.push({
          cluster: clusterId,
          kind,
          policy,
          resource,
          from: Date.parse(raisedAt),
          until: resolvedAt === null ? null : Date.parse(resolvedAt),
        });
  return marks;
}
