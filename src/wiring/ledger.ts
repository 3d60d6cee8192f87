import { readGridSetting } from '../collect/carbon/grid-setting.ts';
import { AppError } from '../domain/error.ts';
import { createRunMeter } from '../collect/kepler/run-meter.ts';
import { readPrices } from '../collect/opencost/price-file.ts';
import type { Config } from '../config.ts';
import type { ClusterLedgerDeps } from '../services/account-cluster.ts';
import type { ClusterMetrics } from './metrics.ts';

/** By what a cluster's runs are accounted, given its name and its metrics store. */
export type LedgerSettings = (
  cluster: string,
  metrics: ClusterMetrics | undefined,
) => Pick<ClusterLedgerDeps, 'meter' | 'prices' | 'gridOf' | 'historyDays'>;

/** Reads the settings of the ledger. Throws AppError `invalid-setting` that names all that are at fault. */
export function readLedgerSettings(
  config: Partial<Pick<Config, 'prices' | 'grid' | 'pue'>>,
): LedgerSettings {
  const faults: AppError[] = [];
  const prices = readOr(faults, () => readPrices(config.prices));
  const grids = readOr(faults, () => readGridSetting(config.grid, config.pue ?? null));
  if (prices === null || grids === null) throw joined(faults);
  return (cluster, metrics) => ({
    meter: metrics === undefined ? null : createRunMeter(metrics.client),
    prices: prices(cluster),
    ...(metrics !== undefined && { historyDays: metrics.backfillDays }),
    gridOf: (region) => grids(cluster, region),
  });
}

function readOr<T>(faults: AppError[], read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    faults.push(error);
    return null;
  }
}

function joined(faults: AppError[]): AppError {
  return new AppError('invalid-setting', said(faults.map(({ message }) => message)), {
    nextStep: said(faults.map(({ nextStep }) => nextStep)),
  });
}

function said(lines: (string | undefined)[]): string {
  return [...new Set(lines)].join('\n');
}
