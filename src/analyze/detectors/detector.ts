import type { z } from 'zod';
import type { Cause, Evidence, Quantity } from '../../domain/judgement.ts';
import type { FindingKind, Severity } from '../../domain/words.ts';
import type { JobView } from '../job/job-view.ts';

/** What a detector saw, before it has a subject and a life. */
export interface Sighting {
  severity: Severity;
  observed: Quantity;
  expected: Quantity;
  cause: Cause | null;
  evidence: Evidence[];
  sentence: string;
  nextStep: string;
  /** How often chance alone shows this, for rules that ask; left out by rules that state a fact. */
  probability?: number;
}

/**
 * What a rule says of a job at one tick. `clear` gives the reason told when an open finding ends by it. `wakeAt` is
 * the instant at which time alone may change the verdict; null: only news can.
 */
export type Verdict =
  | { state: 'seen'; sighting: Sighting; wakeAt: number | null }
  | { state: 'clear'; reason: string; wakeAt: number | null };

/** One rule. Pure: the same view gives the same verdict. */
export interface Detector<Schema extends z.ZodType = z.ZodType> {
  kind: FindingKind;
  /** Thresholds with unit, default and reason; `{}` gives the defaults. */
  settings: Schema;
  /** `ends`: it looks at runs that have ended and nothing else, so it is asked when one has. `time`: at every tick. */
  looks: 'ends' | 'time';
  /** Which jobs it may judge. */
  scopes: readonly JobView['job']['scope'][];
  detect(view: JobView, settings: z.output<Schema>): Verdict;
}

export function clear(reason: string, wakeAt: number | null = null): Verdict {
  return { state: 'clear', reason, wakeAt };
}

export function seen(sighting: Sighting, wakeAt: number | null = null): Verdict {
  return { state: 'seen', sighting, wakeAt };
}

/** A row of a job's runs as evidence. */
export function runEvidence(
  view: JobView,
  label: string,
  value: Evidence['value'],
  unit: string,
  row: { table: string; rowId: string; at: number | null },
): Evidence {
  return {
    label,
    value,
    unit,
    source: view.job.source,
    at: row.at === null ? null : new Date(row.at),
    table: row.table,
    rowId: row.rowId,
  };
}

/** Who a sentence is about: the claim when it is known, else the policy. */
export function subjectOf(view: JobView): string {
  return view.job.resource ?? view.job.policy ?? view.job.namespace;
}
