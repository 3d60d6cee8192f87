import { AppError } from '../../domain/error.ts';
import type { RunFact } from '../../domain/facts.ts';
import type { MetricsState, MetricValue } from '../../domain/metrics.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type Clock } from '../../domain/time.ts';
import { createProblemBook } from '../kubernetes/problem-book.ts';
import type { MetricsReader, MetricsReport, MetricsWindow } from '../port.ts';
import { problemOf } from '../problem-texts.ts';
import type { PrometheusClient } from './client.ts';
import { moverReadings, moverTimesQuery, moverUsageQuery } from './movers.ts';
import { operatorQuery, operatorReadings } from './operator-metrics.ts';
import type { QueryReply } from './reply.ts';
import { readRetention } from './retention.ts';
import { HISTORY_STEP_SECONDS } from './history-queries.ts';
import { historyQuestions } from './run-history.ts';
import { saveNews } from './save-news.ts';
import { createFamilyWatch } from './family-watch.ts';
import { createSeriesBook, valuesOf, type Reading } from './series-book.ts';
import { volumeQuery, volumeReadings } from './volume-usage.ts';

/** A pod that ended before the last cycle may have been seen to do so only now. */
const LOOK_BACK_SECONDS = 600;
/** A longer window is a gap, which `backfill` reads. */
const LONGEST_WINDOW_SECONDS = 3_600;
/** Of a history, the usage of volumes is looked at so often, and movers in stretches of that length. */
const HISTORY_STRETCH_MS = 6 * HOUR_MS;

/** Reads metrics of one cluster from a Prometheus or its kin; see `MetricsReader` for the promises. */
export function createMetricsReader(client: PrometheusClient, clock: Clock): MetricsReader {
  const { source } = client;
  const problems = createProblemBook(clock);
  const book = createSeriesBook();
  const families = createFamilyWatch();

  /** An answer, or null and a problem. */
  async function ask(
    name: string,
    question: () => Promise<QueryReply>,
    signal: AbortSignal,
  ): Promise<QueryReply | null> {
    try {
      const reply = await question();
      problems.clear(`failed ${name}`);
      return reply;
    } catch (error) {
      if (signal.aborted || !(error instanceof AppError)) throw error;
      problems.report(`failed ${name}`, problemOf('prometheus', error));
      return null;
    }
  }

  function noteMissing(name: string, { partial, warnings }: QueryReply): void {
    if (!partial) return problems.clear(`partial ${name}`);
    problems.report(`partial ${name}`, {
      source: 'prometheus',
      code: 'broken',
      message: `${source.url} answers for ${name} with parts missing: ${warnings[0]?.slice(0, 300) ?? 'it says no more'}`,
      nextStep: 'Look at its stores or replicas; what is missing counts as unknown meanwhile.',
    });
  }

  function noteDisagreement(series: string[]): void {
    if (series.length === 0) return problems.clear('replicas');
    problems.report('replicas', {
      source: 'prometheus',
      code: 'broken',
      message: `${source.url} has several answers that differ for ${series.join(', ')}`,
      nextStep:
        'Let it deduplicate its replicas (Thanos: PROMETHEUS_BACKEND=thanos), or tell clusters apart by PROMETHEUS_CLUSTER_LABEL.',
    });
  }

  function noteSilent(names: string[]): void {
    if (names.length === 0) return problems.clear('silent');
    problems.report('silent', {
      source: 'prometheus',
      code: 'broken',
      message: `${source.url} no longer has any series of ${names.join(', ')}`,
      nextStep:
        'See whether its exporter still runs and is scraped, or an update has renamed it (`plimsoll doctor`); it counts as unknown meanwhile.',
    });
  }

  function noteHistory(missingFrom: Date | null): void {
    if (missingFrom === null) return problems.clear('history');
    problems.report('history', {
      source: 'prometheus',
      code: 'broken',
      message: `${source.url} answered for the time since ${missingFrom.toISOString().slice(0, 16)}Z in part only`,
      nextStep:
        'Look at its stores or replicas; its history is asked for again, at least once a day.',
    });
  }

  function report(answered: number, asked: number): MetricsReport {
    const found = problems.current();
    return { state: stateOf(answered, asked, found), problems: found };
  }

  return {
    url: source.url,
    async collect(window, sink, signal) {
      const at = new Date(Math.floor(window.until.getTime() / MINUTE_MS) * MINUTE_MS);
      const seconds = lookBackOf(window);
      const instant = async (name: string, query: string) => {
        const reply = await ask(name, () => client.instant(query, at, signal), signal);
        if (reply !== null) noteMissing(name, reply);
        return reply;
      };
      const replies = await Promise.all([
        instant('volumes', volumeQuery(source)),
        instant('operators', operatorQuery(source)),
        instant('movers’ usage', moverUsageQuery(source, seconds)),
        instant('movers’ times', moverTimesQuery(source, seconds)),
      ]);
      const { readings, told, disagreeing } = readReplies(window.clusterId, replies, at);
      noteDisagreement(disagreeing);
      noteSilent(families.silentIn(replies.slice(0, 2), at));
      await saveNews(sink, window.clusterId, at, { book, readings, runs: [] });
      const answered = replies.filter((reply) => reply !== null).length;
      const whole = replies.every((reply) => reply !== null && !reply.partial);
      return { ...report(answered, replies.length), whole, witnesses: told };
    },
    async backfill(window, sink, signal) {
      const until = window.until.getTime();
      const retention = await readRetention(client, signal);
      const from = new Date(Math.max(window.from.getTime(), until - retention));
      const own = createSeriesBook();
      let missingFrom: Date | null = null;
      for (const day of daysOf(from, window.until)) {
        const read = await readDay(window.clusterId, day, signal);
        if (read === null || !read.whole) missingFrom ??= day.from;
        if (read === null) return { ...report(0, 1), historyFrom: from, missingFrom };
        await saveNews(sink, window.clusterId, day.until, { book: own, ...read });
      }
      noteHistory(missingFrom);
      return { ...report(1, 1), historyFrom: from, missingFrom };
    },
    requests: () => client.requests(),
    close: () => client.close(),
  };

  /** Null when a question failed. Of an answer with parts missing only what is told of volumes is taken. */
  async function readDay(
    clusterId: string,
    day: { from: Date; until: Date },
    signal: AbortSignal,
  ): Promise<{ readings: Reading[]; runs: RunFact[]; whole: boolean } | null> {
    const range = (name: string, query: string, stepSeconds: number) =>
      ask(name, () => client.range(query, { ...day, stepSeconds }, signal), signal);
    const metrics = ['kubelet_volume_stats_used_bytes', 'kubelet_volume_stats_capacity_bytes'];
    const stretch = HISTORY_STRETCH_MS / SECOND_MS;
    const usage = await range('usage', volumeQuery(source, metrics), stretch);
    if (usage === null) return null;
    let whole = !usage.partial;
    const runs: RunFact[] = [];
    for (const { name, query, readRuns } of historyQuestions(source)) {
      const reply = await range(name, query, HISTORY_STEP_SECONDS);
      if (reply === null) return null;
      if (!reply.partial) runs.push(...readRuns(clusterId, reply.series));
      whole &&= !reply.partial;
    }
    const movers = await readMovers(clusterId, day, signal);
    if (movers === null) return null;
    const readings = [...volumeReadings(clusterId, usage.series), ...movers.readings];
    return { readings: inTime(readings), runs, whole: whole && movers.whole };
  }

  /** The movers that ended in these hours; null when a question failed. */
  async function readMovers(
    clusterId: string,
    { from, until }: { from: Date; until: Date },
    signal: AbortSignal,
  ): Promise<{ readings: Reading[]; whole: boolean } | null> {
    const readings: Reading[] = [];
    let whole = true;
    for (let begin = from.getTime(); begin < until.getTime(); begin += HISTORY_STRETCH_MS) {
      const at = new Date(Math.min(until.getTime(), begin + HISTORY_STRETCH_MS));
      const seconds = Math.ceil((at.getTime() - begin) / SECOND_MS) + LOOK_BACK_SECONDS;
      const instant = (name: string, query: string) =>
        ask(name, () => client.instant(query, at, signal), signal);
      const usage = await instant('movers’ usage', moverUsageQuery(source, seconds));
      const times = await instant('movers’ times', moverTimesQuery(source, seconds));
      if (usage === null || times === null) return null;
      if (usage.partial || times.partial) whole = false;
      else readings.push(...moverReadings(clusterId, usage.series, times.series, at));
    }
    return { readings, whole };
  }
}

