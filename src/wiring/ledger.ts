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

/** Reads the settings of the ledger. Throws AppError `invalid-setting`. */
export function readLedgerSettings(
  config: Partial<Pick<Config, 'prices' | 'grid' | 'pue'>>,
): LedgerSettings {
  const prices = readPrices(config.prices);
  const grids = readGridSetting(config.grid, config.pue ?? null);
  return (cluster, metrics) => ({
    meter: metrics === undefined ? null : createRunMeter(metrics.client),
    prices: prices(cluster),
    ...(metrics !== undefined && { historyDays: metrics.backfillDays }),
    gridOf: (region) => grids(cluster, region),
  });
}

/** What is wrong with these settings, each by its name. */
export function ledgerMistakes({ prices, grid }: Pick<Config, 'prices' | 'grid'>): string[] {
  return [...mistakeOf(() => readPrices(prices)), ...mistakeOf(() => readGridSetting(grid, null))];
}

function mistakeOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [error.message];
  }
}
