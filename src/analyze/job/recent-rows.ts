import type { Cause } from '../../domain/judgement.ts';
import { SECOND_MS } from '../../domain/time.ts';
import { EXPECTED_STATES, OUTCOMES } from '../../domain/words.ts';
import type { Outcome } from '../../domain/words.ts';
import type { Reading } from '../../statistics/channel.ts';
import { CHANNELS } from './baseline.ts';
import type { ChannelName, Readings } from './baseline.ts';

/** One run of the recent past, never changed but replaced. Instants are milliseconds since 1970, UTC. */
export interface RecentRun {
  readonly id: string;
  readonly table: 'runs' | 'run_volumes';
  readonly start: number;
  readonly end: number | null;
  readonly outcome: Outcome;
  readonly seconds: number | null;
  readonly logical: number | null;
  readonly added: number | null;
  readonly files: number | null;
  readonly dedup: number | null;
  readonly full: boolean;
  readonly volumesFailed: boolean;
  /** True once its end was judged. */
  readonly judged: boolean;
  /** True once the baseline has taken it in; what is corrected later teaches nothing twice. */
  readonly learned: boolean;
  /** Its size was far from usual. */
  readonly oddSize: boolean;
  readonly due: number | null;
  /** Seconds from its due time to its start, once matched. */
  readonly delay: number | null;
  readonly cause: Cause | null;
  readonly text: string | null;
  /** Age of the lock its text names, at its end. */
  readonly lockSeconds: number | null;
  /** How it compares with the runs before it; of the newest judged success only. */
  readonly readings: Readings | null;
  /** Channels whose new level was taken as the usual one with this run. */
  readonly adopted: readonly ChannelName[];
}

export interface RecentAttempt {
  runId: string;
  key: string;
  at: number;
  failed: boolean;
  cause: Cause | null;
  text: string | null;
  lockSeconds: number | null;
}

export type DueState = (typeof EXPECTED_STATES)[number] | 'waiting';

/** Never changed but replaced, as runs are. */
export interface Due {
  readonly at: number;
  /** After it the run counts as missed. */
  readonly deadline: number;
  readonly state: DueState;
  readonly runId: string | null;
  /** An earlier run was still running at the due time. */
  readonly blocked: boolean;
}

/** A run as stored: short, since most of a job's row are its runs. What follows the figures is left out when empty. */
export type StoredRun = [
  id: string,
  /** Since the start of the run before it; since 1970 for the first. */
  start: number,
  /** Milliseconds to its end. */
  length: number | null,
  /** Place in `OUTCOMES`, then `FLAGS` as bits above. */
  kind: number,
  /** -1: from its start to its end. */
  seconds: number | null,
  logical: number | null,
  added: number | null,
  files: number | null,
  dedup: number | null,
  delay?: number | null,
  /** Since its start. */
  due?: number | null,
  why?: [Cause | null, string | null, number | null] | null,
  read?: [(StoredReading | null)[], number[]],
];

const FLAGS = ['full', 'volumesFailed', 'judged', 'learned', 'oddSize'] as const;
/** Outcomes fit below the flags' bits. */
const FLAG_FROM = 4;
const VOLUME_BIT = 1 << (FLAG_FROM + FLAGS.length);
const AS_IT_LASTED = -1;

export function writeRuns(runs: readonly RecentRun[]): StoredRun[] {
  return runs.map((run, index) => writeRun(run, runs[index - 1]?.start ?? 0));
}

export function readRuns(stored: readonly StoredRun[]): RecentRun[] {
  let start = 0;
  return stored.map((one) => {
    start += one[1];
    return readRun(one, start);
  });
}

function writeRun(run: RecentRun, before: number): StoredRun {
  const { start, end, seconds, cause, text, lockSeconds, readings } = run;
  const length = end === null ? null : end - start;
  let kind = OUTCOMES.indexOf(run.outcome) + (run.table === 'run_volumes' ? VOLUME_BIT : 0);
  FLAGS.forEach((flag, bit) => (kind += run[flag] ? 1 << (FLAG_FROM + bit) : 0));
  const lasted = length !== null && seconds === length / SECOND_MS;
  const stored: unknown[] = [run.id, start - before, length, kind, lasted ? AS_IT_LASTED : seconds];
  stored.push(run.logical, run.added, run.files, run.dedup);
  const adopted = run.adopted.map((name) => CHANNELS.indexOf(name));
  const rest = [
    run.delay,
    run.due === null ? null : run.due - start,
    cause || text ? [cause, text, lockSeconds] : null,
    readings ? [CHANNELS.map((name) => writeReading(readings[name])), adopted] : null,
  ];
  while (rest.at(-1) === null) rest.pop();
  return [...stored, ...rest] as StoredRun;
}

