import type { RunFact } from '../../domain/facts.ts';
import type { CostFigure, EnergyFigure } from '../../domain/ledger.ts';
import type { EnergySeries } from './energy-series.ts';

/** A run that has ended, with what its ledger entry needs beyond it. */
export type EndedRun = Pick<
  RunFact,
  | 'runId'
  | 'runDay'
  | 'engine'
  | 'policyId'
  | 'namespace'
  | 'name'
  | 'startedAt'
  | 'outcome'
  | 'logicalBytes'
  | 'addedBytes'
  | 'storedBytes'
> & {
  endedAt: Date;
  /** When what it stored may be deleted; null: the engine does not say. */
  expiresAt: Date | null;
  /** What an earlier entry of it says; null: it has none. */
  known: { energy: EnergyFigure; cost: CostFigure } | null;
};

/** A pod that moved data, as a metrics store tells of it. Null: not told. */
export interface MoverPod {
  namespace: string;
  name: string;
  uid: string | null;
  node: string | null;
  startedAt: Date | null;
  endedAt: Date | null;
  cpuSeconds: number | null;
  /** Cores requested, else limited to. */
  cores: number | null;
  sentBytes: number | null;
}

/** All that was read for the runs of one cycle. */
export interface Readings {
  pods: MoverPod[];
  energy: EnergySeries[];
  /** Version the meter tells of itself; null: none. */
  meterVersion: string | null;
  scrapeIntervalSeconds: number;
}
