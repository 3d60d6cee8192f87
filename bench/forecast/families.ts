import { createRandom } from '../../src/world/home/random.ts';
import type { Random } from '../../src/world/home/random.ts';

/** How a family's figures are drawn: weights were fitted on `tuning`, results are quoted from `final` alone. */
export type Setting = 'tuning' | 'final';

export interface FleetSize {
  jobs: number;
  days: number;
}

interface Job {
  index: number;
  name: string;
  namespace: string;
  cron: string;
  hours: number;
  minute: number;
  seconds: number;
  bytes: number;
  random: Random;
}

/** One due time of one job, before it is decided what becomes of it. */
interface Due {
  job: Job;
  at: number;
  /** Runs of this job so far. */
  count: number;
  failedBefore: boolean;
}

/** What becomes of a run; what is left out is as usual. */
interface Fate {
  fail: number;
  slower?: number;
  lateSeconds?: number;
  warnings?: number;
  bytes?: number;
  error?: string;
}

/** A way of failing: made anew for each fleet, then asked for each due time in order. */
type Family = (random: Random, setting: Setting, jobs: readonly Job[]) => (due: Due) => Fate;

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);

const independent: Family = (random, setting) => {
  const rates = perJob(random, (r) =>
    setting === 'tuning' ? 0.25 * r.next() ** 3 : 0.4 * r.next() ** 4 + 0.005,
  );
  return ({ job }) => ({ fail: rates(job) });
};

const bursts: Family = (random, setting) => {
  const [enter, stay] = setting === 'tuning' ? ([0.05, 0.75] as const) : ([0.025, 0.85] as const);
  const chain = perJob(random, (r) => ({
    enter: enter * 2 * r.next(),
    stay: Math.min(0.97, stay + 0.2 * (r.next() - 0.5)),
  }));
  return ({ job, failedBefore }) => ({ fail: failedBefore ? chain(job).stay : chain(job).enter });
};

/** A job that is about to fail gets slower, needs retries or starts late for some runs before. */
const degrading: Family = (random, setting) => {
  const lead = setting === 'tuning' ? 6 : 9;
  const sick = perJob(random, (r) => ({ stage: 0, sign: r.int(0, 2), rate: 0.03 * r.next() }));
  return ({ job }) => {
    const state = sick(job);
    if (state.stage === 0 && random.chance(state.rate)) state.stage = 1;
    else if (state.stage > 0) state.stage += 1;
    const { stage, sign } = state;
    if (stage > lead + 4 && random.chance(0.5)) state.stage = 0;
    if (stage === 0) return { fail: 0.01 };
    const grown = Math.min(stage, lead) / lead;
    const fail = stage < lead / 2 ? 0.03 : 0.75 * grown;
    if (sign === 0) return { fail, slower: 1 + 1.2 * grown };
    return sign === 1
      ? { fail, warnings: Math.round(1 + 4 * grown) }
      : { fail, lateSeconds: 60 + 900 * grown };
  };
};

/** The target that some jobs share is away for hours or days. */
const outages: Family = (random, setting, jobs) => {
  const groups = setting === 'tuning' ? 6 : 10;
  const away = Array.from({ length: groups }, () =>
    windows(random, setting === 'tuning' ? 14 : 25, 2),
  );
  void jobs;
  return ({ job, at }) => ({
    fail: away[job.index % groups]!.some(([from, to]) => at >= from && at < to) ? 0.93 : 0.012,
    error: 'dial tcp: connect: connection refused',
  });
};

const weekends: Family = (random, setting) => {
  const kinds = perJob(random, (r) => ({
    weekend: r.chance(setting === 'tuning' ? 0.5 : 0.3),
    day: r.int(1, 5),
    rate: 0.2 + 0.6 * r.next(),
  }));
  return ({ job, at }) => {
    const { weekend, day, rate } = kinds(job);
    const now = new Date(at).getUTCDay();
    const bad = weekend ? now === 0 || now === 6 : setting === 'final' && now === day;
    return { fail: bad ? rate : 0.02 };
  };
};

/** A size grows until it meets a limit; then runs fail until somebody makes room. */
const capacity: Family = (random, setting) => {
  const disks = perJob(random, (r) => ({
    used: 0.3 + 0.5 * r.next(),
    growth: (setting === 'tuning' ? 0.02 : 0.01) * (0.3 + r.next()),
    stuck: 0,
  }));
  return ({ job }) => {
    const disk = disks(job);
    disk.used += disk.growth * (0.5 + random.next());
    if (disk.used > 1) disk.stuck += 1;
    const fail = disk.used > 1 ? 0.97 : 0.01;
    const bytes = job.bytes * disk.used;
    if (disk.stuck > 3 + random.int(0, 6)) Object.assign(disk, { used: 0.5, stuck: 0 });
    return { fail, bytes, error: 'no space left on device' };
  };
};

/** Rates that change for good from one day to the next. */
const changing: Family = (random) => {
  const parts = perJob(random, (r) =>
    Array.from({ length: 12 }, () => (r.chance(0.25) ? 0.5 * r.next() : 0.02 * r.next())),
  );
  return ({ job, at }) => ({ fail: parts(job)[Math.floor((at - START) / (21 * DAY)) % 12]! });
};

