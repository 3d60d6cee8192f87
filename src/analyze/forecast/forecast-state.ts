import type { z } from 'zod';
import type { ForecastStateRow, VerifiedBin } from '../../domain/forecast.ts';
import type { JobFacts } from '../job/job-facts.ts';
import { ownRow } from '../cluster/stored-row.ts';
import { FEATURES } from './features.ts';
import type { FleetModel, FleetState, Forecaster } from './forecaster.ts';
import { knownJob } from './known-job.ts';
import type { JobRecord } from './job-record.ts';
import { freshWatch } from './outlook-watch.ts';
import type { OutlookWatch, WaitingOutlook } from './outlook-watch.ts';
import type { SharedRecord } from './shared-record.ts';
import { freshDay } from './verified-days.ts';
import type { VerifiedDay } from './verified-days.ts';

/** What is kept of a job beside its record. */
export interface JobNote {
  /** ms; the due time that is expected next; null: none. */
  dueAt: number | null;
  lastGoodAt: number | null;
  /** The newest runs that have been learnt from, so that none counts twice. */
  settled: string[];
  /** What was last stated; null: nothing yet. */
  told: { at: number; dueAt: number; results: number; probability: number } | null;
  /** The schedule that `dueAt` comes from. */
  schedule: string;
}

/** A cluster's forecasts in memory, between passes; all of it can be had again from the stored rows. */
export interface ForecastBook {
  forecaster: Forecaster;
  notes: Map<string, JobNote>;
  /** Outcomes by what was stated, of the days of this pass; the last goes on. */
  verified: VerifiedDay[];
}

/**
 * Rows of version 2 know no outlooks and go on with fresh ones; those of version 3 do not know what was stated with
 * theirs, so these teach and do not count. Those of any other version, of other features, or damaged ones are as good
 * as none: the forecast begins anew.
 */
const VERSION = 4;
const READABLE: readonly number[] = [2, 3, VERSION];

interface Versioned {
  v: number;
}

type StoredWaiting = Omit<WaitingOutlook, 'stated'> & Partial<Pick<WaitingOutlook, 'stated'>>;
type StoredWatch = Omit<OutlookWatch, 'waiting'> & { waiting: StoredWaiting[] };
type StoredRecord = Omit<JobRecord, 'outlook'> & { outlook?: StoredWatch };

interface StoredJob extends Versioned {
  record: StoredRecord;
  note: JobNote;
}

interface StoredFleet extends Versioned {
  features: string;
  model: FleetModel;
  /** Up to version 3 of runs alone. */
  verified: VerifiedDay | { day: number; bins: VerifiedBin[] } | null;
}

interface StoredShared extends Versioned {
  shared: SharedRecord;
}

const FEATURE_NAMES = FEATURES.join(' ');

/** Fills the fresh state with what the rows hold. */
export function readForecastState(
  rows: readonly ForecastStateRow[],
  state: FleetState,
  notes: Map<string, JobNote>,
): ForecastBook['verified'] {
  const fleet = parsed(
    rows.find(({ key }) => key === 'fleet'),
    ownRow<StoredFleet>(),
  );
  if (fleet?.features !== FEATURE_NAMES) return [];
  // What version 2 does not have stays as it is in the fresh state.
  Object.assign(state.model, fleet.model, { pool: { ...state.model.pool, ...fleet.model.pool } });
  for (const row of rows) {
    if (row.key.startsWith('job ')) {
      const stored = parsed(row, ownRow<StoredJob>());
      if (stored === null) continue;
      const { record } = stored;
      state.jobs.set(row.key.slice(4), { ...record, outlook: watchOf(record) });
      notes.set(row.key.slice(4), stored.note);
    } else if (row.key.startsWith('shared ')) {
      const stored = parsed(row, ownRow<StoredShared>());
      if (stored !== null) state.shared.set(row.key.slice(7), stored.shared);
    }
  }
  return verifiedOf(fleet);
}

function watchOf({ outlook }: StoredRecord): OutlookWatch {
  if (outlook === undefined) return freshWatch();
  const waiting = outlook.waiting.map(({ at, x, stated = x.map(() => null), brokenAt }) => ({
    at,
    x,
    stated,
    brokenAt,
  }));
  return { ...outlook, waiting };
}

function verifiedOf({ verified }: StoredFleet): VerifiedDay[] {
  if (verified === null) return [];
  const { day, bins } = verified;
  return [{ day, bins: Array.isArray(bins) ? { ...freshDay(day).bins, run: bins } : bins }];
}

/** The rows of the fleet and of the jobs that were touched, with what these share; to be read before the book goes on. */
export function writeForecastState(
  book: ForecastBook,
  touched: ReadonlySet<string>,
  jobs: ReadonlyMap<string, JobFacts>,
): ForecastStateRow[] {
  const { model, jobs: records, shared } = book.forecaster.state;
  const fleet: StoredFleet = {
    v: VERSION,
    features: FEATURE_NAMES,
    model,
    verified: book.verified.at(-1) ?? null,
  };
  const rows = [rowOf('fleet', fleet)];
  const groups = new Set<string>();
  for (const jobId of [...touched].sort()) {
    const record = records.get(jobId);
    const note = book.notes.get(jobId);
    if (record === undefined || note === undefined) continue;
    const stored: StoredJob = { v: VERSION, record, note };
    rows.push(rowOf(`job ${jobId}`, stored));
    const job = jobs.get(jobId);
    for (const group of ['', ...(job ? knownJob(job).groups : [])]) groups.add(group);
  }
  for (const group of [...groups].sort()) {
    const known = shared.get(group);
    if (known === undefined) continue;
    const stored: StoredShared = { v: VERSION, shared: known };
    rows.push(rowOf(`shared ${group}`, stored));
  }
  return rows;
}

/** The text is made when it is asked for: those of ten thousand jobs never stand in memory at once. */
function rowOf(key: string, stored: Versioned): ForecastStateRow {
  return {
    key,
    get state() {
      return JSON.stringify(stored);
    },
  };
}

/** What we wrote ourselves; null for a row that is missing, damaged or of another version. */
function parsed<T extends Versioned>(row: ForecastStateRow | undefined, shape: z.ZodType<T>) {
  if (row === undefined) return null;
  try {
    const value = shape.parse(JSON.parse(row.state));
    return READABLE.includes(value.v) ? value : null;
  } catch {
    return null;
  }
}
