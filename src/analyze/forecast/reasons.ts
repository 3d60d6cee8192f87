import { FEATURES } from './features.ts';
import type { Feature } from './features.ts';
import { weekdayOf } from './job-record.ts';
import type { JobRecord } from './job-record.ts';
import { tallyAt } from './tallies.ts';

/** Smallest push, in log-odds, that is worth a sentence. */
const LEAST_PUSH = 0.25;
/** On the log scale: an eighth. */
const LEAST_SLOWER = 0.12;
const MOST_REASONS = 3;
const DAYS = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays'];

/** Features that say the same thing to a person. */
const TOPICS: { topic: string; features: readonly Feature[] }[] = [
  { topic: 'streak', features: ['rateQuick', 'follows', 'streak', 'missedLast'] },
  { topic: 'rate', features: ['rateRecent', 'rateLong', 'rateEver'] },
  { topic: 'cause', features: ['cause'] },
  { topic: 'weekday', features: ['weekday', 'weekdayOfAll'] },
  { topic: 'hour', features: ['hour'] },
  {
    topic: 'others',
    features: ['clusterFailing', 'othersFailing', 'othersLately', 'othersToday'],
  },
  { topic: 'slower', features: ['slower', 'slowLast', 'slowerFactor'] },
  { topic: 'late', features: ['lateLast'] },
  { topic: 'tries', features: ['triesLast', 'triesLately'] },
  { topic: 'full', features: ['full'] },
  { topic: 'dueToFail', features: ['dueToFail'] },
  { topic: 'unfinished', features: ['unfinished'] },
];

/** Why the probability is higher than that of jobs alike, strongest first; or what speaks for the job. */
export function reasonsOf(
  record: JobRecord,
  x: readonly number[],
  weights: readonly number[],
  at: number,
): string[] {
  if (record.results === 0) return ['no run yet: as other jobs like it'];
  const pushes = TOPICS.filter(({ topic }) => isTold(topic, record)).map(({ topic, features }) => ({
    topic,
    push: features.reduce((sum, name) => sum + pushOf(name, x, weights), 0),
  }));
  const up = pushes.filter(({ push }) => push >= LEAST_PUSH).sort((a, b) => b.push - a.push);
  if (up.length > 0)
    return up.slice(0, MOST_REASONS).map(({ topic }) => wordsFor(topic, record, at));
  return [calmWords(record)];
}

/** Slower by so little that nobody would call it slow is no reason to tell, nor is a rate of next to nothing. */
function isTold(topic: string, { seconds, rates }: JobRecord): boolean {
  if (topic === 'slower') return seconds.lately - seconds.level >= LEAST_SLOWER;
  return topic !== 'rate' || shareFailed(rates) > 0;
}

function pushOf(name: Feature, x: readonly number[], weights: readonly number[]): number {
  const i = FEATURES.indexOf(name);
  return x[i]! * weights[i]!;
}

function wordsFor(topic: string, record: JobRecord, at: number): string {
  switch (topic) {
    case 'streak':
      return streakWords(record);
    case 'rate':
      return rateWords(record);
    case 'cause':
      return 'its last failure is of a kind that tends to last';
    case 'weekday':
      return `runs on ${DAYS[weekdayOf(at)]} fail more often`;
    case 'hour':
      return 'runs at this time of day fail more often';
    case 'others':
      return 'jobs that share something with it are failing';
    case 'slower':
      return `successful runs take longer: ${sayLonger(record.seconds.lately - record.seconds.level)} their usual`;
    case 'late':
      return 'the last run started later than usual';
    case 'tries':
      return 'runs need more tries than usual';
    case 'full':
      return 'its size is near where it failed before';
    case 'dueToFail':
      return `it fails about every ${Math.round(record.upMean + 1)} runs, and has now gone ${record.streak} without`;
    default:
      return 'the run before has not ended';
  }
}

function streakWords({ lastFailed, lastMissed, streak }: JobRecord): string {
  if (!lastFailed) return 'it failed again soon after earlier recoveries';
  if (streak > 1) return `the last ${streak} runs failed or were missed`;
  return lastMissed ? 'the last run was missed' : 'the last run failed';
}

function rateWords({ rates, results }: JobRecord): string {
  const seen = Math.min(results, Math.round(tallyAt(rates, 2).total));
  return `${shareFailed(rates)} % of its last ${seen} runs failed or were missed`;
}

/** In whole percent. */
function shareFailed(rates: JobRecord['rates']): number {
  const { failed, total } = tallyAt(rates, 2);
  return total === 0 ? 0 : Math.round((failed / total) * 100);
}

function calmWords(record: JobRecord): string {
  const { lastFailed, streak } = record;
  return lastFailed
    ? `${streakWords(record)}; jobs like it recover from that`
    : `${streak === 1 ? 'the last run' : `the last ${streak} runs`} succeeded`;
}

function sayLonger(logs: number): string {
  const times = Math.exp(Math.max(0, logs));
  return times < 3 ? `${Math.round((times - 1) * 100)} % over` : `${Math.round(times)} times`;
}
