import type { ExpectedRun, FindingChange, JobStateRow } from '../../domain/judgement.ts';
import type { ObservedWindow } from '../../domain/facts.ts';
import type { JudgeSettings } from '../detectors/job-detectors.ts';
import { DAY_MS } from '../../domain/time.ts';
import { continueJob } from '../job/advance-job.ts';
import type { JobFacts } from '../job/job-facts.ts';
import { daysUntil, noDay, parseDayPriors, priorsAt, writeDayPriors } from '../job/day-priors.ts';
import type { DayPriors } from '../job/day-priors.ts';
import { tellClass } from '../job/class-priors.ts';
import type { ClassMember } from '../job/class-priors.ts';
import { parseJobState, parseMember, writeJobState } from '../job/job-state.ts';
import type { JobState } from '../job/job-state.ts';
import { addWindow } from '../job/observed.ts';
import type { Windows } from '../job/observed.ts';
import type { InventoryIndex, JudgedPolicy } from './inventory.ts';
import {
  eachClaimJob,
  onlyClaimOf,
  runsForEachClaim,
  showsRunsOf,
  volumeJob,
  volumeJobId,
  wholeJob,
} from './job-inputs.ts';
import type { JobNews } from './job-inputs.ts';
import {
  isLegacyRow,
  legacyKey,
  legacyOf,
  legacyRow,
  newerLegacy,
  readLegacy,
  succeed,
} from './succession.ts';
import type { Legacy } from './succession.ts';

interface BookedJob {
  /** The state as stored, read when it is needed: read states of a large fleet would not fit; '' before the first. */
  text: string;
  /** What it tells its class; null before its first run, or when the text cannot be used. */
  told: ClassMember | null;
  wakeAt: number | null;
  /** What the job's facts were when it was last advanced; null: not yet in this process. */
  facts: JobFacts | null;
}

/** Every job of a cluster in memory, between passes. */
export interface JobBook {
  jobs: Map<string, BookedJob>;
  /** By claim, what jobs left that are gone, until another takes over. */
  legacies: Map<string, Legacy>;
  windows: ObservedWindow[];
  /** What is usual in each class, frozen for the day of event time that was judged last. */
  usual: DayPriors;
  /** Facts of jobs under the inventory that was looked at last. */
  known: { index: InventoryIndex | null; facts: Map<string, JobFacts | null> };
  /** When what they share was counted last. */
  countedAt: number;
}

export interface JobsAdvanced {
  changes: FindingChange[];
  expectedRuns: ExpectedRun[];
  rows: JobStateRow[];
  removed: string[];
}

/** What has been found out so far; of a job that is advanced day by day only the last row is kept. */
type Advancing = Omit<JobsAdvanced, 'rows'> & {
  rows: Map<string, JobStateRow>;
  /** States that are further than their jobs' texts, for what goes on for days is written once; with the wake time of old. */
  ahead: Map<string, { state: JobState; wokeAt: number | null }>;
};

/** Key of the row that keeps what is usual. */
const PRIORS = 'priors:';
/** News older than this is judged as of then. */
const OLDEST_MS = 400 * DAY_MS;

const newJob = (): BookedJob => ({ text: '', told: null, wakeAt: null, facts: null });

export function emptyJobBook(): JobBook {
  const known = { index: null, facts: new Map() };
  return {
    jobs: new Map(),
    legacies: new Map(),
    windows: [],
    usual: noDay,
    known,
    countedAt: -Infinity,
  };
}

/** Takes a stored job, or what one left, into memory. A state of another version begins anew. */
export function recallJob(book: JobBook, row: JobStateRow): void {
  if (isLegacyRow(row)) {
    const legacy = readLegacy(row);
    if (legacy !== null && row.resourceId !== null) book.legacies.set(row.resourceId, legacy);
    return;
  }
  if (row.jobId.startsWith(PRIORS)) {
    book.usual = parseDayPriors(row.state) ?? noDay;
    return;
  }
  const wakeAt = row.wakeAt?.getTime() ?? null;
  const told = parseMember(row.state);
  const text = told === null ? '' : row.state;
  book.jobs.set(row.jobId, { text, told, wakeAt: told === null ? null : wakeAt, facts: null });
}

