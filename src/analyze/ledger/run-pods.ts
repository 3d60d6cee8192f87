import { SECOND_MS } from '../../domain/time.ts';
import type { EnergySeries, MeteredPod } from './energy-series.ts';
import type { EndedRun, MoverPod, Readings } from './account-input.ts';
import { moverPattern } from './mover-names.ts';

/** A run's pod with the energy series that name it. */
export interface RunPod {
  pod: MoverPod;
  energy: EnergySeries[];
}

/** A pod may begin so long before its run says it did, or after it: clocks differ. More, and it is another run's. */
const SLACK_MS = 15 * SECOND_MS;

/**
 * The mover pods of each run: by namespace and name, and of several runs of one policy the last that had begun when
 * the pod did. A pod of which only energy is told counts too.
 */
export function podsOfRuns(runs: readonly EndedRun[], readings: Readings): Map<string, RunPod[]> {
  const found = new Map<string, RunPod[]>(runs.map(({ runId }) => [runId, []]));
  const matchers = matchersOf(runs);
  for (const one of gatherPods(readings)) {
    const near = matchers.get(one.pod.namespace) ?? [];
    const own = near.filter(({ matches }) => matches.test(one.pod.name));
    const run = runOf(
      one,
      own.flatMap((matcher) => matcher.runs),
    );
    if (run !== null) found.get(run.runId)?.push(one);
  }
  return found;
}

interface Matcher {
  namespace: string;
  matches: RegExp;
  runs: EndedRun[];
}

function matchersOf(runs: readonly EndedRun[]): Map<string, Matcher[]> {
  const groups = Map.groupBy(runs, (run) => `${run.namespace}/${moverPattern(run) ?? ''}`);
  const matchers = [...groups.values()].flatMap((same) => {
    const [first] = same;
    const pattern = first === undefined ? null : moverPattern(first);
    if (first === undefined || pattern === null) return [];
    return [{ namespace: first.namespace, matches: new RegExp(`^${pattern}$`), runs: same }];
  });
  return Map.groupBy(matchers, ({ namespace }) => namespace);
}

function gatherPods({ pods, energy }: Readings): RunPod[] {
  const byUid = new Map<string, RunPod>();
  const byName = new Map<string, RunPod>();
  const add = (pod: MoverPod): RunPod => {
    const made = { pod, energy: [] };
    if (pod.uid !== null) byUid.set(pod.uid, made);
    byName.set(nameOf(pod), made);
    return made;
  };
  for (const pod of pods) add(pod);
  for (const series of energy) {
    const { pod } = series;
    const known = (pod.uid === null ? undefined : byUid.get(pod.uid)) ?? byName.get(nameOf(pod));
    (known ?? add({ ...UNTOLD, ...pod })).energy.push(series);
  }
  return [...new Set([...byUid.values(), ...byName.values()])];
}

const UNTOLD = {
  node: null,
  startedAt: null,
  endedAt: null,
  cpuSeconds: null,
  cores: null,
  sentBytes: null,
};

function nameOf({ namespace, name }: Pick<MeteredPod, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

function runOf({ pod, energy }: RunPod, runs: readonly EndedRun[]): EndedRun | null {
  const seenAt = energy
    .flatMap(({ samples }) => samples)
    .reduce((first, [at]) => Math.min(first, at * SECOND_MS), Infinity);
  const beganAt = pod.startedAt?.getTime() ?? seenAt;
  if (beganAt === Infinity) return runs.length === 1 ? (runs[0] ?? null) : null;
  const candidates = runs.filter(
    ({ startedAt, endedAt }) =>
      beganAt >= startedAt.getTime() - SLACK_MS && beganAt <= endedAt.getTime() + SLACK_MS,
  );
  const begun = candidates.filter(({ startedAt }) => startedAt.getTime() <= beganAt);
  const pool = begun.length > 0 ? begun : candidates;
  return pool.reduce<EndedRun | null>(
    (best, run) => (best === null || run.startedAt > best.startedAt ? run : best),
    null,
  );
}