/** A partial answer for movers would be a total with parts missing: none is better. */
function readReplies(
  clusterId: string,
  [volumes, operators, usage, times]: (QueryReply | null)[],
  at: Date,
): { readings: Reading[]; told: MetricValue[] | null; disagreeing: string[] } {
  const told = operatorReadings(clusterId, operators?.series ?? []);
  const movers =
    usage && times && !usage.partial && !times.partial
      ? moverReadings(clusterId, usage.series, times.series, at)
      : [];
  // A policy may have had several movers, and a store has its own order.
  const readings = inTime([
    ...volumeReadings(clusterId, volumes?.series ?? []),
    ...told.readings,
    ...movers,
  ]);
  const whole = operators !== null && operators !== undefined && !operators.partial;
  // No telling at all is silence: where operators are not scraped nothing is known.
  const known = whole && told.readings.length > 0;
  return {
    readings,
    told: known ? valuesOf(clusterId, told.readings) : null,
    disagreeing: told.disagreeing,
  };
}

function lookBackOf({ from, until }: MetricsWindow): number {
  const seconds = Math.ceil((until.getTime() - from.getTime()) / SECOND_MS);
  return Math.min(LONGEST_WINDOW_SECONDS, Math.max(0, seconds) + LOOK_BACK_SECONDS);
}

/** Oldest first. Of several tellings of one quantity at one instant the largest counts, as in our own questions. */
function inTime(readings: readonly Reading[]): Reading[] {
  const most = new Map<string, Reading>();
  for (const reading of readings) {
    const key = `${reading.at.getTime()} ${reading.metric} ${reading.subjectId}`;
    const known = most.get(key);
    if (known === undefined || known.value < reading.value) most.set(key, reading);
  }
  return [...most.values()].sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** Days, both ends included and no instant twice. */
function* daysOf(from: Date, until: Date): Generator<{ from: Date; until: Date }> {
  for (let at = from.getTime(); at <= until.getTime(); at += DAY_MS)
    yield {
      from: new Date(at),
      until: new Date(Math.min(until.getTime(), at + DAY_MS - 1)),
    };
}

function stateOf(
  answered: number,
  asked: number,
  problems: MetricsReport['problems'],
): MetricsState {
  if (answered === asked) return problems.length === 0 ? 'answers' : 'partial';
  if (answered > 0) return 'partial';
  const codes = new Set(problems.map(({ code }) => code));
  if (codes.has('unauthorized') || codes.has('forbidden')) return 'refused';
  return codes.has('invalid') ? 'invalid' : 'unreachable';
}
