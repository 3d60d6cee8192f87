import type { Episode, History } from './history.ts';

/** What a rule says: which job, when, and what (null: rules that only say "odd"). */
export interface Alarm {
  job: string;
  at: number;
  kind: string | null;
}

export interface Score {
  planted: number;
  found: number;
  recall: number;
  /** Found faults over found faults and false episodes. */
  precision: number;
  falseEpisodes: number;
  falsePerJobYear: number;
  falsePerThousandJobDays: number;
  /** What nine in ten found faults waited less than for their first finding, creep left out. */
  delayHours: number;
  delays: number[];
  byFault: Map<string, { planted: number; found: number }>;
  falseByKind: Map<string, number>;
  missed: Episode[];
}

/** Alarms of one job within this long are one episode: a person looks once. */
const EPISODE_MS = 86_400_000;

/**
 * A fault is found when a finding that tells it begins within its window. An alarm outside every window of its job
 * is false, but for those that tell of a due time which a run still under way did cost; false alarms of a job within a
 * day are one episode. Failures that the next run repairs are no faults.
 */
export function score(history: History, alarms: readonly Alarm[]): Score {
  const byJob = Map.groupBy(history.episodes, ({ job }) => job);
  const found = new Map<Episode, number>();
  const falseByKind = new Map<string, number>();
  const lastFalse = new Map<string, number>();
  let falseEpisodes = 0;
  for (const alarm of alarms.toSorted((a, b) => a.at - b.at)) {
    const windows = (byJob.get(alarm.job) ?? []).filter(
      ({ from, until }) => alarm.at >= from && alarm.at <= until,
    );
    for (const episode of windows)
      if (tells(alarm, episode) && !found.has(episode)) found.set(episode, alarm.at);
    if (windows.length > 0 || collided(history, alarm)) continue;
    const before = lastFalse.get(alarm.job) ?? -Infinity;
    lastFalse.set(alarm.job, alarm.at);
    if (alarm.at - before <= EPISODE_MS) continue;
    falseEpisodes += 1;
    count(falseByKind, alarm.kind ?? 'odd');
  }
  const planted = history.episodes.length;
  const delays = [...found].flatMap(([{ fault, from }, at]) =>
    fault.name === 'creep' ? [] : [(at - from) / HOUR_MS],
  );
  return {
    delays,
    delayHours: ninth(delays),
    planted,
    found: found.size,
    recall: planted === 0 ? 1 : found.size / planted,
    precision: found.size === 0 ? 0 : found.size / (found.size + falseEpisodes),
    falseEpisodes,
    falsePerJobYear: falseEpisodes / ((history.jobs * history.days) / 365),
    falsePerThousandJobDays: falseEpisodes / ((history.jobs * history.days) / 1_000),
    byFault: faultTable(history.episodes, new Set(found.keys())),
    falseByKind,
    missed: history.episodes.filter((episode) => !found.has(episode)),
  };
}

const HOUR_MS = 3_600_000;

const OF_COLLISIONS = ['missed-run', 'rpo-breach', 'overrun', 'stuck-run'];

function collided({ collisions }: History, { job, at, kind }: Alarm): boolean {
  return (
    kind !== null &&
    OF_COLLISIONS.includes(kind) &&
    collisions.some((one) => one.job === job && at >= one.from && at <= one.until)
  );
}

function ninth(delays: readonly number[]): number {
  const sorted = delays.toSorted((a, b) => a - b);
  return sorted[Math.floor(0.9 * (sorted.length - 1))] ?? 0;
}

function tells({ kind }: Alarm, { fault }: Episode): boolean {
  return kind === null || fault.told.some((told) => told === kind);
}

function faultTable(episodes: readonly Episode[], found: ReadonlySet<Episode>): Score['byFault'] {
  const table: Score['byFault'] = new Map();
  for (const episode of episodes) {
    const row = table.get(episode.fault.name) ?? { planted: 0, found: 0 };
    row.planted += 1;
    if (found.has(episode)) row.found += 1;
    table.set(episode.fault.name, row);
  }
  return table;
}

function count(table: Map<string, number>, key: string): void {
  table.set(key, (table.get(key) ?? 0) + 1);
}

/** Sums scores of several histories of the same shape. */
export function total(scores: readonly Score[], jobYears: number): Score {
  const sum = (pick: (score: Score) => number): number =>
    scores.reduce((all, one) => all + pick(one), 0);
  const planted = sum((one) => one.planted);
  const found = sum((one) => one.found);
  const falseEpisodes = sum((one) => one.falseEpisodes);
  const delays = scores.flatMap((one) => one.delays);
  const byFault: Score['byFault'] = new Map();
  const falseByKind = new Map<string, number>();
  for (const one of scores) {
    for (const [name, row] of one.byFault) {
      const known = byFault.get(name) ?? { planted: 0, found: 0 };
      byFault.set(name, {
        planted: known.planted + row.planted,
        found: known.found + row.found,
      });
    }
    for (const [kind, times] of one.falseByKind)
      falseByKind.set(kind, (falseByKind.get(kind) ?? 0) + times);
  }
  return {
    planted,
    found,
    delays,
    delayHours: ninth(delays),
    falseEpisodes,
    byFault,
    falseByKind,
    missed: scores.flatMap((one) => one.missed),
    recall: planted === 0 ? 1 : found / planted,
    precision: found === 0 ? 0 : found / (found + falseEpisodes),
    falsePerJobYear: falseEpisodes / jobYears,
    falsePerThousandJobDays: falseEpisodes / ((jobYears * 365) / 1_000),
  };
}
