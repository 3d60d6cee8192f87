import { addSeconds } from '../../../domain/time.ts';
import type { RunFact, RunVolumeFact } from '../../../domain/facts.ts';
import type { EngineContext, EngineFacts } from '../../engine.ts';
import type { Identity } from '../../left-out.ts';
import { pointFactOf, type SeenSnapshot } from './snapshot.ts';

type Facts = Required<Pick<EngineFacts, 'runs' | 'runVolumes' | 'restorePoints'>>;

interface SeenRun {
  uid: string;
  run: RunFact;
  repositoryId: string | null;
}
/** A Schedule that backs up, to this repository where it says so. */
interface SeenPolicy {
  uid: string;
  policyId: string;
  repositoryId: string | null;
}
interface Place {
  policies: Map<string, SeenPolicy>;
  runs: Map<string, SeenRun>;
  snapshots: Map<string, SeenSnapshot>;
}

/**
 * Which Snapshot came from which Backup. No field says so: it is the Backup of the same namespace and repository
 * during which it was taken. Holds what exists, in whatever order it comes.
 */
export interface RunBook {
  notePolicy(namespace: string, policy: SeenPolicy, context: EngineContext): Facts;
  /** Its snapshots stay told as its own. */
  forgetPolicy(namespace: string, policyId: string): void;
  noteRun(seen: SeenRun, context: EngineContext): Facts;
  noteSnapshot(seen: SeenSnapshot, context: EngineContext): Facts;
  forgetRun(namespace: string, runId: string): void;
  forgetSnapshot(namespace: string, name: string): void;
  /** Of that kind, what went while nobody watched; gives the Backups among them that were under way. */
  forgetGone(kind: string, isGone: (object: Identity) => boolean): RunFact[];
}

/** Seconds by which the clocks of the API server and of a backup pod may differ. */
const SLACK_SECONDS = 60;
const nothing = (): Facts => ({ runs: [], runVolumes: [], restorePoints: [] });

export function createRunBook(): RunBook {
  const places = new Map<string, Place>();

  function placeOf(namespace: string): Place {
    const known = places.get(namespace) ?? {
      policies: new Map(),
      runs: new Map(),
      snapshots: new Map(),
    };
    places.set(namespace, known);
    return known;
  }

  /** A Snapshot with the one Schedule that can have made it, and its part of a run that is known. */
  function factsOf(place: Place, seen: SeenSnapshot, context: EngineContext): Facts {
    const run = runOf(place, seen)?.run ?? null;
    const policyId = onlyPolicyOf(place, seen) ?? run?.policyId ?? null;
    return {
      runs:
        run === null ? [] : [{ ...run, unlistedVolumes: run.unlistedVolumes ? 'not-taken' : null }],
      runVolumes: run === null ? [] : volumesOf(run, seen),
      restorePoints: [pointFactOf(seen, policyId, context)],
    };
  }

  /** The policies changed: whose the snapshots are is told again. */
  function retold(place: Place, context: EngineContext): Facts {
    const all = [...place.snapshots.values()];
    return joined(all.map((seen) => factsOf(place, seen, context)));
  }

  return {
    notePolicy(namespace, policy, context) {
      const place = placeOf(namespace);
      const before = JSON.stringify([...place.policies]);
      place.policies.set(policy.policyId, policy);
      return JSON.stringify([...place.policies]) === before ? nothing() : retold(place, context);
    },
    forgetPolicy: (namespace, policyId) => void places.get(namespace)?.policies.delete(policyId),
    noteRun(noted, context) {
      const { run } = noted;
      const place = placeOf(run.namespace);
      place.runs.set(run.runId, noted);
      const own = [...place.snapshots.values()].filter(
        (seen) => runOf(place, seen)?.run.runId === run.runId,
      );
      const facts = joined(own.map((seen) => factsOf(place, seen, context)));
      return { ...facts, runs: facts.runs.length === 0 ? [run] : facts.runs.slice(-1) };
    },
    noteSnapshot(seen, context) {
      const place = placeOf(seen.namespace);
      place.snapshots.set(seen.name, seen);
      return factsOf(place, seen, context);
    },
    forgetRun: (namespace, runId) => void places.get(namespace)?.runs.delete(runId),
    forgetSnapshot: (namespace, name) => void places.get(namespace)?.snapshots.delete(name),
    forgetGone(kind, isGone) {
      const lost: RunFact[] = [];
      for (const [namespace, place] of places) {
        const kept = { Schedule: place.policies, Snapshot: place.snapshots, Backup: place.runs };
        const ofKind = Object.hasOwn(kept, kind) ? kept[kind as keyof typeof kept] : null;
        for (const [key, seen] of ofKind ?? [])
          if (isGone({ namespace, uid: seen.uid })) {
            ofKind?.delete(key);
            if ('run' in seen && seen.run.outcome === 'running') lost.push(seen.run);
          }
      }
      return lost;
    },
  };
}

function joined(parts: Facts[]): Facts {
  return {
    runs: parts.flatMap(({ runs }) => runs),
    runVolumes: parts.flatMap(({ runVolumes }) => runVolumes),
    restorePoints: parts.flatMap(({ restorePoints }) => restorePoints),
  };
}

/** The last run that had begun by then and had not ended before. */
function runOf(place: Place, seen: SeenSnapshot): SeenRun | null {
  let found: SeenRun | null = null;
  for (const one of place.runs.values()) {
    const { startedAt, endedAt, outcome } = one.run;
    const until = endedAt ?? (outcome === 'running' ? null : startedAt);
    const during =
      seen.takenAt >= addSeconds(startedAt, -SLACK_SECONDS) &&
      (until === null || seen.takenAt <= addSeconds(until, SLACK_SECONDS));
    const there =
      one.repositoryId === null ||
      seen.repositoryId === null ||
      one.repositoryId === seen.repositoryId;
    if (during && there && (found === null || startedAt > found.run.startedAt)) found = one;
  }
  return found;
}

function onlyPolicyOf(place: Place, { repositoryId }: SeenSnapshot): string | null {
  const fitting = [...place.policies.values()].filter(
    (used) =>
      used.repositoryId === null || repositoryId === null || used.repositoryId === repositoryId,
  );
  return fitting.length === 1 ? (fitting[0]?.policyId ?? null) : null;
}

/** A snapshot in the repository is a volume taken, however the Backup as a whole ends. */
function volumesOf(run: RunFact, seen: SeenSnapshot): RunVolumeFact[] {
  if (seen.resourceId === null) return [];
  return [
    {
      runId: run.runId,
      runDay: run.runDay,
      resourceId: seen.resourceId,
      outcome: 'success',
      startedAt: seen.takenAt,
      endedAt: run.endedAt,
      logicalBytes: null,
      addedBytes: null,
      snapshotId: seen.handle,
      message: null,
    },
  ];
}
