import { z } from 'zod';
import type { Cause as KnownCause } from '../../domain/judgement.ts';
import { EXPECTED_STATES, FINDING_KINDS, OUTCOMES, SEVERITIES } from '../../domain/words.ts';
import type { Outcome } from '../../domain/words.ts';
import { CHANNELS, decodeBaseline, encodeBaseline, freshBaseline } from './baseline.ts';
import type { Baseline, ChannelName, Readings } from './baseline.ts';
import { tellClass } from './class-priors.ts';
import type { ClassMember } from './class-priors.ts';

/** Instants in the state are milliseconds since 1970, UTC. */
const instant = z.number();
const Cause = z.object({ code: z.string(), title: z.string(), shownBy: z.string() });

const Reading = z.object({
  expected: z.number(),
  distance: z.number(),
  z: z.number(),
  probability: z.number(),
  basis: z.number(),
  season: z.number(),
  exception: z.number(),
  shift: z.number(),
  seasonKnown: z.boolean(),
  odd: z.boolean(),
});

/** One run of the recent past, never changed but replaced; in the stored text a tuple, so that many stay small. */
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
  readonly cause: KnownCause | null;
  readonly text: string | null;
  /** Age of the lock its text names, at its end. */
  readonly lockSeconds: number | null;
  /** How it compares with the runs before it; of the newest judged success only. */
  readonly readings: Readings | null;
  /** Channels whose new level was taken as the usual one with this run. */
  readonly adopted: readonly ChannelName[];
}

const flag = z.union([z.literal(0), z.literal(1)]);
const number = z.number().nullable();
const RunTuple = z.tuple([
  z.string(),
  z.enum(['runs', 'run_volumes']),
  instant,
  instant.nullable(),
  z.enum(OUTCOMES),
  z.tuple([number, number, number, number, number]),
  z.tuple([flag, flag, flag, flag, flag]),
  z.tuple([instant.nullable(), number]),
  z.union([z.tuple([]), z.tuple([Cause.nullable(), z.string().nullable(), number])]),
  z.union([
    z.tuple([]),
    z.tuple([z.partialRecord(z.enum(CHANNELS), Reading), z.array(z.enum(CHANNELS))]),
  ]),
]);
type RunTuple = z.infer<typeof RunTuple>;

function readRun(tuple: RunTuple): RecentRun {
  const [id, table, start, end, outcome, figures, flags, [due, delay], why, read] = tuple;
  const [seconds, logical, added, files, dedup] = figures;
  const [full, volumesFailed, judged, learned, oddSize] = flags.map((f) => f === 1);
  return {
    id,
    table,
    start,
    end,
    outcome,
    seconds,
    logical,
    added,
    files,
    dedup,
    due,
    delay,
    full: full ?? false,
    volumesFailed: volumesFailed ?? false,
    judged: judged ?? false,
    learned: learned ?? false,
    oddSize: oddSize ?? false,
    cause: why[0] ?? null,
    text: why[1] ?? null,
    lockSeconds: why[2] ?? null,
    readings: read[0] ?? null,
    adopted: read[1] ?? [],
  };
}

const bit = (value: boolean): 0 | 1 => (value ? 1 : 0);

function writeRun(run: RecentRun): RunTuple {
  return [
    run.id,
    run.table,
    run.start,
    run.end,
    run.outcome,
    [run.seconds, run.logical, run.added, run.files, run.dedup],
    [bit(run.full), bit(run.volumesFailed), bit(run.judged), bit(run.learned), bit(run.oddSize)],
    [run.due, run.delay],
    run.cause || run.text ? [run.cause, run.text, run.lockSeconds] : [],
    run.readings ? [run.readings, [...run.adopted]] : [],
  ];
}

const RecentAttempt = z.object({
  runId: z.string(),
  key: z.string(),
  at: instant,
  failed: z.boolean(),
  cause: Cause.nullable(),
  text: z.string().nullable(),
  lockSeconds: z.number().nullable(),
});
export type RecentAttempt = z.infer<typeof RecentAttempt>;

/** Never changed but replaced, as runs are. */
const Due = z.object({
  at: instant,
  /** After it the run counts as missed. */
  deadline: instant,
  state: z.enum([...EXPECTED_STATES, 'waiting']),
  runId: z.string().nullable(),
  /** An earlier run was still running at the due time. */
  blocked: z.boolean(),
});
export type Due = Readonly<z.infer<typeof Due>>;

const OpenFinding = z.object({
  kind: z.enum(FINDING_KINDS),
  /** Which of people's own rules raised it. */
  rule: z.string().optional(),
  fingerprint: z.string(),
  severity: z.enum(SEVERITIES),
  /** The observed figure last told. */
  value: z.number().nullable(),
  since: instant,
});
export type OpenFinding = z.infer<typeof OpenFinding>;

