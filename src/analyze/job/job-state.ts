import type { FindingKind, Severity } from '../../domain/words.ts';
import { decodeBaseline, encodeBaseline, freshBaseline } from './baseline.ts';
import type { Baseline } from './baseline.ts';
import { tellClass } from './class-priors.ts';
import type { ClassMember } from './class-priors.ts';
import { readDues, readRuns, writeDues, writeRuns } from './recent-rows.ts';
import type { Due, RecentAttempt, RecentRun, StoredDue, StoredRun } from './recent-rows.ts';
import { readSecondVersion } from './second-version.ts';
import type { SecondVersion } from './second-version.ts';

export type { Due, RecentAttempt, RecentRun };

export interface OpenFinding {
  kind: FindingKind;
  /** Which of people's own rules raised it. */
  rule?: string | undefined;
  fingerprint: string;
  severity: Severity;
  /** The observed figure last told. */
  value: number | null;
  since: number;
}

/** The memory of one job; instants are milliseconds since 1970, UTC. Bounded: see `trimState`. */
export interface JobState {
  /** The last tick judged. */
  tick: number;
  /** Due times up to here have been taken; null: none yet. */
  dueCursor: number | null;
  /** Tells one schedule from another; '' before the first. */
  scheduleKey: string;
  /** The policy's facts as last judged, so that a change is judged too. */
  factsKey: string;
  runs: RecentRun[];
  attempts: RecentAttempt[];
  dues: Due[];
  windows: [number, number][];
  open: OpenFinding[];
  /** The newest success that moved data. */
  lastGood: { runId: string; start: number } | null;
  problem: { text: string; since: number } | null;
  /** True when something came in that no tick has judged yet. */
  dirty: boolean;
  /** True when a run has ended that the rules about ends have not been asked about. */
  unspoken: boolean;
  /** When time alone may change a verdict. */
  wake: number | null;
  /** The class whose priors it takes and tells. */
  classKey: string;
  baseline: Baseline;
}

/** What is stored as it is. */
type Shared = Omit<JobState, 'runs' | 'dues' | 'classKey' | 'baseline'>;
type StoredState = Shared & { runs: StoredRun[]; dues: StoredDue[] };

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

const VERSION = '3';
/** Rows of it are read as well. */
const BEFORE = '2';
/** Until a class is known. */
const NO_CLASS = '-';

/**
 * One line with version, checksum, class and the channels' block, which the class can be told from alone; then the rest
 * as JSON.
 */
export function writeJobState({ classKey, baseline, ...rest }: JobState): string {
  const { runs, dues } = rest;
  const stored: StoredState = { ...rest, runs: writeRuns(runs), dues: writeDues(dues, runs) };
  const block = encodeBaseline(baseline);
  const body = `${classKey || NO_CLASS} ${block}\n${JSON.stringify(stored)}`;
  return `${VERSION} ${checksumOf(body)} ${body}`;
}

/** Null when the text is of an unknown version, cut or damaged: the job then starts anew and nothing else is lost. */
export function parseJobState(text: string): JobState | null {
  const { version, classKey, baseline, rest } = takeApart(text) ?? {};
  if (!baseline || classKey === undefined || rest === undefined) return null;
  // What the checksum holds is what was written.
  const known: unknown = JSON.parse(rest);
  if (version === BEFORE)
    return { ...readSecondVersion(known as Shared & SecondVersion), classKey, baseline };
  const stored = known as StoredState;
  const runs = readRuns(stored.runs);
  return { ...stored, runs, dues: readDues(stored.dues, runs), classKey, baseline };
}

/** What a stored job tells its class, read from its first line; null when it cannot be used. */
export function parseMember(text: string): ClassMember | null {
  const { classKey, baseline } = takeApart(text) ?? {};
  return baseline && classKey !== undefined ? tellClass({ classKey, baseline }) : null;
}

function takeApart(text: string) {
  const first = text.indexOf(' ');
  const second = text.indexOf(' ', first + 1);
  const version = text.slice(0, first);
  if (second < 0 || (version !== VERSION && version !== BEFORE)) return null;
  const body = text.slice(second + 1);
  if (text.slice(first + 1, second) !== checksumOf(body)) return null;
  const line = body.indexOf('\n');
  const [key = NO_CLASS, block = ''] = body.slice(0, line).split(' ');
  const baseline = decodeBaseline(block);
  const classKey = key === NO_CLASS ? '' : key;
  return { version, classKey, baseline, rest: body.slice(line + 1) };
}

/** FNV-1a over the UTF-16 units: tells damage, not malice. */
function checksumOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}

/** Cuts the memory to its bounds (at most 16 KB as stored): the newest runs stay, and texts of the newest failures. */
export function trimState(state: JobState): void {
  keepNewest(state.runs, KEPT_RUNS);
  const scored = state.runs.findLastIndex((run) => run.judged && run.outcome === 'success');
  let texts = 0;
  for (let index = state.runs.length - 1; index >= 0; index -= 1) {
    const run = state.runs[index]!;
    const worded = run.text !== null || run.cause !== null;
    if (worded) texts += 1;
    const wordless = worded && texts > KEPT_TEXTS;
    if (!wordless && (run.readings === null || index === scored)) continue;
    const readings = index === scored ? run.readings : null;
    state.runs[index] = wordless
      ? { ...run, text: null, cause: null, lockSeconds: null, readings }
      : { ...run, readings };
  }
  keepNewest(state.attempts, KEPT_ATTEMPTS);
  keepNewest(state.dues, KEPT_DUES);
  keepNewest(state.windows, KEPT_WINDOWS);
}

function keepNewest(rows: unknown[], most: number): void {
  if (rows.length > most) rows.splice(0, rows.length - most);
}
