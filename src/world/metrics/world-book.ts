import { isJson, type Json } from '../api/world-object.ts';
import type {
  AgentWork,
  LonghornVolume,
  WorldClaim,
  WorldJob,
  WorldLocation,
  WorldMover,
  WorldPolicy,
} from './world-runs.ts';

/** What a world's events told of runs, pods, claims and locations: all that its metrics are made of. */
export interface WorldBook {
  policies: Map<string, WorldPolicy>;
  /** Oldest end first, nearly: events come in time order. */
  movers: WorldMover[];
  agents: AgentWork[];
  claims: Map<string, WorldClaim>;
  jobs: Map<string, WorldJob>;
  locations: Map<string, WorldLocation>;
  volumes: Map<string, LonghornVolume>;
  /** When runs under way began, by their object. */
  begun: Map<string, number>;
}

/** A text deep in an object; empty when there is none. */
export function textAt(object: Json, ...path: string[]): string {
  let value: unknown = object;
  for (const name of path) value = isJson(value) ? value[name] : undefined;
  return typeof value === 'string' ? value : '';
}

/** An instant deep in an object; null when there is none. */
export function instantAt(object: Json, ...path: string[]): number | null {
  const at = Date.parse(textAt(object, ...path));
  return Number.isNaN(at) ? null : at;
}

/** The policy of that name, made when first told of. */
export function policyIn(
  { policies }: WorldBook,
  engine: WorldPolicy['engine'],
  namespace: string,
  name: string,
): WorldPolicy {
  const key = `${engine} ${namespace}/${name}`;
  const known = policies.get(key);
  if (known !== undefined) return known;
  const made: WorldPolicy = {
    engine,
    namespace,
    name,
    method: '',
    periodMs: null,
    runs: [],
    goneAt: Infinity,
  };
  policies.set(key, made);
  return made;
}
