import { recallForecasts } from '../analyze/forecast/forecast-book.ts';
import type { ForecastBook } from '../analyze/forecast/forecast-state.ts';
import type { ForecastStateRow } from '../domain/forecast.ts';
import type { JobStateRow, PolicyFigures, RiskScore } from '../domain/judgement.ts';
import { idOf } from '../domain/id.ts';
import { recallFinding } from '../analyze/cluster/finding-life.ts';
import type { KnownFindings } from '../analyze/cluster/finding-life.ts';
import type { LastLook } from './last-look.ts';
import type { InventoryIndex } from '../analyze/cluster/inventory.ts';
import { emptyJobBook, recallJob } from '../analyze/cluster/job-book.ts';
import type { JobBook } from '../analyze/cluster/job-book.ts';
import { emptyRunMemory, recall } from '../analyze/cluster/run-memory.ts';
import type { RunMemory } from '../analyze/cluster/run-memory.ts';
import { writtenRisk } from '../analyze/risk.ts';
import type { WrittenRisk } from '../analyze/risk.ts';
import { ownRow, readRow } from '../analyze/cluster/stored-row.ts';

/** What was last written whole, as hashes: to write it again only when it differs. */
export interface Digests {
  protections: string;
  coverage: string;
  recommendations: string;
  /** By what was judged. */
  settings: string;
}

/** A cluster's judge between two passes; all of it can be had again from the store. */
export interface JudgeMemory {
  revision: number;
  judgedAt: Date | null;
  book: JobBook;
  runs: RunMemory;
  findings: KnownFindings;
  /** As written, by resource. */
  risks: Map<string, WrittenRisk>;
  digests: Digests;
  forecasts: ForecastBook;
  /** What a run of each policy takes on average, and when that was asked; null: not yet. */
  figures: { at: Date; byPolicy: ReadonlyMap<string, PolicyFigures> } | null;
  /** Null until the first pass has read it. */
  index: InventoryIndex | null;
  /** Null until the first pass of this process. */
  look: LastLook | null;
}

const StoredDigests = ownRow<Digests>();
const digestsKey = (clusterId: string): string => `digests:${clusterId}`;

export function recallJudge(
  clusterId: string,
  stored: { judgedAt: Date | null; revision: number; jobs: JobStateRow[]; risks: RiskScore[] },
  forecastMemory: readonly ForecastStateRow[],
): JudgeMemory {
  const memory: JudgeMemory = {
    revision: stored.revision,
    judgedAt: stored.judgedAt,
    book: emptyJobBook(),
    runs: emptyRunMemory(),
    findings: new Map(),
    risks: new Map(stored.risks.map((risk) => [risk.resourceId, writtenRisk(risk)])),
    digests: { protections: '', coverage: '', recommendations: '', settings: '' },
    forecasts: recallForecasts(forecastMemory),
    figures: null,
    index: null,
    look: null,
  };
  for (const row of stored.jobs) {
    if (row.jobId === digestsKey(clusterId))
      memory.digests = readRow(row, StoredDigests) ?? memory.digests;
    else if (!recall(memory.runs, row) && !recallFinding(memory.findings, row))
      recallJob(memory.book, row);
  }
  return memory;
}

export function digestsRow(clusterId: string, digests: Digests): JobStateRow {
  const state = JSON.stringify(digests);
  return { jobId: digestsKey(clusterId), policyId: null, resourceId: null, state, wakeAt: null };
}

export function digestOf(content: unknown): string {
  return idOf('digest', JSON.stringify(content));
}