/** Adds stretches of watching; what touches becomes one. */
export function noteWindows(book: JobBook, windows: readonly ObservedWindow[]): void {
  if (windows.length === 0) return;
  const byKind = new Map<string, Windows>();
  for (const { kind, from, until } of [...book.windows, ...windows]) {
    const known = byKind.get(kind) ?? [];
    addWindow(known, from.getTime(), until.getTime());
    byKind.set(kind, known);
  }
  book.windows = [...byKind].flatMap(([kind, known]) =>
    known
      .slice(-8)
      .map(([from, until]) => ({ kind, from: new Date(from), until: new Date(until) })),
  );
}

/** A day of event time within a pass; `last`: up to the end of the pass. */
type DayOfPass = JudgedTime & { everyone: boolean; last: boolean };

/** Up to when jobs are judged, whether that is the present, and by which rules. */
export interface JudgedTime {
  until: Date;
  live: boolean;
  settings: JudgeSettings;
}

/**
 * Advances the jobs that have news, whose facts changed, or whose time has come, each in its own event time. Jobs of
 * policies or claims that are gone leave the book.
 */
export function advanceJobs(
  book: JobBook,
  clusterId: string,
  index: InventoryIndex,
  news: ReadonlyMap<string, JobNews>,
  inventoryChanged: boolean,
  time: JudgedTime,
): JobsAdvanced {
  const found = { changes: [], expectedRuns: [], removed: [] };
  const result: Advancing = { ...found, rows: new Map(), ahead: new Map() };
  if (inventoryChanged) enrol(book, clusterId, index, result);
  for (const jobId of [...news.keys()].sort())
    if (!book.jobs.has(jobId) && factsOf(book, clusterId, index, jobId) !== null)
      book.jobs.set(jobId, newJob());
  const end = time.until.getTime();
  let given = -Infinity;
  for (const until of daysUntil(firstEvent(book, news, end), end)) {
    freezeDay(book, clusterId, until, result);
    const last = until === end;
    const part = { ...time, until: new Date(until), live: last && time.live, last };
    advanceUntil(
      book,
      clusterId,
      index,
      partOf(news, given, last ? Infinity : until),
      {
        ...part,
        everyone: last && inventoryChanged,
      },
      result,
    );
    given = until;
  }
  for (const jobId of result.ahead.keys()) writeAhead(book, jobId, result);
  const { changes, expectedRuns, removed } = result;
  return { changes, expectedRuns, removed, rows: [...result.rows.values()] };
}

/** When the first thing happened that is still to be judged. */
function firstEvent(book: JobBook, news: ReadonlyMap<string, JobNews>, until: number): number {
  let first = until;
  for (const { wakeAt } of book.jobs.values()) first = Math.min(first, wakeAt ?? until);
  for (const { runs, attempts } of news.values()) {
    for (const run of runs) first = Math.min(first, run.startedAt.getTime());
    for (const attempt of attempts) first = Math.min(first, attempt.endedAt.getTime());
  }
  return Math.max(first, until - OLDEST_MS);
}

/** The news of the instants after `from` up to `until`. */
function partOf(
  news: ReadonlyMap<string, JobNews>,
  from: number,
  until: number,
): ReadonlyMap<string, JobNews> {
  if (from === -Infinity && until === Infinity) return news;
  const within = (at: Date): boolean => at.getTime() > from && !(at.getTime() > until);
  const part = new Map<string, JobNews>();
  for (const [jobId, { runs, attempts, marks = [] }] of news) {
    const own = {
      runs: runs.filter((run) => within(run.startedAt)),
      attempts: attempts.filter((attempt) => within(attempt.endedAt)),
      // People look at the present.
      marks: until === Infinity ? marks : [],
    };
    if (own.runs.length + own.attempts.length + own.marks.length > 0) part.set(jobId, own);
  }
  return part;
}

function freezeDay(book: JobBook, clusterId: string, at: number, result: Advancing): void {
  if (book.usual === noDay) book.usual = firstDay(book);
  const usual = priorsAt(book.usual, at, () => membersOf(book));
  if (usual === book.usual) return;
  book.usual = usual;
  if (book.jobs.size === 0) return;
  const jobId = `${PRIORS}${clusterId}`;
  const state = writeDayPriors(usual);
  result.rows.set(jobId, { jobId, policyId: null, resourceId: null, state, wakeAt: null });
}

