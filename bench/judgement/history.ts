import { Cron } from 'croner';
import type { RunLine } from '../../src/domain/run-line.ts';
import type { Random } from '../../src/world/home/random.ts';
import { createRandom } from '../../src/world/home/random.ts';
import { FAULTS } from './faults.ts';
import type { FaultKind, PlannedRun } from './faults.ts';
import { createJob } from './fleet.ts';
import type { Cadence, Job, World } from './fleet.ts';
import { createNoise } from './noise.ts';

/** A fault that was planted, and when a finding that tells it counts. */
export interface Episode {
  job: string;
  fault: FaultKind;
  from: number;
  until: number;
  /** Drawn once a fault, 0..1. */
  strength: number;
  /** Runs struck. */
  runs: number;
}

/** A run that lasted into the next due time and so cost the job a run: findings that say so are true. */
export interface Collision {
  job: string;
  from: number;
  until: number;
}

export interface History {
  lines: string[];
  episodes: Episode[];
  collisions: Collision[];
  jobs: number;
  days: number;
  runs: number;
  /** Nothing is known of what was due from then on. */
  until: Date;
}

export interface HistoryOptions {
  seed: number | string;
  world: World;
  jobs: number;
  days: number;
  /** Faults planted per job, on average; 0: a healthy fleet. */
  faults: number;
  /** The only kinds of fault to plant. */
  only?: readonly string[];
  /** Where the first fault strikes: the run with this index (from 0), young as it is; undefined: anywhere. */
  firstAt?: number;
  /** No fault is weaker than this, 0..1. */
  leastStrength?: number;
  /** Share of runs that are bad for no stated reason: a contaminated history. */
  contaminated?: number;
}

const DAY = 86_400_000;
const FROM = Date.UTC(2025, 8, 1);
const INTERVAL: Record<Cadence, number> = {
  hourly: DAY / 24,
  'two-hourly': DAY / 12,
  'six-hourly': DAY / 4,
  'eight-hourly': DAY / 3,
  'twice-daily': DAY / 2,
  daily: DAY,
  workdays: 3 * DAY,
  'twice-weekly': 4 * DAY,
  weekly: 7 * DAY,
  monthly: 31 * DAY,
};

/** Histories of `jobs` jobs over `days` days; the same options give the same lines. */
export function createHistory(options: HistoryOptions): History {
  const { seed, world, jobs, days } = options;
  const history: History = {
    lines: [],
    episodes: [],
    collisions: [],
    jobs,
    days,
    runs: 0,
    until: new Date(FROM + days * DAY),
  };
  for (let index = 0; index < jobs; index += 1) {
    const random = createRandom('judgement', seed, world.name, index);
    const job = createJob(world, index, random);
    const runs = planRuns(job, days, random);
    const struck = plantFaults(job, runs, options, random, history.episodes);
    addBlips(job, runs, struck, options.contaminated ?? 0, random);
    writeRuns(job, runs, history);
  }
  return history;
}

function planRuns(job: Job, days: number, random: Random): PlannedRun[] {
  const noise = {
    duration: createNoise(job.noise, job.sigma.duration, random),
    size: createNoise(job.noise, job.sigma.size, random),
    added: createNoise(job.noise, job.sigma.added, random),
  };
  const cron = new Cron(job.schedule, { timezone: job.timeZone });
  const holiday = random.between(0.1, 0.9) * days;
  const step = job.steps ? random.between(0.2, 0.9) * days : Infinity;
  const stepSize = random.chance(0.5) ? random.between(1.2, 1.8) : random.between(0.65, 0.85);
  const stepSpeed = random.between(0.7, 1.5);
  const move = job.nextEngine === null ? Infinity : random.between(0.2, 0.8) * days;
  const [moveSize, moveSpeed] = [random.between(0.9, 1.1), random.between(0.5, 2)];
  const runs: PlannedRun[] = [];
  const end = FROM + days * DAY;
  for (let at = cron.nextRun(new Date(FROM)); at && at.getTime() < end; at = cron.nextRun(at)) {
    const day = (at.getTime() - FROM) / DAY;
    const moved = day > move;
    const first = runs.length === 0 || (moved && runs.at(-1)?.engine === job.engine);
    const weekend = [0, 6].includes(at.getUTCDay()) ? job.weekend : 1;
    const away = day > holiday && day < holiday + 10 ? 0.5 : 1;
    const full =
      (job.full === 'weekly' && at.getUTCDay() === 0 && at.getUTCHours() < 6) ||
      (job.full === 'monthly' && at.getUTCDate() === 1 && at.getUTCHours() < 6);
    const stepped = day > step;
    const logical =
      job.logicalBytes *
      (job.linear ? 1 + job.growth * day : Math.exp(job.growth * day)) *
      noise.size() *
      (stepped ? stepSize : 1) *
      (moved ? moveSize : 1);
    const fresh = job.change * weekend * away * noise.added();
    const added = logical * (first ? 1 : full ? 0.5 : Math.min(0.5, fresh)) * (first ? 0.6 : 1);
    const copying = (0.6 * logical + 4 * added) / job.bytesPerSecond;
    const usual = job.seconds ?? job.overhead + copying;
    const speed = (stepped ? stepSpeed : 1) * (moved ? moveSpeed : 1) * (full ? job.fullTakes : 1);
    runs.push({
      dueAt: at.getTime(),
      delay: job.startDelay * random.lognormal(0.4),
      seconds: usual * noise.duration() * speed,
      logical,
      added,
      files: Math.max(1, Math.round((logical / job.bytesPerFile) * random.lognormal(0.01))),
      dedup: 1 + (job.dedupRatio - 1) * random.lognormal(0.06),
      outcome: 'success',
      full: full && random.chance(0.5),
      engine: moved && job.nextEngine !== null ? job.nextEngine : job.engine,
    });
  }
  return runs;
}

