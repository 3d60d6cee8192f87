import { weakest, type EnergyFigure, type Quality } from '../../domain/ledger.ts';
import { SECOND_MS } from '../../domain/time.ts';
import type { EndedRun, MoverPod, Readings } from './account-input.ts';
import { modelCpuJoules, type CpuWatts } from './cpu-model.ts';
import { moverPattern } from './mover-names.ts';
import {
  DEFAULT_LIMITS,
  podEnergy,
  type PodEnergy,
  type PodLife,
  type Unusable,
} from './pod-energy.ts';
import type { RunPod } from './run-pods.ts';
import { sharedEnergies } from './shared-energy.ts';
import { UNKNOWN_ENERGY } from './unknown-energy.ts';

const CPU_MODEL = 'cpu-time/1';

const WHY: Record<Unusable, string> = {
  'no-series': 'no meter told of this pod',
  'no-whole-zone': 'the meter tells of no zone that covers a whole socket',
  'too-little-seen': 'the meter saw less than half of the pod’s life',
  zero: 'the meter says 0 J of a pod that worked: it does not measure here',
  implausible: 'the meter says more than 1,000 W of one pod: it does not measure here',
};

/**
 * The energy of runs that have ended: of their own mover pods by meter, else by model; of runs whose data long-lived
 * agents move, by bytes. Null where no pod of this engine is known to do the work.
 */
export function energyOfRuns(
  runs: readonly EndedRun[],
  pods: ReadonlyMap<string, RunPod[]>,
  readings: Readings,
  watts: CpuWatts,
): Map<string, EnergyFigure> {
  const split = sharedEnergies(
    runs.filter(({ runId }) => (pods.get(runId) ?? []).length === 0),
    readings,
  );
  return new Map(
    runs.map((run) => [
      run.runId,
      split.get(run.runId) ?? ownEnergy(run, pods.get(run.runId) ?? [], readings, watts),
    ]),
  );
}

function ownEnergy(
  run: EndedRun,
  pods: readonly RunPod[],
  readings: Readings,
  watts: CpuWatts,
): EnergyFigure {
  if (moverPattern(run) === null)
    return { ...UNKNOWN_ENERGY, note: `no pod of its own moves the data of a ${run.engine} run` };
  const parts = pods.map((one) => energyOfPod(run, one, readings, watts));
  return parts.length > 0 ? addUp(parts) : fromNothing(run, watts);
}

function energyOfPod(
  run: EndedRun,
  { pod, energy }: RunPod,
  readings: Readings,
  watts: CpuWatts,
): EnergyFigure {
  const life = lifeOf(run, pod);
  const { scrapeIntervalSeconds } = readings;
  const metered = podEnergy(energy, life, { ...DEFAULT_LIMITS, scrapeIntervalSeconds });
  if (typeof metered !== 'string') return fromMeter(metered, readings.meterVersion);
  const durationSeconds = Math.max(0, life.endedAt - life.startedAt);
  const { cpuSeconds, cores } = pod;
  return fromModel({ cpuSeconds, cores, durationSeconds }, watts, WHY[metered]);
}

function fromMeter(metered: PodEnergy, version: string | null): EnergyFigure {
  return {
    joules: metered.joules,
    idleJoules: metered.idleJoules,
    method: `${metered.meter}/1`,
    source: version === null ? 'Kepler' : `Kepler ${version}`,
    factorYear: null,
    quality: metered.quality,
    zones: metered.zones,
    coverage: metered.coverage,
    lowerBound: metered.lowerBound,
    note: metered.lowerBound ? 'the meter began again while the pod ran' : null,
  };
}

function fromModel(
  use: Parameters<typeof modelCpuJoules>[0],
  watts: CpuWatts,
  note: string,
): EnergyFigure {
  return {
    ...UNKNOWN_ENERGY,
    joules: modelCpuJoules(use, watts),
    method: CPU_MODEL,
    source: watts.source,
    factorYear: watts.year,
    quality: use.cpuSeconds === null ? 'default' : 'modelled',
    note,
  };
}

const WORKED = new Set<EndedRun['outcome']>(['success', 'empty', 'partial']);

/**
 * Nothing told of its pod: one core, half used, for as long as the run took. A run that did not end well may have spent
 * its time waiting; then that is no measure of its work.
 */
function fromNothing(run: EndedRun, watts: CpuWatts): EnergyFigure {
  if (!WORKED.has(run.outcome))
    return { ...UNKNOWN_ENERGY, note: 'nothing told of its pod, and it may have waited' };
  const durationSeconds = (run.endedAt.getTime() - run.startedAt.getTime()) / SECOND_MS;
  return fromModel(
    { cpuSeconds: null, cores: null, durationSeconds },
    watts,
    'nothing told of its pod',
  );
}

function lifeOf(run: EndedRun, pod: MoverPod): PodLife {
  return {
    startedAt: (pod.startedAt ?? run.startedAt).getTime() / SECOND_MS,
    endedAt: (pod.endedAt ?? run.endedAt).getTime() / SECOND_MS,
    exact: pod.startedAt !== null && pod.endedAt !== null,
  };
}

/** Several pods (attempts, volumes) are one figure, as good as the weakest of them. */
function addUp(figures: readonly EnergyFigure[]): EnergyFigure {
  const [first = UNKNOWN_ENERGY] = figures;
  if (figures.length === 1) return first;
  const told = (key: 'method' | 'source' | 'note') => joined(figures.map((one) => one[key]));
  const years = figures.flatMap(({ factorYear }) => factorYear ?? []);
  const covered = figures.map(({ coverage }) => coverage);
  return {
    joules: sumOf(figures.map(({ joules }) => joules)),
    idleJoules: sumOf(figures.map(({ idleJoules }) => idleJoules)),
    method: told('method'),
    source: told('source'),
    factorYear: years.length === 0 ? null : Math.min(...years),
    quality: weakest(
      figures.flatMap(({ quality }): Quality[] => (quality === null ? [] : [quality])),
    ),
    zones: [...new Set(figures.flatMap(({ zones }) => zones))],
    coverage: covered.includes(null) ? null : Math.min(...covered.map((one) => one ?? 0)),
    lowerBound: figures.some(({ lowerBound }) => lowerBound),
    note: told('note'),
  };
}

function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0);
}

function joined(texts: readonly (string | null)[]): string | null {
  const told = [...new Set(texts.filter((text) => text !== null))];
  return told.length === 0 ? null : told.join('; ');
}
