import type {
  ClaimDetails,
  CompleteList,
  EdgeFact,
  FactBatch,
  ResourceFact,
} from '../../domain/facts.ts';
import { idOf, resourceIdOf } from '../../domain/id.ts';
import type { EngineContext, KubernetesObject } from '../engine.ts';
import { field } from '../kubernetes/object-meta.ts';
import { LINKS, readKnown, type Known } from './known-object.ts';
import { changeSet, remember } from './lookup-maps.ts';
import { climbOwners } from './owner-chain.ts';

export type InventoryChanges = Pick<
  FactBatch,
  'resources' | 'edges' | 'completeLists' | 'removedResourceIds'
>;

/** What a cluster holds, kept small: the facts' hashes, mounts and owners, never whole objects. */
export interface Inventory extends Pick<
  EngineContext,
  'claimOfPodVolume' | 'claimByUid' | 'claimOfVolume'
> {
  /** Returns the fields that could not be understood; the rest of the object counts. */
  take(kind: string, object: KubernetesObject): string[];
  remove(uid: string): void;
  /** A complete list: what else we knew of the kind there is gone. */
  retain(kind: string, namespace: string | null, uids: ReadonlySet<string>): void;
  /** The namespaces listed so far. */
  namespaces(): string[];
  /** What changed since the last call. */
  changes(): InventoryChanges;
}