/** The stored form of a job's memory. */
const StoredState = z.object({
  /** The last tick judged. */
  tick: instant,
  /** Due times up to here have been taken; null: none yet. */
  dueCursor: instant.nullable(),
  scheduleKey: z.string(),
  /** The policy's facts as last judged, so that a change is judged too. */
  factsKey: z.string(),
  runs: z.array(RunTuple),
  attempts: z.array(RecentAttempt),
  dues: z.array(Due),
  windows: z.array(z.tuple([instant, instant])),
  open: z.array(OpenFinding),
  /** The newest success that moved data. */
  lastGood: z.object({ runId: z.string(), start: instant }).nullable(),
  problem: z.object({ text: z.string(), since: instant }).nullable(),
  /** True when something came in that no tick has judged yet. */
  dirty: z.boolean(),
  /** True when a run has ended that the rules about ends have not been asked about. */
  unspoken: z.boolean(),
  /** When time alone may change a verdict. */
  wake: instant.nullable(),
});
type StoredState = z.infer<typeof StoredState>;
/** The memory of one job. Bounded: see `trimState`. */
export type JobState = Omit<StoredState, 'runs' | 'dues'> & {
  runs: RecentRun[];
  dues: Due[];
  /** The class whose priors it takes and tells. */
  classKey: string;
  baseline: Baseline;
};

export const KEPT_RUNS = 20;
export const KEPT_ATTEMPTS = 8;
export const KEPT_DUES = 16;
const KEPT_WINDOWS = 8;
const KEPT_TEXTS = 4;

export function freshState(tick: number): JobState {
  return {
    tick,
    dueCursor: null,
    scheduleKey: '',
    factsKey: '',
    runs: [],
    attempts: [],
    dues: [],
    windows: [],
    open: [],
    lastGood: null,
    problem: null,
    dirty: true,
    unspoken: true,
    wake: null,
    classKey: '',
    baseline: freshBaseline(),
  };
}

/** A state whose every changing part is its own. */
export function copyState(state: JobState): JobState {
  return {
    ...state,
    runs: [...state.runs],
    attempts: [...state.attempts],
    dues: [...state.dues],
    windows: state.windows.map(([from, until]) => [from, until]),
    open: state.open.map((finding) => ({ ...finding })),
    lastGood: state.lastGood && { ...state.lastGood },
    problem: state.problem && { ...state.problem },
    baseline: state.baseline.slice(),
  };
}

const VERSION = '2';
/** Until a class is known. */
const NO_CLASS = '-';

/**
 * One line with version, checksum, class and the channels' block, which the class can be told from alone; then the rest
 * as JSON.
 */
export function writeJobState({ classKey, baseline, ...rest }: JobState): string {
  const stored: StoredState = { ...rest, runs: rest.runs.map(writeRun) };
  const block = encodeBaseline(baseline);
  const body = `${classKey || NO_CLASS} ${block}\n${JSON.stringify(stored)}`;
  return `${VERSION} ${checksumOf(body)} ${body}`;
}

/** Null when the text is of another version, cut or damaged: the job then starts anew and nothing else is lost. */
export function parseJobState(text: string): JobState | null {
  const body = bodyOf(text);
  if (body === null) return null;
  const line = body.indexOf('\n');
  const [classKey = NO_CLASS, block = ''] = body.slice(0, line).split(' ');
  const baseline = decodeBaseline(block);
  if (baseline === null) return null;
  // What the checksum holds is what was written.
  const stored = JSON.parse(body.slice(line + 1)) as StoredState;
  const runs = stored.runs.map(readRun);
  return { ...stored, runs, classKey: classKey === NO_CLASS ? '' : classKey, baseline };
}

/** What a stored job tells its class, read from its first line; null when it cannot be used. */
export function parseMember(text: string): ClassMember | null {
  const body = bodyOf(text);
  if (body === null) return null;
  const [classKey = NO_CLASS, block = ''] = body.slice(0, body.indexOf('\n')).split(' ');
  const baseline = decodeBaseline(block);
  return baseline && tellClass({ classKey: classKey === NO_CLASS ? '' : classKey, baseline });
}

function bodyOf(text: string): string | null {
  const first = text.indexOf(' ');
  const second = text.indexOf(' ', first + 1);
  if (second < 0 || text.slice(0, first) !== VERSION) return null;
  const body = text.slice(second + 1);
  return text.slice(first + 1, second) === checksumOf(body) ? body : null;
}

/** FNV-1a over the UTF-16 units: tells damage, not malice. */
function checksumOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}

/** Cuts the memory to its bounds (at most 16 KB as JSON): the newest runs stay, and texts of the newest failures. */
export function trimState(state: JobState): void {
  const surplus = state.runs.length - KEPT_RUNS;
  if (surplus > 0) state.runs.splice(0, surplus);
  const scored = state.runs.findLastIndex((run) => run.judged && run.outcome === 'success');
  let texts = 0;
  for (let index = state.runs.length - 1; index >= 0; index -= 1) {
    const run = state.runs[index]!;
    const worded = run.text !== null || run.cause !== null;
    if (worded) texts += 1;
    const wordless = worded && texts > KEPT_TEXTS;
    if (!wordless && (run.readings === null || index === scored)) continue;
    const words = wordless ? { text: null, cause: null, lockSeconds: null } : {};
    const readings = index === scored ? run.readings : null;
    state.runs[index] = { ...run, ...words, readings };
  }
  state.attempts.splice(0, Math.max(0, state.attempts.length - KEPT_ATTEMPTS));
  state.dues.splice(0, Math.max(0, state.dues.length - KEPT_DUES));
  state.windows.splice(0, Math.max(0, state.windows.length - KEPT_WINDOWS));
}
