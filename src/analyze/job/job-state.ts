import { z } from 'zod';
import type { Cause as KnownCause } from '../../domain/judgement.ts';
import { EXPECTED_STATES, FINDING_KINDS, OUTCOMES, SEVERITIES } from '../../domain/words.ts';
import type { Outcome } from '../../domain/words.ts';
import { CHANNELS, decodeBaseline, encodeBaseline, freshBaseline } from './baseline.ts';
import type { Baseline, ChannelName, Readings } from './baseline.ts';

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
  v: z.literal(2),
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
  /** The class whose priors it takes and tells. */
  classKey: z.string(),
  /** The channels' block, base64. */
  baseline: z.string(),
});
/** The memory of one job. Bounded: see `trimState`. */
export type JobState = Omit<z.infer<typeof StoredState>, 'runs' | 'dues' | 'baseline'> & {
  runs: RecentRun[];
  dues: Due[];
  baseline: Baseline;
};

export const KEPT_RUNS = 24;
export const KEPT_ATTEMPTS = 8;
export const KEPT_DUES = 24;
const KEPT_WINDOWS = 8;
const KEPT_TEXTS = 4;

export function freshState(tick: number): JobState {
  return {
    v: 2,
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

/**
 * Null when the text is of another version or damaged: the job then starts anew and nothing else is lost. A damaged
 * block of channels alone costs only what was usual.
 */
export function parseJobState(text: string): JobState | null {
  try {
    const stored = StoredState.parse(JSON.parse(text));
    const baseline = decodeBaseline(stored.baseline) ?? freshBaseline();
    return { ...stored, runs: stored.runs.map(readRun), baseline };
  } catch {
    return null;
  }
}

export function writeJobState(state: JobState): string {
  const stored: z.infer<typeof StoredState> = {
    ...state,
    runs: state.runs.map(writeRun),
    baseline: encodeBaseline(state.baseline),
  };
  return JSON.stringify(stored);
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