const APPS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job']);
export function createInventory(clusterId: string): Inventory {
  const objects = new Map<string, Known>();
  const claimUids = new Map<string, string>();
  const podsOfClaim = new Map<string, Set<string>>();
  const podsOfApp = new Map<string, Set<string>>();
  const waiting = new Map<string, Set<string>>();
  const lastApp = new Map<string, string>();
  const told = new Map<string, { hash: string; kind: string; namespace: string }>();
  const podVolumes = new Map<string, string>();
  const claimNames = new Map<string, { namespace: string; name: string }>();
  const claimOfVolume = new Map<string, { namespace: string; name: string }>();
  const dirty = new Set<string>();
  const removed = new Set<string>();
  let listed: { kind: string; namespace: string | null }[] = [];

  const idFor = (kind: string, namespace: string, name: string): string =>
    resourceIdOf({ clusterId, kind, namespace, name });
  const climb = (pod: Known) =>
    climbOwners(pod.owner, (uid) =>
      objects.has(uid) ? (objects.get(uid)?.owner ?? null) : undefined,
    );

  function touchMounts(uid: string, pod: Known, present: boolean): void {
    for (const { claim, podVolume } of pod.mounts) {
      const key = `${pod.namespace}/${claim}`;
      if (present) remember(podVolumes, `${pod.namespace}/${pod.name}/${podVolume}`, claim);
      changeSet(podsOfClaim, key, uid, present && pod.running);
      const claimUid = claimUids.get(key);
      if (claimUid !== undefined) dirty.add(claimUid);
    }
  }

  function linkPod(uid: string, pod: Known): void {
    const { app, unread } = climb(pod);
    if (unread !== null) changeSet(waiting, unread, uid, true);
    if (app === null) return;
    changeSet(podsOfApp, app.uid, uid, true);
    if (objects.has(app.uid)) dirty.add(app.uid);
    if (pod.running)
      for (const { claim } of pod.mounts)
        lastApp.set(`${pod.namespace}/${claim}`, `${app.kind}/${app.name}`);
  }

  function take(kind: string, object: KubernetesObject): string[] {
    const uid = String(field(object, 'metadata', 'uid'));
    const old = objects.get(uid);
    const { known, faults } = readKnown(kind, object, idFor);
    if (old?.kind === 'Pod') touchMounts(uid, old, false);
    if (kind === 'Pod' && known.mounts.length === 0) {
      if (old !== undefined) remove(uid);
      return faults;
    }
    objects.set(uid, known);
    dirty.add(uid);
    if (kind === 'PersistentVolumeClaim') {
      claimUids.set(`${known.namespace}/${known.name}`, uid);
      const { namespace, name } = known;
      remember(claimNames, uid, { namespace, name });
      const volume = known.details?.volumeName ?? null;
      if (volume !== null) remember(claimOfVolume, volume, { namespace, name });
    }
    if (kind === 'Pod') {
      linkPod(uid, known);
      touchMounts(uid, known, true);
    }
    for (const pod of waiting.get(uid) ?? []) {
      const waited = objects.get(pod);
      if (waited === undefined) continue;
      linkPod(pod, waited);
      touchMounts(pod, waited, true);
      dirty.add(pod);
    }
    waiting.delete(uid);
    return faults;
  }

  function remove(uid: string): void {
    const old = objects.get(uid);
    if (old === undefined) return;
    objects.delete(uid);
    dirty.delete(uid);
    podsOfApp.delete(uid);
    if (old.kind === 'Pod') {
      touchMounts(uid, old, false);
      const { app } = climb(old);
      if (app !== null) changeSet(podsOfApp, app.uid, uid, false);
    }
    const key = `${old.namespace}/${old.name}`;
    if (old.kind === 'PersistentVolumeClaim') {
      // A claim made again under the same name may have arrived before the old one went.
      if (claimUids.get(key) !== uid) return;
      claimUids.delete(key);
      lastApp.delete(key);
    }
    const id = old.fact?.resourceId;
    if (id !== undefined && told.delete(id)) removed.add(id);
  }

  function appOf(known: Known): string | null {
    if (known.kind === 'Pod') {
      const { app } = climb(known);
      return app === null
        ? known.owner === null
          ? `Pod/${known.name}`
          : null
        : `${app.kind}/${app.name}`;
    }
    if (known.kind !== 'PersistentVolumeClaim')
      return APPS.has(known.kind) ? `${known.kind}/${known.name}` : null;
    const key = `${known.namespace}/${known.name}`;
    const apps = [...(podsOfClaim.get(key) ?? [])].flatMap((pod) => {
      const mounting = objects.get(pod);
      return mounting === undefined ? [] : (appOf(mounting) ?? []);
    });
    return apps.toSorted()[0] ?? lastApp.get(key) ?? null;
  }

  function mountsOf(known: Known): ClaimDetails['mounts'] {
    const pods = [...(podsOfClaim.get(`${known.namespace}/${known.name}`) ?? [])];
    return pods
      .flatMap((pod) => objects.get(pod)?.mounts ?? [])
      .filter(({ claim }) => claim === known.name)
      .map(({ pod, podVolume, fileSystemBackup }) => ({ pod, podVolume, fileSystemBackup }))
      .toSorted((a, b) => (`${a.pod}/${a.podVolume}` < `${b.pod}/${b.podVolume}` ? -1 : 1));
  }

  function edgesOf(uid: string, known: Known, from: string): EdgeFact[] {
    if (known.kind === 'Pod')
      return known.mounts.map(({ claim }) => ({
        fromResourceId: from,
        toResourceId: idFor('PersistentVolumeClaim', known.namespace, claim),
        kind: 'mounts' as const,
      }));
    if (known.details?.volumeName) {
      const volume = idFor('PersistentVolume', '', known.details.volumeName);
      return [{ fromResourceId: from, toResourceId: volume, kind: 'binds' }];
    }
    return [...(podsOfApp.get(uid) ?? [])].flatMap((pod) => {
      const id = objects.get(pod)?.fact?.resourceId;
      return id === undefined
        ? []
        : [{ fromResourceId: from, toResourceId: id, kind: 'owns' as const }];
    });
  }

  function tell(uid: string, into: InventoryChanges): void {
    const known = objects.get(uid);
    if (known?.fact == null) return;
    if (APPS.has(known.kind) && !podsOfApp.has(uid) && !told.has(known.fact.resourceId)) return;
    const claim = known.details === null ? null : { ...known.details, mounts: mountsOf(known) };
    const fact: ResourceFact = { ...known.fact, app: appOf(known), claim };
    const edges = edgesOf(uid, known, fact.resourceId);
    const hash = idOf(JSON.stringify([fact, edges]));
    if (told.get(fact.resourceId)?.hash === hash) return;
    told.set(fact.resourceId, { hash, kind: fact.kind, namespace: fact.namespace });
    removed.delete(fact.resourceId);
    into.resources.push(fact);
    into.edges.push(...edges);
  }

  function complete(scope: { kind: string; namespace: string | null }): CompleteList {
    const ids = [...told].filter(
      ([, { kind, namespace }]) =>
        kind === scope.kind && (scope.namespace === null || scope.namespace === namespace),
    );
    return { table: 'resources', ...scope, ids: ids.map(([id]) => id) };
  }

  return {
    take,
    remove,
    retain(kind, namespace, uids) {
      for (const [uid, known] of objects)
        if (
          known.kind === kind &&
          (namespace ?? known.namespace) === known.namespace &&
          !uids.has(uid)
        )
          remove(uid);
      if (!LINKS.has(kind)) listed.push({ kind, namespace });
    },
    namespaces: () =>
      [...objects.values()].filter(({ kind }) => kind === 'Namespace').map(({ name }) => name),
    changes() {
      const into: InventoryChanges = {
        resources: [],
        edges: [],
        completeLists: [],
        removedResourceIds: [],
      };
      for (const uid of dirty) tell(uid, into);
      into.completeLists.push(...listed.map(complete));
      into.removedResourceIds.push(...removed);
      dirty.clear();
      removed.clear();
      listed = [];
      return into;
    },
    claimOfPodVolume: (namespace, pod, podVolume) =>
      podVolumes.get(`${namespace}/${pod}/${podVolume}`) ?? null,
    claimByUid: (uid) => claimNames.get(uid) ?? null,
    claimOfVolume: (volumeName) => claimOfVolume.get(volumeName) ?? null,
  };
}
