import { WORLD_KINDS, type WorldKind } from '../api/kinds.ts';
import type { WorldEvent, WorldFrame } from '../home/world-event.ts';
import type { MetricsPlan } from '../metrics/metrics-plan.ts';

/** What a simulated cluster is and how it lives. */
export interface WorldScript {
  /** The name people use. */
  name: string;
  /** What its API serves. */
  kinds: readonly WorldKind[];
  /** How long before its first start the history begins, in milliseconds. */
  historyMs: number;
  /** How long before the history everything begins, so that every policy has run once by then. */
  warmUpMs: number;
  /** Every life in it: each a series of events in time order, the long ones without end. */
  lives(frame: WorldFrame): Generator<WorldEvent>[];
  /** What its Prometheus scrapes; absent: it has none. */
  metrics?(frame: WorldFrame): MetricsPlan;
}

/** Groups of Kubernetes itself; what backs up has others. */
const OWN_GROUPS: ReadonlySet<string> = new Set(['', 'apps', 'batch', 'storage.k8s.io']);

/** The kinds of Kubernetes itself and those of the given groups. */
export function kindsWith(groups: readonly string[]): WorldKind[] {
  return WORLD_KINDS.filter(({ group }) => OWN_GROUPS.has(group) || groups.includes(group));
}

/** Whether a kind tells of backups: a reader that watches one has begun. */
export function tellsOfBackups({ group }: WorldKind): boolean {
  return !OWN_GROUPS.has(group);
}
