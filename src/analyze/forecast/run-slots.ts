import type { Schedule } from '../../domain/facts.ts';
import type { RunLine } from '../../domain/run-line.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { scheduleOf } from '../replay/segments.ts';
import { cadence, dueTimes, INTERVAL_FROM } from '../schedules/due-times.ts';

/** A run, or a due time that no run answered. */
export interface RunSlot {
  /** ms; the due time, or the start where nothing was due or it came earlier: what is known before is known. */
  at: number;
  /** ms; when the outcome is known. */
  knownAt: number;
  /** Null: missed. */
  run: RunLine | null;
  /** The terms in force. */
  terms: RunLine;
  /** s; null: never due. */
  intervalSeconds: number | null;
}

/** A gap with more due times than this is a job that was off, not one that missed its runs. */
const MOST_MISSED = 50;
/** No schedule is followed further than this from where it was last changed. */
const HORIZON_MS = 40 * 366 * DAY_MS;
const LEAST_GRACE_MS = 10 * MINUTE_MS;
const MOST_GRACE_MS = 2 * HOUR_MS;

/**
 * A job's runs and missed due times in order. A due time is missed when no run has started by the end of its grace:
 * half the interval, within ten minutes and two hours. After a change of schedule the due times of one interval are
 * held against neither.
 */
export function runSlots(runs: readonly RunLine[], until: number): RunSlot[] {
  const sorted = runs.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  const slots: RunSlot[] = [];
  const walk = createWalk();
  let before: RunSlot | null = null;
  for (const run of sorted) {
    const start = Date.parse(run.startedAt);
    const dues = before === null ? firstDues(run, start) : duesBetween(walk, before, run, start);
    const slot = slotOf(run, start, dues);
    if (before !== null) slots.push(...missedOf(before, dues, Math.min(slot.at, start), start));
    slots.push(slot);
    before = slot;
  }
  if (before !== null) {
    const dues = duesAfter(walk, before, until);
    slots.push(...missedOf(before, dues, Number.POSITIVE_INFINITY, until));
  }
  return slots;
}

/** Due times of one job, asked for in ascending order: a cron expression is walked through once. */
type Walk = (schedule: Schedule, after: number, until: number) => number[];

function createWalk(): Walk {
  let key = '';
  let times: Times | null = null;
  const head = (): number | null => times?.head() ?? null;
  return (schedule, after, until) => {
    const wanted = JSON.stringify(schedule);
    if (wanted !== key || schedule.type === 'interval') {
      key = wanted;
      times = timesFrom(schedule, after);
    }
    const dues: number[] = [];
    for (let due = head(); due !== null && due <= until; due = head()) {
      if (due > after && dues.length <= MOST_MISSED) dues.push(due);
      times?.take();
    }
    return dues;
  };
}

interface Times {
  head(): number | null;
  take(): void;
}

function timesFrom(schedule: Schedule, after: number): Times {
  const times = dueTimes(schedule, new Date(after), new Date(after + HORIZON_MS));
  let next = times.next();
  return {
    head: () => (next.done === true ? null : next.value.getTime()),
    take: () => {
      next = times.next();
    },
  };
}

function slotOf(run: RunLine, start: number, dues: readonly number[]): RunSlot {
  const interval = cadence(scheduleOf(run), INTERVAL_FROM)?.intervalSeconds ?? null;
  const told = run.dueAt === null ? null : Date.parse(run.dueAt);
  const due = told ?? dues.at(-1) ?? start;
  const near = start - due <= graceMs(interval ?? 0) && start >= due;
  const ended = run.endedAt === null ? start : Date.parse(run.endedAt);
  return { at: near ? due : start, knownAt: ended, run, terms: run, intervalSeconds: interval };
}

/** The due times that the first run of a job may answer. */
function firstDues(run: RunLine, start: number): number[] {
  const interval = cadence(scheduleOf(run), INTERVAL_FROM)?.intervalSeconds ?? null;
  if (interval === null || run.schedule === null) return [];
  const from = new Date(start - graceMs(interval));
  return [...dueTimes(scheduleOf(run), from, new Date(start))].map((due) => due.getTime());
}

function duesBetween(walk: Walk, before: RunSlot, run: RunLine, start: number): number[] {
  const same = JSON.stringify(scheduleOf(before.terms)) === JSON.stringify(scheduleOf(run));
  const off = same ? 0 : (before.intervalSeconds ?? 0) * SECOND_MS;
  return duesAfter(walk, before, start - off);
}

function duesAfter(walk: Walk, before: RunSlot, until: number): number[] {
  const half = ((before.intervalSeconds ?? 0) * SECOND_MS) / 2;
  // A run a little before its due time answers it.
  const after = before.at + Math.min(half, MINUTE_MS);
  const dues = walk(scheduleOf(before.terms), after, until);
  return dues.length > MOST_MISSED ? [] : dues;
}

function missedOf(
  before: RunSlot,
  dues: readonly number[],
  answered: number,
  start: number,
): RunSlot[] {
  const { terms, intervalSeconds } = before;
  const grace = graceMs(intervalSeconds ?? 0);
  return dues
    .filter((due) => due < answered && due + grace <= start)
    .map((at) => ({ at, knownAt: at + grace, run: null, terms, intervalSeconds }));
}

function graceMs(intervalSeconds: number): number {
  const half = (intervalSeconds * SECOND_MS) / 2;
  return Math.max(LEAST_GRACE_MS, Math.min(MOST_GRACE_MS, half));
}