function readRun(stored: StoredRun, start: number): RecentRun {
  const [id, , length, kind, seconds, logical, added, files, dedup, delay, due, why, read] = stored;
  const flag = (name: (typeof FLAGS)[number]): boolean =>
    (kind & (1 << (FLAG_FROM + FLAGS.indexOf(name)))) !== 0;
  return {
    id,
    table: (kind & VOLUME_BIT) === 0 ? 'runs' : 'run_volumes',
    start,
    end: length === null ? null : start + length,
    outcome: OUTCOMES[kind & ((1 << FLAG_FROM) - 1)]!,
    seconds: seconds === AS_IT_LASTED ? length! / SECOND_MS : seconds,
    logical,
    added,
    files,
    dedup,
    full: flag('full'),
    volumesFailed: flag('volumesFailed'),
    judged: flag('judged'),
    learned: flag('learned'),
    oddSize: flag('oddSize'),
    due: due === undefined || due === null ? null : start + due,
    delay: delay ?? null,
    cause: why?.[0] ?? null,
    text: why?.[1] ?? null,
    lockSeconds: why?.[2] ?? null,
    readings: read ? readReadings(read[0]) : null,
    adopted: read ? read[1].map((place) => CHANNELS[place]!) : [],
  };
}

/** The figures of a reading, the two flags as bits last. */
type StoredReading = number[];

function writeReading(reading: Reading | undefined): StoredReading | null {
  if (reading === undefined) return null;
  const { expected, distance, z, probability, basis, season, exception, shift } = reading;
  const bits = (reading.seasonKnown ? 1 : 0) + (reading.odd ? 2 : 0);
  return [expected, distance, z, probability, basis, season, exception, shift, bits];
}

function readReadings(stored: readonly (StoredReading | null)[]): Readings {
  const readings: Readings = {};
  stored.forEach((one, place) => {
    if (one !== null) readings[CHANNELS[place]!] = readReading(one);
  });
  return readings;
}

function readReading(stored: StoredReading): Reading {
  const [expected, distance, z, probability, basis, season, exception, shift, bits] = stored as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const seasonKnown = (bits & 1) !== 0;
  const odd = (bits & 2) !== 0;
  return { expected, distance, z, probability, basis, season, exception, shift, seasonKnown, odd };
}

/** A due time as stored. */
export type StoredDue = [
  /** Since the one before it; since 1970 for the first. */
  at: number,
  /** Milliseconds to its deadline. */
  patience: number,
  /** Place in `DUE_STATES`, and 8 when it was blocked. */
  kind: number,
  /** Place among the runs remembered, or the id of one that is not. */
  run?: number | string,
];

const DUE_STATES: readonly DueState[] = [...EXPECTED_STATES, 'waiting'];
const BLOCKED = 8;

export function writeDues(dues: readonly Due[], runs: readonly RecentRun[]): StoredDue[] {
  return dues.map(({ at, deadline, state, runId, blocked }, index) => {
    const before = dues[index - 1]?.at ?? 0;
    const kind = DUE_STATES.indexOf(state) + (blocked ? BLOCKED : 0);
    if (runId === null) return [at - before, deadline - at, kind];
    const run = runs.findIndex(({ id }) => id === runId);
    return [at - before, deadline - at, kind, run < 0 ? runId : run];
  });
}

export function readDues(stored: readonly StoredDue[], runs: readonly RecentRun[]): Due[] {
  let at = 0;
  return stored.map(([since, patience, kind, run]) => {
    at += since;
    const runId = typeof run === 'number' ? runs[run]!.id : (run ?? null);
    const state = DUE_STATES[kind & (BLOCKED - 1)]!;
    return { at, deadline: at + patience, state, runId, blocked: (kind & BLOCKED) !== 0 };
  });
}