/** Every so many runs one fails: a full check, a rotated credential, a maintenance night. */
const periodic: Family = (random) => {
  const kinds = perJob(random, (r) => ({
    every: r.int(5, 20),
    skew: r.int(0, 1),
    on: r.chance(0.6),
  }));
  return ({ job, count }) => {
    const { every, on } = kinds(job);
    return { fail: on && count % every === every - 1 ? 0.9 : 0.02 };
  };
};

/** All ways at once, each job its own, with outages over all. */
const mixed: Family = (random, setting, jobs) => {
  const ways = [independent, bursts, degrading, weekends, capacity, periodic].map((make) =>
    make(random, setting, jobs),
  );
  const away = windows(random, 30, 1);
  return (due) => {
    const fate = ways[due.job.index % ways.length]!(due);
    return away.some(([from, to]) => due.at >= from && due.at < to)
      ? { ...fate, fail: 0.95 }
      : fate;
  };
};

/** Few failures, as in a fleet that is looked after. */
const rare: Family = (random) => {
  const rates = perJob(random, (r) => (r.chance(0.06) ? 0.15 * r.next() : 0.002));
  return ({ job, failedBefore }) => ({ fail: failedBefore ? 0.4 : rates(job) });
};

export const FAMILIES: Record<string, Family> = {
  independent,
  bursts,
  degrading,
  outages,
  weekends,
  capacity,
};
/** Never looked at while the weights were fitted. */
export const UNSEEN: Record<string, Family> = { changing, periodic, mixed, rare };

/** The run lines of one fleet. */
export function* fleetLines(
  family: Family,
  seed: number,
  setting: Setting,
  size: FleetSize,
): Generator<string> {
  const random = createRandom('forecast', setting, seed);
  const jobs = Array.from({ length: size.jobs }, (_, index) =>
    makeJob(random, index, seed, setting),
  );
  const fateOf = family(random, setting, jobs);
  const failed = new Map<Job, boolean>();
  const counts = new Map<Job, number>();
  for (const [at, job] of duesOf(jobs, size.days)) {
    const count = counts.get(job) ?? 0;
    counts.set(job, count + 1);
    const fate = fateOf({ job, at, count, failedBefore: failed.get(job) ?? false });
    const fails = random.chance(fate.fail);
    failed.set(job, fails);
    const missed = random.chance(fails ? 0.08 : 0.003);
    if (!missed) yield JSON.stringify(runLine(job, at, fails, fate));
  }
}

function makeJob(random: Random, index: number, seed: number, setting: Setting): Job {
  const daily = random.chance(setting === 'tuning' ? 0.8 : 0.6);
  const hours = daily ? 24 : random.chance(0.7) ? 6 : 168;
  const minute = random.int(0, 59);
  const hour = random.int(0, 5);
  const namespace = `team-${random.int(0, 11)}`;
  const crons: Record<number, string> = {
    24: `${minute} ${hour} * * *`,
    6: `${minute} */6 * * *`,
    168: `${minute} ${hour} * * 0`,
  };
  const own = createRandom('job', seed, index);
  return {
    index,
    name: `app-${index}`,
    namespace,
    cron: crons[hours]!,
    hours,
    minute: minute + (hours === 6 ? 0 : hour * 60),
    seconds: 60 * random.lognormal(1.2) + 20,
    bytes: 2e10 * random.lognormal(1.5),
    random: own,
  };
}

function duesOf(jobs: readonly Job[], days: number): [number, Job][] {
  const dues: [number, Job][] = [];
  for (const job of jobs)
    // The first Sunday for weekly jobs is six days after the Monday of the start.
    for (
      let at = START + (job.hours === 168 ? 6 * DAY : 0);
      at < START + days * DAY;
      at += job.hours * 3_600_000
    )
      dues.push([at + job.minute * 60_000, job]);
  return dues.sort((a, b) => a[0] - b[0] || a[1].index - b[1].index);
}

function runLine(job: Job, at: number, fails: boolean, fate: Fate) {
  const { random } = job;
  const start = at + (random.int(2, 40) + (fate.lateSeconds ?? 0)) * 1_000;
  const seconds =
    job.seconds * random.lognormal(0.15) * (fate.slower ?? 1) * (fails ? random.next() : 1);
  return {
    v: 1,
    cluster: 'bench',
    engine: 'volsync',
    policy: `${job.namespace}/${job.name}`,
    resource: `${job.namespace}/${job.name}`,
    schedule: job.cron,
    dueAt: new Date(at).toISOString(),
    startedAt: new Date(start).toISOString(),
    endedAt: new Date(start + 1_000 * Math.round(seconds + 1)).toISOString(),
    outcome: fails ? 'failed' : 'success',
    logicalBytes: Math.round((fate.bytes ?? job.bytes) * random.lognormal(0.01)),
    warnings: fate.warnings ?? 0,
    error: fails ? (fate.error ?? 'exit status 1') : null,
  };
}

function perJob<T>(random: Random, make: (random: Random) => T): (job: Job) => T {
  const seed = random.hex(16);
  const known = new Map<Job, T>();
  return (job) => {
    const own = known.get(job) ?? make(createRandom(seed, job.index));
    known.set(job, own);
    return own;
  };
}

/** Stretches of `hours` 4 to 60, about one every `every` days, over two years. */
function windows(random: Random, every: number, longest: number): [number, number][] {
  const list: [number, number][] = [];
  for (let at = START; at < START + 730 * DAY;) {
    at += every * DAY * -Math.log(1 - random.next());
    const to = at + DAY * longest * (0.15 + random.next());
    list.push([at, to]);
    at = to;
  }
  return list;
}