/** Strikes runs far enough apart that each fault stands alone; returns which runs were struck. */
function plantFaults(
  job: Job,
  runs: PlannedRun[],
  options: HistoryOptions,
  random: Random,
  episodes: Episode[],
): Set<PlannedRun> {
  const struck = new Set<PlannedRun>();
  const kinds = (options.world.faults ?? FAULTS).filter(
    ({ name, needs = [] }) =>
      (options.only?.includes(name) ?? true) && !needs.some((figure) => job.untold.has(figure)),
  );
  let place = 0;
  for (let count = options.faults; count > 0; count -= 1) {
    if (!random.chance(count)) break;
    const fault = kinds[random.int(0, kinds.length - 1)]!;
    const length = random.int(...fault.runs);
    const earliest = options.firstAt ?? Math.max(place, fault.after);
    const room = runs.length - length - 12;
    const start = options.firstAt ?? random.int(earliest, Math.max(earliest, room));
    if (start < earliest || start > room) continue;
    const strength = Math.max(options.leastStrength ?? 0, random.next());
    const hit = runs.slice(start, start + length);
    hit.forEach((run, step) => {
      fault.strike(run, strength, step, length, random);
      struck.add(run);
    });
    place = start + length + 20;
    const last = hit.at(-1)!;
    episodes.push({
      job: nameOf(job),
      fault,
      from: hit[0]!.dueAt,
      strength,
      runs: length,
      until: last.dueAt + last.seconds * 1_000 + Math.max(DAY, 2 * INTERVAL[job.cadence]),
    });
  }
  return struck;
}

function nameOf({ cluster, name }: Job): string {
  return `${cluster} apps/${name}`;
}

/** Failures that the next run repairs, and in a contaminated history runs of odd length or size. */
function addBlips(
  job: Job,
  runs: PlannedRun[],
  struck: ReadonlySet<PlannedRun>,
  contaminated: number,
  random: Random,
): void {
  runs.forEach((run, index) => {
    const alone = !struck.has(run) && runs[index - 1]?.outcome === 'success';
    if (alone && random.chance(job.blip)) {
      run.outcome = 'failed';
      run.seconds *= 0.3;
    } else if (alone && random.chance(contaminated)) {
      run.seconds *= random.between(2, 6);
      run.added *= random.between(2, 8);
    }
  });
}

function writeRuns(job: Job, runs: readonly PlannedRun[], history: History): void {
  let busyUntil = 0;
  let busySince = 0;
  runs.forEach((run, index) => {
    const start = run.dueAt + run.delay * 1_000;
    if (run.outcome === null) return;
    if (start < busyUntil) {
      const until = busyUntil + 2 * INTERVAL[job.cadence];
      history.collisions.push({ job: nameOf(job), from: busySince, until });
      return;
    }
    const hung = run.outcome === 'running';
    // A hung run is killed before the second run after it.
    const killed = (runs[index + 2]?.dueAt ?? run.dueAt + 2 * DAY) - 60_000;
    const end = hung ? killed : start + Math.max(1, run.seconds) * 1_000;
    busyUntil = end;
    busySince = start;
    const good = run.outcome === 'success';
    const line = {
      v: 1,
      cluster: job.cluster,
      engine: run.engine,
      policy: `apps/${job.name}`,
      resource: `apps/${job.name}`,
      schedule: job.schedule,
      timeZone: job.timeZone,
      dueAt: new Date(run.dueAt).toISOString(),
      startedAt: new Date(Math.round(start)).toISOString(),
      endedAt: new Date(Math.round(end)).toISOString(),
      outcome: hung ? 'failed' : run.outcome,
      logicalBytes: good ? Math.round(run.logical) : null,
      addedBytes: good && !job.untold.has('added') ? Math.round(run.added) : null,
      files: good && !job.untold.has('files') ? run.files : null,
      dedupRatio: good && !job.untold.has('dedup') ? run.dedup : null,
      error: good ? null : 'the backup ended with an error',
      fullRead: run.full,
    } satisfies Partial<RunLine>;
    history.lines.push(JSON.stringify(line));
    history.runs += 1;
  });
}
