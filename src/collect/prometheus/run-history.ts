import type { RunFact } from '../../domain/facts.ts';
import { policyIdOf, runIdOf } from '../../domain/id.ts';
import { addSeconds, SECOND_MS } from '../../domain/time.ts';
import type { Outcome } from '../../domain/words.ts';
import {
  cronjobQuery,
  HISTORY_STEP_SECONDS,
  veleroQuery,
  volsyncQuery,
} from './history-queries.ts';
import { labelOf, veleroSchedule } from './operator-subjects.ts';
import type { PrometheusSource } from './prometheus-source.ts';
import type { MetricSeries } from './reply.ts';

/** Half a step to either side of the middle, and a scrape. */
const SOMEWHERE_SECONDS = HISTORY_STEP_SECONDS / 2 + 60;
/** A metric that names the instant is right within that. */
const EXACT_SECONDS = 60;

export interface HistoryQuestion {
  name: string;
  query: string;
  /** The runs in its answer: times rough, volumes unknown. */
  readRuns: (clusterId: string, rows: readonly MetricSeries[]) => RunFact[];
}

/**
 * The questions for runs that have been, asked at every step. Each brings a point only where something happened: their
 * answers grow with the runs, not with the time.
 */
export function historyQuestions(source: PrometheusSource): HistoryQuestion[] {
  return [
    { name: 'VolSync’s history', query: volsyncQuery(source), readRuns: readWith(volsyncRun) },
    { name: 'Velero’s history', query: veleroQuery(source), readRuns: readWith(veleroRun) },
    {
      name: 'the history of Jobs',
      query: cronjobQuery(source),
      readRuns: (clusterId, rows) => onceEach(readWith(cronjobRun)(clusterId, rows)),
    },
  ];
}

function readWith(
  runOf: (clusterId: string, moment: Moment) => RunFact | null,
): HistoryQuestion['readRuns'] {
  return (clusterId, rows) => momentsOf(rows).flatMap((moment) => runOf(clusterId, moment) ?? []);
}

/** The first telling of each Job: one that failed looks new again after a gap in the samples. */
function onceEach(runs: RunFact[]): RunFact[] {
  const inTime = runs.sort((a, b) => (a.endedAt?.getTime() ?? 0) - (b.endedAt?.getTime() ?? 0));
  const first = new Map<string, RunFact>();
  for (const run of inTime) {
    const key = `${run.policyId} ${run.name}`;
    if (!first.has(key)) first.set(key, run);
  }
  return [...first.values()];
}

/** What one thing told at one look, by label `what`. */
interface Moment {
  labels: Record<string, string>;
  at: Date;
  told: Map<string, number>;
}

function momentsOf(rows: readonly MetricSeries[]): Moment[] {
  const moments = new Map<string, Moment>();
  for (const { labels, samples } of rows) {
    const { what = '', ...named } = labels;
    const thing = JSON.stringify(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1)));
    for (const { at, value } of samples) {
      const key = `${at.getTime()} ${thing}`;
      const moment = moments.get(key) ?? { labels: named, at, told: new Map<string, number>() };
      moments.set(key, moment);
      moment.told.set(what, value);
    }
  }
  return [...moments.values()];
}

/** The counter counts what succeeded. Two in one step are told as one without a duration. */
function volsyncRun(clusterId: string, { labels, at, told }: Moment): RunFact | null {
  const { obj_namespace: namespace, obj_name: name } = labels;
  const runs = told.get('runs');
  if (runs === undefined || !namespace || !name) return null;
  const policyId = policyIdOf('volsync', { clusterId, kind: 'ReplicationSource', namespace, name });
  return metricRun({
    clusterId,
    engine: 'volsync',
    policyId,
    namespace,
    name,
    ...somewhereBefore(at),
    outcome: 'success',
    durationSeconds: runs === 1 ? (told.get('seconds') ?? null) : null,
  });
}

function veleroRun(clusterId: string, { labels, at, told }: Moment): RunFact | null {
  const schedule = veleroSchedule(clusterId, labels);
  if (schedule === null) return null;
  const success = told.get('success') ?? 0;
  const troubles: Outcome | null =
    told.has('failed') || told.has('refused') ? 'failed' : told.has('partial') ? 'partial' : null;
  if (success <= 0 && troubles === null) return null;
  const exact = success > 0 && troubles === null;
  return {
    ...metricRun({
      clusterId,
      engine: 'velero',
      policyId: schedule.subjectId,
      namespace: schedule.namespace,
      name: labels['schedule'] ?? '',
      ...(exact ? exactly(success) : somewhereBefore(at)),
      outcome: troubles ?? 'success',
      durationSeconds: told.get('runs') === 1 ? (told.get('seconds') ?? null) : null,
    }),
    // The metrics do not say what it took of which volume.
    unlistedVolumes: 'unknown',
  };
}

function cronjobRun(clusterId: string, { labels, at, told }: Moment): RunFact | null {
  const namespace = labelOf(labels, 'namespace');
  const job = labels['job_name'] ?? '';
  const name = /^(.+)-[0-9]{8,10}$/.exec(job)?.[1];
  const ended = told.get('ended') ?? 0;
  if (!namespace || name === undefined || (ended <= 0 && !told.has('failed'))) return null;
  const end = ended > 0 ? exactly(ended) : somewhereBefore(at);
  const began = told.get('began') ?? 0;
  const seconds = began > 0 ? end.endedAt.getTime() / SECOND_MS - began : -1;
  return metricRun({
    clusterId,
    engine: 'cronjob',
    policyId: policyIdOf('cronjob', { clusterId, kind: 'CronJob', namespace, name }),
    namespace,
    name: job,
    ...end,
    outcome: ended > 0 ? 'success' : 'failed',
    durationSeconds: seconds >= 0 ? seconds : null,
  });
}

type Ending = Pick<RunFact, 'endedAt'> & { endedAt: Date; endedWithinSeconds: number };

function exactly(unixSeconds: number): Ending {
  return { endedAt: new Date(unixSeconds * SECOND_MS), endedWithinSeconds: EXACT_SECONDS };
}

function somewhereBefore(at: Date): Ending {
  return {
    endedAt: addSeconds(at, -HISTORY_STEP_SECONDS / 2),
    endedWithinSeconds: SOMEWHERE_SECONDS,
  };
}

type Told = Ending &
  Pick<RunFact, 'engine' | 'namespace' | 'name' | 'outcome' | 'durationSeconds'> & {
    clusterId: string;
    policyId: string;
  };

/** The same look at the same history gives the same id. A run of unknown duration is placed at its end. */
function metricRun({ clusterId, ...told }: Told): RunFact {
  const startedAt = addSeconds(told.endedAt, -(told.durationSeconds ?? 0));
  const key = `metric/${told.policyId}/${told.endedAt.toISOString()}`;
  return {
    ...told,
    runId: runIdOf(clusterId, told.engine, key),
    runDay: told.endedAt.toISOString().slice(0, 10),
    resourceId: null,
    startedAt,
    logicalBytes: null,
    addedBytes: null,
    storedBytes: null,
    files: null,
    snapshotId: null,
    warnings: null,
    errors: null,
    errorText: null,
    fullRead: false,
  };
}
