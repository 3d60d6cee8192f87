import {
  weakest,
  type CarbonFigure,
  type EnergyFigure,
  type FigurePart,
  type LedgerPart,
} from '../../domain/ledger.ts';
import type { EndedRun } from './account-input.ts';
import type { Grid, StorageClass } from './prices.ts';
import { keptHours, storedBytesOf } from './run-cost.ts';
import type { RunPod } from './run-pods.ts';

const JOULES_PER_KILOWATT_HOUR = 3_600_000;
const TB_BYTES = 1e12;
const GB_BYTES = 1e9;
/** The smallest published value, of links between data centres. */
const NETWORK_KILOWATT_HOURS_PER_GB = 0.001;
const COEFFICIENTS = { source: 'Cloud Carbon Footprint coefficients', factorYear: 2021 };

/** One part's electricity, before the data centre's overhead. */
interface PartEnergy extends Omit<FigurePart, 'value'> {
  kilowattHours: number;
}

/**
 * Operational emissions of one run by ISO/IEC 21031, location-based: electricity of mover, network and storage, times
 * the data centre's overhead, times the grid's yearly mean. Hardware is not in it.
 */
export function carbonOfRun(
  run: EndedRun,
  energy: EnergyFigure,
  pods: readonly RunPod[],
  settings: { grid: Grid; storage: StorageClass | null; keepDays: number | null },
): CarbonFigure {
  const { grid } = settings;
  const found: Record<Exclude<LedgerPart, 'requests'>, PartEnergy | null> = {
    compute: computeEnergy(energy),
    network: networkEnergy(run, pods),
    storage: storageEnergy(run, settings.storage, settings.keepDays),
  };
  const used = Object.values(found).filter((part) => part !== null);
  const parts = used.map((part) => emissionOf(part, grid));
  const known = parts.length > 0;
  const kilowattHours = used.reduce((sum, part) => sum + part.kilowattHours, 0) * grid.pue;
  return {
    grams: known ? parts.reduce((sum, { value }) => sum + value, 0) : null,
    kilowattHours: known ? kilowattHours : null,
    gramsPerKilowattHour: grid.gramsPerKilowattHour,
    place: grid.place,
    pue: grid.pue,
    quality: weakest(parts.map(({ quality }) => quality)),
    source: grid.source,
    factorYear: grid.factorYear,
    parts,
    missing: (['compute', 'network', 'storage'] as const).filter((part) => found[part] === null),
  };
}

function emissionOf({ kilowattHours, ...part }: PartEnergy, grid: Grid): FigurePart {
  const value = kilowattHours * grid.pue * grid.gramsPerKilowattHour;
  const quality = weakest([part.quality, grid.quality]) ?? part.quality;
  return { ...part, value, quality };
}

function computeEnergy(energy: EnergyFigure): PartEnergy | null {
  const { joules, method, source, factorYear, quality } = energy;
  if (joules === null || method === null || source === null || quality === null) return null;
  const kilowattHours = joules / JOULES_PER_KILOWATT_HOUR;
  return { part: 'compute', kilowattHours, method, source, factorYear, quality };
}

function networkEnergy(run: EndedRun, pods: readonly RunPod[]): PartEnergy | null {
  const sent = sentBytesOf(pods);
  const bytes = sent ?? storedBytesOf(run);
  if (bytes === null) return null;
  return {
    part: 'network',
    kilowattHours: (bytes / GB_BYTES) * NETWORK_KILOWATT_HOURS_PER_GB,
    method: sent === null ? 'stored-bytes-sent/1' : 'bytes-sent/1',
    ...COEFFICIENTS,
    quality: 'modelled',
  };
}

function storageEnergy(
  run: EndedRun,
  storage: StorageClass | null,
  keepDays: number | null,
): PartEnergy | null {
  const bytes = storedBytesOf(run);
  const hours = keptHours(run, keepDays);
  if (storage === null || storage.wattHoursPerTbHour === null || bytes === null || hours === null)
    return null;
  const wattHours = (bytes / TB_BYTES) * hours * storage.wattHoursPerTbHour * storage.replication;
  return {
    part: 'storage',
    kilowattHours: wattHours / 1_000,
    method: 'added-bytes-kept/1',
    ...COEFFICIENTS,
    quality: 'modelled',
  };
}

/** Null when a pod does not tell. */
function sentBytesOf(pods: readonly RunPod[]): number | null {
  if (pods.length === 0) return null;
  return pods.reduce<number | null>(
    (sum, { pod }) => (sum === null || pod.sentBytes === null ? null : sum + pod.sentBytes),
    0,
  );
}
