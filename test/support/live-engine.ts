import { defaultSettings } from '../../src/analyze/detectors/job-detectors.ts';
import type { EngineContext, EngineFacts, EngineReader } from '../../src/collect/engine.ts';
import { emptyBatch, type FactBatch, type ResourceFact } from '../../src/domain/facts.ts';
import { MINUTE_MS } from '../../src/domain/time.ts';
import { createClusterJudge } from '../../src/services/judge-cluster.ts';
import type { WorldEvent } from '../../src/world/home/world-event.ts';
import { createFakeStore } from './fake-store.ts';
import { CLUSTER } from './judged-facts.ts';

export interface LiveEngine {
  reader: EngineReader;
  /** What happens in the cluster. */
  life: Iterable<WorldEvent>;
  /** `group/plural` that shows the runs. */
  watched: string;
  resources: ResourceFact[];
  begin: number;
  end: number;
}

/** Events of a stretch of time as the facts a reader makes of them; a problem is a mistake of the test. */
function batchOf(
  reader: EngineReader,
  events: readonly WorldEvent[],
  context: EngineContext,
  until: number,
): FactBatch {
  const facts = events.map(({ at, change, object }): EngineFacts => {
    const observedAt = new Date(at);
    return change === 'put'
      ? reader.onObject(object.kind, object, observedAt, context)
      : reader.onDeleted(object.kind, object, observedAt, context);
  });
  const [problem] = facts.flatMap((one) => one.problems ?? []);
  if (problem !== undefined) throw new Error(problem.message);
  return {
    ...emptyBatch(CLUSTER, new Date(until)),
    policies: facts.flatMap((one) => one.policies ?? []),
    repositories: facts.flatMap((one) => one.repositories ?? []),
    runs: facts.flatMap((one) => one.runs ?? []),
    runVolumes: facts.flatMap((one) => one.runVolumes ?? []),
    restorePoints: facts.flatMap((one) => one.restorePoints ?? []),
    removedPolicyIds: facts.flatMap((one) => one.removedPolicyIds ?? []),
    removedRestorePointIds: facts.flatMap((one) => one.removedRestorePointIds ?? []),
  };
}

/** Collects and judges every half hour; gives what is open at the end and what was ever raised. */
export async function liveEngine({ reader, life, watched, resources, begin, end }: LiveEngine) {
  const store = createFakeStore();
  const judge = createClusterJudge({
    store,
    tenantId: 'local',
    clusterId: CLUSTER,
    settings: defaultSettings,
  });
  const context: EngineContext = {
    clusterId: CLUSTER,
    timeZone: 'UTC',
    memoryOf: () => null,
    claimByUid: () => null,
    claimOfPodVolume: () => null,
    claimOfVolume: () => null,
  };
  const first = emptyBatch(CLUSTER, new Date(begin));
  await store.saveFacts('local', { ...first, resources, problems: [] });
  const events = life[Symbol.iterator]();
  let next = events.next();
  for (let from = begin; from < end; from += 30 * MINUTE_MS) {
    const until = from + 30 * MINUTE_MS;
    const due: WorldEvent[] = [];
    for (; next.done !== true && next.value.at < until; next = events.next()) due.push(next.value);
    const window = { kind: watched, from: new Date(from), until: new Date(until) };
    const batch = batchOf(reader, due, context, until);
    await store.saveFacts('local', { ...batch, observedWindows: [window] });
    await judge.judge(new Date(until));
  }
  const changes = store.judgements.flatMap((one) => one.findings);
  return {
    open: [...store.open.values()].map(({ kind, subject }) => `${kind} ${subject.resource}`).sort(),
    raised: changes.filter(({ change }) => change === 'raised').length,
    findings: [...store.open.values()],
    coverage: store.judgements.findLast(({ coverage }) => coverage !== null)?.coverage ?? [],
  };
}
