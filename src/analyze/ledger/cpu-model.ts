/** Watts of one virtual CPU, idle and full, typical memory included. */
export interface CpuWatts {
  idle: number;
  full: number;
  source: string;
  year: number;
}

const CLOUD_CARBON_FOOTPRINT = 'Cloud Carbon Footprint coefficients';

const AWS: CpuWatts = {
  idle: 0.74,
  full: 3.5,
  source: `${CLOUD_CARBON_FOOTPRINT}, AWS average`,
  year: 2021,
};
const WATTS = new Map<string | null, CpuWatts>([
  [
    'azure',
    { idle: 0.78, full: 3.76, source: `${CLOUD_CARBON_FOOTPRINT}, Azure average`, year: 2021 },
  ],
  ['gcp', { idle: 0.71, full: 4.26, source: `${CLOUD_CARBON_FOOTPRINT}, GCP median`, year: 2021 }],
]);

/** Averages over processor types, by provider; any other machine is taken as one of AWS. */
export function cpuWattsOf(provider: string | null): CpuWatts {
  return WATTS.get(provider) ?? AWS;
}

const JOULES_PER_WATT_HOUR = 3_600;
const UNKNOWN_USE = 0.5;

export interface CpuUse {
  /** Core-seconds used; null: not known, then half of the reserved cores. */
  cpuSeconds: number | null;
  /** Cores requested, else limited to; null: not known, then one. */
  cores: number | null;
  durationSeconds: number;
}

/**
 * Joules of a pod from its CPU time: reserved cores draw idle power all the time, used core-seconds the difference to
 * full power. Equals (idle + use × (full − idle)) × core-hours of the Cloud Carbon Footprint.
 */
export function modelCpuJoules(use: CpuUse, watts: CpuWatts): number {
  const cores = use.cores ?? 1;
  const used = use.cpuSeconds ?? UNKNOWN_USE * cores * use.durationSeconds;
  const hours = use.durationSeconds / 3_600;
  const wattHours = watts.idle * cores * hours + ((watts.full - watts.idle) * used) / 3_600;
  return wattHours * JOULES_PER_WATT_HOUR;
}
