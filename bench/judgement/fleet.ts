import type { Engine } from '../../src/domain/words.ts';
import type { Random } from '../../src/world/home/random.ts';
import type { FaultKind } from './faults.ts';
import type { Noise } from './noise.ts';

/** What a world is like: settings of the generator. Those of tuning-worlds.ts may be looked at, final-worlds.ts not. */
export interface World {
  name: string;
  /** What is planted in it; left out: `FAULTS`. */
  faults?: readonly FaultKind[];
  /** Median seconds of a run, lowest and highest, whatever its size; left out: they follow from what is copied. */
  seconds?: readonly [number, number];
  /** The data grows by the same amount each day, not by the same factor. */
  linear?: boolean;
  /** How much longer a full backup takes; left out: no longer than any run that stores as much. */
  fullTakes?: number;
  /** Share of jobs that move to another engine once. */
  moves?: number;
  /** Chance that a job's engine does not tell a figure. */
  untold?: Partial<Record<Untold, number>>;
  noises: readonly Noise[];
  /** Lowest and highest spread of durations, sizes and added bytes (log scale). */
  duration: readonly [number, number];
  size: readonly [number, number];
  added: readonly [number, number];
  /** Growth of the data per day, log scale, lowest and highest. */
  growth: readonly [number, number];
  /** Share of jobs with a full backup each week or month, with longer weekends, and with steps that stay. */
  fulls: number;
  weekends: number;
  steps: number;
  /** Chance that a single run fails and the next one repairs it. */
  blips: readonly [number, number];
  cadences: readonly Cadence[];
  zones: readonly string[];
}

export type Untold = 'files' | 'added' | 'dedup';

export type Cadence =
  | 'hourly'
  | 'two-hourly'
  | 'six-hourly'
  | 'eight-hourly'
  | 'twice-daily'
  | 'daily'
  | 'workdays'
  | 'twice-weekly'
  | 'weekly'
  | 'monthly';

/** One backup job and how it behaves when nothing is wrong. */
export interface Job {
  name: string;
  cluster: string;
  engine: Engine;
  cadence: Cadence;
  schedule: string;
  timeZone: string;
  noise: Noise;
  sigma: { duration: number; size: number; added: number };
  growth: number;
  logicalBytes: number;
  /** Share of the data that is new in each run. */
  change: number;
  /** Seconds each run takes before it copies. */
  overhead: number;
  bytesPerSecond: number;
  bytesPerFile: number;
  dedupRatio: number;
  startDelay: number;
  full: 'weekly' | 'monthly' | null;
  weekend: number;
  steps: boolean;
  blip: number;
  /** Of each run, median; null: it follows from what is copied. */
  seconds: number | null;
  linear: boolean;
  fullTakes: number;
  /** The engine it moves to. */
  nextEngine: Engine | null;
  untold: ReadonlySet<Untold>;
}

/** Runs of these must be short to fit. */
const OFTEN: readonly Cadence[] = ['hourly', 'two-hourly'];
const ENGINES: readonly Engine[] = ['volsync', 'velero', 'k8up', 'kopiur'];

export function createJob(world: World, index: number, random: Random): Job {
  const pick = <T>(items: readonly T[]): T => items[random.int(0, items.length - 1)]!;
  const within = ([low, high]: readonly [number, number]): number => random.between(low, high);
  const cadence = pick(world.cadences);
  const logicalBytes = 10 ** random.between(8, 12);
  const job = {
    name: `app-${index}`,
    cluster: `cluster-${index % 5}`,
    engine: pick(ENGINES),
    cadence,
    schedule: scheduleOf(cadence, random),
    timeZone: pick(world.zones),
    noise: pick(world.noises),
    sigma: {
      duration: within(world.duration),
      size: within(world.size),
      added: within(world.added),
    },
    growth: within(world.growth),
    logicalBytes,
    change: 10 ** random.between(-3.5, -1.3),
    overhead: random.between(20, 240),
    bytesPerSecond: logicalBytes / random.between(60, OFTEN.includes(cadence) ? 600 : 3_600),
    bytesPerFile: 10 ** random.between(4, 6),
    dedupRatio: random.between(1.5, 9),
    startDelay: random.between(5, 120),
    full: random.chance(world.fulls) ? pick(['weekly', 'monthly'] as const) : null,
    weekend: random.chance(world.weekends) ? random.between(0.5, 1.5) : 1,
    steps: random.chance(world.steps),
    blip: within(world.blips),
  };
  const { untold = {}, seconds, linear = false, fullTakes = 1, moves = 0 } = world;
  const hidden = (['files', 'added', 'dedup'] as const).filter((name) =>
    random.chance(untold[name] ?? 0),
  );
  return {
    ...job,
    linear,
    fullTakes,
    seconds:
      seconds === undefined ? null : Math.exp(within([Math.log(seconds[0]), Math.log(seconds[1])])),
    nextEngine: random.chance(moves) ? pick(ENGINES.filter((one) => one !== job.engine)) : null,
    untold: new Set(hidden),
  };
}

function scheduleOf(cadence: Cadence, random: Random): string {
  const minute = random.int(0, 59);
  const hour = random.int(0, 23);
  if (cadence === 'hourly') return `${minute} * * * *`;
  if (cadence === 'two-hourly') return `${minute} */2 * * *`;
  if (cadence === 'eight-hourly') return `${minute} */8 * * *`;
  if (cadence === 'twice-daily') return `${minute} ${hour % 12},${(hour % 12) + 12} * * *`;
  if (cadence === 'twice-weekly') return `${minute} ${hour} * * 1,4`;
  if (cadence === 'six-hourly') return `${minute} */6 * * *`;
  if (cadence === 'workdays') return `${minute} ${hour} * * 1-5`;
  if (cadence === 'weekly') return `${minute} ${hour} * * ${random.int(0, 6)}`;
  if (cadence === 'monthly') return `${minute} ${hour} ${random.int(1, 28)} * *`;
  return `${minute} ${hour} * * *`;
}
