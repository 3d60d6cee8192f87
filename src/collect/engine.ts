import type { Engine } from '../domain/words.ts';
import type { CollectProblem, FactBatch } from '../domain/facts.ts';

/** A kind an engine's reader wants to see, by its fully qualified plural. */
export interface KindSpec {
  group: string;
  /** Versions it understands, best first. */
  versions: string[];
  plural: string;
  kind: string;
  /** Read before kinds of a higher rank when listing, so that references resolve. Default 0. */
  rank?: number;
}

/** A Kubernetes object as it arrived: data from outside, parsed by the engine's own schema. */
export type KubernetesObject = Record<string, unknown>;

/** Facts of one or more objects; the collector adds cluster, time, windows and problems. */
export type EngineFacts = Partial<
  Pick<
    FactBatch,
    | 'policies'
    | 'repositories'
    | 'runs'
    | 'runVolumes'
    | 'attempts'
    | 'restorePoints'
    | 'restoreRuns'
    | 'removedPolicyIds'
    | 'removedRepositoryIds'
    | 'removedRestorePointIds'
    | 'removedRestoreRunIds'
  >
> & {
  /** Objects or fields that could not be understood; the rest of the facts still holds. */
  problems?: Pick<CollectProblem, 'source' | 'code' | 'message' | 'nextStep'>[];
};

/** What a reader may ask while it turns objects into facts. */
export interface EngineContext {
  clusterId: string;
  /** The controller's time zone (setting per cluster), UTC by default. */
  timeZone: string;
  /** A policy's memory from the last batch or, after a restart, from the store. */
  memoryOf(policyId: string): string | null;
  /** Looks up the inventory read so far; null when unknown. */
  claimOfPodVolume(namespace: string, pod: string, podVolume: string): string | null;
  claimByUid(uid: string): { namespace: string; name: string } | null;
  /** The claim that is or was last bound to a PersistentVolume of this name. */
  claimOfVolume(volumeName: string): { namespace: string; name: string } | null;
}

/**
 * Turns one engine's objects into facts. Pure but for the context: reading the same object twice gives the same
 * facts. Never throws on an object it does not understand: it returns a problem.
 */
export interface EngineReader {
  engine: Engine;
  kinds: KindSpec[];
  /** An object as listed, added or modified. `observedAt` is the cluster's time. */
  onObject(
    kind: string,
    object: KubernetesObject,
    observedAt: Date,
    context: EngineContext,
  ): EngineFacts;
  /** An object that is gone. */
  onDeleted(
    kind: string,
    object: KubernetesObject,
    observedAt: Date,
    context: EngineContext,
  ): EngineFacts;
  /**
   * A list is complete, of one namespace or of all (null): what is not among these UIDs went while nobody watched. The
   * store takes away the facts that `idOf` places; a reader that remembers more forgets it here.
   */
  onListed?(
    kind: string,
    namespace: string | null,
    uids: ReadonlySet<string>,
    context: EngineContext,
  ): EngineFacts;
  /** Which table and id an object of this kind stands for, so that a complete list can tell what is gone. */
  idOf(
    kind: string,
    object: KubernetesObject,
    context: EngineContext,
  ): { table: 'policies' | 'repositories' | 'restore_points' | 'restore_runs'; id: string } | null;
  /**
   * The run that an object of this kind is, or would be: a run under way whose object a complete list leaves out ended
   * unseen. Null for kinds that are no runs; absent where runs have no objects.
   */
  runIdOf?(kind: string, object: KubernetesObject, context: EngineContext): string | null;
}