/** As long as no day was frozen with jobs, the day they were judged first is all there was: it had nothing to pool. */
function firstDay(book: JobBook): DayPriors {
  let newest = -Infinity;
  for (const booked of book.jobs.values())
    newest = Math.max(newest, stateOf(booked)?.tick ?? -Infinity);
  return { ...noDay, day: Math.floor(newest / DAY_MS) };
}

function membersOf(book: JobBook): ClassMember[] {
  return [...book.jobs.values()].flatMap(({ told }) => told ?? []);
}

function stateOf(booked: BookedJob | undefined): JobState | null {
  return booked === undefined || booked.text === '' ? null : parseJobState(booked.text);
}

function advanceUntil(
  book: JobBook,
  clusterId: string,
  index: InventoryIndex,
  news: ReadonlyMap<string, JobNews>,
  time: DayOfPass,
  result: Advancing,
): void {
  for (const [jobId, booked] of book.jobs) {
    const own = news.get(jobId);
    const awake = booked.wakeAt !== null && booked.wakeAt <= time.until.getTime();
    if (own === undefined && !awake && !time.everyone) continue;
    const facts = factsOf(book, clusterId, index, jobId);
    if (facts === null) continue;
    if (own === undefined && !awake && sameFacts(booked, facts)) continue;
    const state =
      result.ahead.get(jobId)?.state ??
      stateOf(booked) ??
      inherited(book, index, facts, time.settings, result);
    advanceOne(book, booked, state, facts, own, time, result);
  }
}

function advanceOne(
  book: JobBook,
  booked: BookedJob,
  state: JobState | null,
  facts: JobFacts,
  news: JobNews | undefined,
  { until, live, settings, last }: DayOfPass,
  result: Advancing,
): void {
  const observedWindows = book.windows.filter((window) => showsRunsOf(facts.engine, window));
  const { runs, attempts, marks: given = [] } = news ?? { runs: [], attempts: [] };
  const { priors } = book.usual;
  // A person's clock may be ahead of the cluster's; what a person says counts at once.
  const marks = given.map((mark) => (mark.at > until ? { ...mark, at: until } : mark));
  const now = live || marks.length > 0;
  const input = { job: facts, runs, attempts, marks, observedWindows, live: now, priors };
  const advanced = continueJob(state, input, until, settings);
  result.changes.push(...advanced.changes);
  result.expectedRuns.push(...advanced.expectedRuns);
  const { jobId } = facts;
  const { wokeAt } = result.ahead.get(jobId) ?? { wokeAt: booked.wakeAt };
  result.ahead.set(jobId, { state: advanced.state, wokeAt });
  const wakeAt = advanced.wakeAt?.getTime() ?? null;
  Object.assign(booked, { told: tellClass(advanced.state), wakeAt, facts });
  if (last) writeAhead(book, jobId, result);
}

/** Brings a job's text up to its state, with the row to store where that says anything else. */
function writeAhead(book: JobBook, jobId: string, result: Advancing): void {
  const [booked, ahead] = [book.jobs.get(jobId), result.ahead.get(jobId)];
  result.ahead.delete(jobId);
  if (booked?.facts == null || ahead === undefined) return;
  const text = writeJobState(ahead.state);
  const { wakeAt, facts } = booked;
  if (text === booked.text && wakeAt === ahead.wokeAt) return;
  booked.text = text;
  const { policyId, resourceId } = facts;
  const at = wakeAt === null ? null : new Date(wakeAt);
  result.rows.set(jobId, { jobId, policyId, resourceId, state: text, wakeAt: at });
}

/** Notes the newer facts when they say the same, so that the older ones need not be kept. */
function sameFacts(booked: BookedJob, facts: JobFacts): boolean {
  if (booked.facts === facts) return true;
  if (JSON.stringify(booked.facts) !== JSON.stringify(facts)) return false;
  booked.facts = facts;
  return true;
}

