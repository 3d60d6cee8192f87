import type { EnergyFigure } from '../../domain/ledger.ts';
import type { EndedRun, Readings } from './account-input.ts';
import type { EnergySeries } from './energy-series.ts';
import { agentPattern } from './mover-names.ts';
import { splitByBytes } from './split-by-bytes.ts';
import { UNKNOWN_ENERGY } from './unknown-energy.ts';
import { zonesToSum } from './zones.ts';

const SPLIT = {
  method: 'kepler-split-by-bytes/1',
  source: 'Kepler',
  quality: 'modelled',
  note: 'its share, by bytes, of agents that work for many runs',
} as const;
const NOT_TOLD = 'its agents were shared with a run of unknown size, or not seen long enough';

/** The energy of runs whose data long-lived agents move, as far as a meter tells of these; no entry for any other. */
export function sharedEnergies(
  runs: readonly EndedRun[],
  readings: Readings,
): Map<string, EnergyFigure> {
  const figures = new Map<string, EnergyFigure>();
  const groups = Map.groupBy(runs, ({ engine, namespace }) => `${engine} ${namespace}`);
  for (const [first, ...others] of groups.values()) {
    const agents = first === undefined ? [] : agentsOf(first, readings);
    if (first === undefined || agents.length === 0) continue;
    const zones = zonesToSum([...new Set(agents.map(({ zone }) => zone))]);
    for (const [runId, joules] of splitByBytes([first, ...others], agents)) {
      const figure = joules === null ? { note: NOT_TOLD } : { ...SPLIT, joules, zones };
      figures.set(runId, { ...UNKNOWN_ENERGY, ...figure });
    }
  }
  return figures;
}

function agentsOf(run: EndedRun, readings: Readings): EnergySeries[] {
  const pattern = agentPattern(run);
  if (pattern === null) return [];
  const named = new RegExp(`^${pattern}$`);
  return readings.energy.filter(
    ({ pod }) => pod.namespace === run.namespace && named.test(pod.name),
  );
}
