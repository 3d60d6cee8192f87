import type { ClaimDetails, ResourceFact } from '../../domain/facts.ts';
import type { KubernetesObject } from '../engine.ts';
import { dateOf, field, textMap, textOf } from '../kubernetes/object-meta.ts';
import { claimDetails } from './claim-details.ts';
import { keptAnnotations } from './kept-annotations.ts';
import { isEnginesOwn } from './own-objects.ts';
import { ownerOf, type OwnerRef } from './owner-chain.ts';
import { podMounts, type PodMount } from './pod-mounts.ts';

/** What is kept of an object. */
export interface Known {
  kind: string;
  namespace: string;
  name: string;
  owner: OwnerRef | null;
  /** Null for kinds we only climb through. */
  fact: Omit<ResourceFact, 'app' | 'claim'> | null;
  details: ClaimDetails | null;
  mounts: PodMount[];
  running: boolean;
}

/** Kinds that are no facts; they lead from a pod to its app. */
export const LINKS = new Set(['ReplicaSet']);

/** Reads an object; `faults` are the fields that could not be understood. */
export function readKnown(
  kind: string,
  object: KubernetesObject,
  idFor: (kind: string, namespace: string, name: string) => string,
): { known: Known; faults: string[] } {
  const metadata = field(object, 'metadata');
  const namespace = textOf(field(metadata, 'namespace')) ?? '';
  const name = String(field(metadata, 'name'));
  const claim = kind === 'PersistentVolumeClaim' ? claimDetails(object) : null;
  const fact = {
    resourceId: idFor(kind, namespace, name),
    kind,
    namespace,
    name,
    uid: String(field(metadata, 'uid')),
    createdAt: dateOf(field(metadata, 'creationTimestamp')),
    labels: textMap(field(metadata, 'labels')),
    annotations: keptAnnotations(field(metadata, 'annotations')),
  };
  const phase = field(object, 'status', 'phase');
  const known: Known = {
    kind,
    namespace,
    name,
    owner: ownerOf(object),
    fact: LINKS.has(kind) ? null : fact,
    details: claim?.details ?? null,
    mounts: kind === 'Pod' && !isEnginesOwn(object) ? podMounts(object) : [],
    running: phase !== 'Succeeded' && phase !== 'Failed',
  };
  return { known, faults: claim?.faults ?? [] };
}