/** Every living policy has a job, or one per claim, from before its first run; what is gone has none. */
function enrol(book: JobBook, clusterId: string, index: InventoryIndex, result: Advancing): void {
  const due = new Set(index.policies.flatMap((policy) => jobsOf(index, policy)));
  for (const jobId of due) if (!book.jobs.has(jobId)) book.jobs.set(jobId, newJob());
  for (const jobId of book.jobs.keys()) {
    const [policyId = '', resourceId = ''] = jobId.split(':');
    const policy = index.policyById.get(policyId);
    const part = !runsForEachClaim(policy) && index.claimById.has(resourceId);
    if (due.has(jobId) || (policy !== undefined && part)) continue;
    leaveLegacy(book, clusterId, index, jobId, result);
    book.jobs.delete(jobId);
    result.removed.push(jobId);
  }
  for (const resourceId of book.legacies.keys())
    if (!index.known.has(resourceId)) takeLegacy(book, resourceId, result);
}

/** What the job of a policy that is gone knew of its one claim stays for whoever takes that claim next. */
function leaveLegacy(
  book: JobBook,
  clusterId: string,
  index: InventoryIndex,
  jobId: string,
  result: Advancing,
): void {
  const policy = index.gonePolicies.get(jobId);
  const state = stateOf(book.jobs.get(jobId));
  if (policy === undefined || state === null) return;
  const { resourceId, engine } = wholeJob(clusterId, index, policy);
  if (resourceId === null || !index.known.has(resourceId)) return;
  const known = book.legacies.get(resourceId) ?? null;
  const legacy = newerLegacy(known, legacyOf(state, engine));
  if (legacy === null || legacy === known) return;
  book.legacies.set(resourceId, legacy);
  const row = legacyRow(resourceId, legacy);
  result.rows.set(row.jobId, row);
}

function takeLegacy(book: JobBook, resourceId: string, result: Advancing): void {
  if (!book.legacies.delete(resourceId)) return;
  const key = legacyKey(resourceId);
  result.rows.delete(key);
  result.removed.push(key);
}

/** A new job of one claim goes on from the last one that claim had, whatever its policy and engine. */
function inherited(
  book: JobBook,
  index: InventoryIndex,
  job: JobFacts,
  settings: JudgeSettings,
  result: Advancing,
): JobState | null {
  const { resourceId, scope } = job;
  if (resourceId === null || scope !== 'whole') return null;
  let legacy = book.legacies.get(resourceId) ?? null;
  for (const { policy } of index.declarations.get(resourceId) ?? []) {
    writeAhead(book, policy.policyId, result);
    const state = stateOf(book.jobs.get(policy.policyId));
    if (state !== null && onlyClaimOf(job.clusterId, policy) !== null)
      legacy = newerLegacy(legacy, legacyOf(state, policy.engine));
  }
  takeLegacy(book, resourceId, result);
  return legacy === null ? null : succeed(legacy, job, settings);
}

/** The jobs a policy has from the start; parts of runs that take several claims come with the runs. */
function jobsOf(index: InventoryIndex, policy: JudgedPolicy): string[] {
  const { policyId } = policy;
  if (!runsForEachClaim(policy)) return [policyId];
  const claims = index.claimsOf.get(policyId) ?? [];
  return claims.map(({ resourceId }) => volumeJobId(policyId, resourceId));
}

/** What is known of a job now; null: its policy or claim is gone. Found out once for each inventory. */
export function factsOf(
  book: JobBook,
  clusterId: string,
  index: InventoryIndex,
  jobId: string,
): JobFacts | null {
  if (book.known.index !== index) book.known = { index, facts: new Map() };
  const { facts } = book.known;
  const known = facts.get(jobId);
  if (known !== undefined) return known;
  const found = findFacts(clusterId, index, jobId);
  facts.set(jobId, found);
  return found;
}

function findFacts(clusterId: string, index: InventoryIndex, jobId: string): JobFacts | null {
  const [policyId = '', resourceId] = jobId.split(':');
  const policy = index.policyById.get(policyId);
  if (policy === undefined) return null;
  if (runsForEachClaim(policy))
    return resourceId === undefined ? null : eachClaimJob(clusterId, index, policy, resourceId);
  return resourceId === undefined
    ? wholeJob(clusterId, index, policy)
    : volumeJob(clusterId, index, policy, resourceId);
}
