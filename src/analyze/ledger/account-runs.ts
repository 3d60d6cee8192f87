import type { RunLedger } from '../../domain/ledger.ts';
import type { EndedRun, Readings } from './account-input.ts';
import { cpuWattsOf } from './cpu-model.ts';
import type { Grid, Prices } from './prices.ts';
import { carbonOfRun } from './run-carbon.ts';
import { costOfRun } from './run-cost.ts';
import { betterEnergy, withKnownCompute } from './known-entry.ts';
import { energyOfRuns } from './run-energy.ts';
import { podsOfRuns } from './run-pods.ts';

/**
 * The ledger's entries of runs that have ended, one each, from what was read for them. Where an earlier entry knows more
 * of the energy, or of the core-seconds, than is told now, that stands.
 */
export function accountRuns(
  runs: readonly EndedRun[],
  readings: Readings,
  prices: Prices,
  grid: Grid,
): RunLedger[] {
  const pods = podsOfRuns(runs, readings);
  const energies = energyOfRuns(runs, pods, readings, cpuWattsOf(grid.provider));
  const { storage, keepDays } = prices;
  return runs.flatMap((run) => {
    const found = energies.get(run.runId);
    if (found === undefined) return [];
    const energy = betterEnergy(run.known?.energy, found);
    const own = pods.get(run.runId) ?? [];
    return [
      {
        runId: run.runId,
        runDay: run.runDay,
        energy,
        cost: withKnownCompute(run.known?.cost, costOfRun(run, own, prices)),
        carbon: carbonOfRun(run, energy, own, { grid, storage, keepDays }),
      },
    ];
  });
}
