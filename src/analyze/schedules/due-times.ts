import type { Schedule } from '../../domain/facts.ts';
import type { Engine } from '../../domain/words.ts';
import { DAY_MS, SECOND_MS } from '../../domain/time.ts';
import { matchingDays } from './matching-days.ts';
import type { Dialect, Reading, Recurrence } from './recurrence.ts';
import { DESCRIPTORS, readRobfig } from './robfig.ts';
import { readCnpg } from './cnpg.ts';
import { readK8up } from './k8up.ts';
import { readKopiur } from './kopiur.ts';
import { readVelero } from './velero.ts';
import { readVolsync } from './volsync.ts';
import { instantAfter } from './wall-time.ts';

/** Engines without a dialect of their own here are read as plain robfig five fields. */
const readPlain: Dialect = (expression, timeZone) =>
  readRobfig(expression, timeZone, { descriptors: Object.keys(DESCRIPTORS), names: true });
const DIALECTS: Partial<Record<Engine, Dialect>> = {
  volsync: readVolsync,
  velero: readVelero,
  k8up: readK8up,
  kopiur: readKopiur,
  cnpg: readCnpg,
  // Kubernetes parses with all of robfig's standard parser, as Velero does.
  cronjob: readVelero,
};

/** No cron pattern that ever fires leaves more than eight years (29 February around 2100) without a due time. */
const HORIZON_MS = 9 * 366 * DAY_MS;
const REMEMBERED = 2_000;
const readings = new Map<string, Reading>();
const intervals = new Map<string, Cadence | null>();

/** How a schedule reads in its engine's dialect; `unknown` with the reason, never an error. */
export function readSchedule(schedule: Schedule): Reading {
  if (schedule.type === 'interval') {
    return schedule.seconds >= 1 && Number.isFinite(schedule.seconds)
      ? { type: 'interval', seconds: schedule.seconds }
      : { type: 'unknown', reason: `an interval of ${schedule.seconds} s is not valid` };
  }
  if (schedule.type === 'manual') return { type: 'unknown', reason: 'runs on request only' };
  if (schedule.type === 'continuous') return { type: 'unknown', reason: 'runs back to back' };
  const { dialect, expression, timeZone } = schedule;
  const read = DIALECTS[dialect] ?? readPlain;
  return remember(readings, keyOf(schedule), () => read(expression, timeZone));
}

/**
 * The due times after `after` up to and including `until`, ascending; none when the schedule cannot be read. An
 * interval counts from `after`, since such schedules go by their last run. Work is proportional to what is taken.
 */
export function* dueTimes(schedule: Schedule, after: Date, until: Date): Generator<Date> {
  const reading = readSchedule(schedule);
  if (reading.type === 'interval') {
    const step = reading.seconds * SECOND_MS;
    for (let at = after.getTime() + step; at <= until.getTime(); at += step) yield new Date(at);
  } else if (reading.type === 'recurrence') {
    const end = until.getTime();
    let at = dueAfter(reading.recurrence, after.getTime(), end);
    for (; at !== null; at = dueAfter(reading.recurrence, at, end)) yield new Date(at);
  }
}

/** The first due time after an instant; null when there is none within nine years. */
export function nextDue(schedule: Schedule, after: Date): Date | null {
  const reading = readSchedule(schedule);
  if (reading.type === 'recurrence') {
    const due = dueAfter(reading.recurrence, after.getTime(), after.getTime() + HORIZON_MS);
    return due === null ? null : new Date(due);
  }
  const step = reading.type === 'interval' ? reading.seconds * SECOND_MS : Infinity;
  return step <= HORIZON_MS ? new Date(after.getTime() + step) : null;
}

/** From when a schedule's cadence is asked for: always the same Monday, for it must not depend on when that is. */
export const INTERVAL_FROM = new Date('2026-01-05T00:00:00Z');

export interface Cadence {
  /** Median gap between successive due times. */
  intervalSeconds: number;
  /** The longest gap, e.g. the weekend of a working-day schedule. */
  longestGapSeconds: number;
}

/** From the next 50 due times after `at`; null when the schedule has none. */
export function cadence(schedule: Schedule, at: Date): Cadence | null {
  if (schedule.type === 'manual' || schedule.type === 'continuous') return null;
  return remember(intervals, `${keyOf(schedule)} ${at.getTime()}`, () => measure(schedule, at));
}

export function intervalSeconds(schedule: Schedule, at: Date): number | null {
  return cadence(schedule, at)?.intervalSeconds ?? null;
}

function measure(schedule: Schedule, at: Date): Cadence | null {
  const gaps: number[] = [];
  let last: Date | null = null;
  const until = new Date(at.getTime() + 5 * HORIZON_MS);
  for (const due of dueTimes(schedule, at, until)) {
    if (last) gaps.push((due.getTime() - last.getTime()) / SECOND_MS);
    last = due;
    if (gaps.length === 50) break;
  }
  gaps.sort((a, b) => a - b);
  const intervalSeconds = gaps[Math.floor(gaps.length / 2)];
  const longestGapSeconds = gaps.at(-1);
  if (intervalSeconds === undefined || longestGapSeconds === undefined) return null;
  return { intervalSeconds, longestGapSeconds };
}

const newest = new WeakMap<Recurrence, { after: number; due: number }>();

/**
 * The first due time after an instant and not after `until`, all in milliseconds; null when there is none. The newest
 * answer is remembered: jobs with the same schedule ask the same, and each asks again when it goes on.
 */
export function dueAfter(recurrence: Recurrence, after: number, until: number): number | null {
  const known = newest.get(recurrence);
  if (known?.after === after) return known.due > until ? null : known.due;
  const due = findDue(recurrence, after, until);
  if (due !== null) newest.set(recurrence, { after, due });
  return due;
}

function findDue(
  { dayPattern, minutesOfDay, timeZone }: Recurrence,
  after: number,
  until: number,
): number | null {
  // A zone is at most 14 h ahead and 12 h behind UTC, so its wall day is within a day of the UTC one.
  const from = Math.floor(after / DAY_MS) * DAY_MS - DAY_MS;
  const last = new Date(until + DAY_MS).getUTCFullYear();
  for (let year = new Date(from).getUTCFullYear(); year <= last; year += 1) {
    const days = matchingDays(dayPattern, year);
    for (let index = firstFrom(days, from); index < days.length; index += 1) {
      const day = days[index]!;
      if (day > until + DAY_MS) return null;
      const instant = instantAfter(after, day, minutesOfDay, timeZone);
      if (instant !== null) return instant > until ? null : instant;
    }
  }
  return null;
}

/** Index of the first of ascending numbers that is not below `least`. */
function firstFrom(ascending: readonly number[], least: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

function keyOf(schedule: Schedule): string {
  return schedule.type === 'cron'
    ? `${schedule.dialect} ${schedule.timeZone} ${schedule.expression}`
    : JSON.stringify(schedule);
}

/** Expressions repeat over thousands of jobs; what they mean never changes. */
function remember<T>(memory: Map<string, T>, key: string, make: () => T): T {
  const known = memory.get(key);
  if (known !== undefined) return known;
  if (memory.size >= REMEMBERED) memory.clear();
  const made = make();
  memory.set(key, made);
  return made;
}
