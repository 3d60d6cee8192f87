import { badRequest, expiredContinue, malformedVersion, tooLargeVersion } from './api-failure.ts';
import type { WorldKind } from './kinds.ts';
import type { ObjectStore } from './object-store.ts';
import { hasSelector, selectorOf, type Selector } from './selector.ts';
import { isJson, type Json, type WorldObject } from './world-object.ts';

/** Where a list goes on. Version −1: from the present state, inconsistently. */
interface Position {
  version: number;
  start: string;
}

export interface ListPages {
  /** One page and its list metadata. Throws ApiFailure 400, 410, 500, 504. */
  page(
    kind: WorldKind,
    namespace: string | null,
    query: URLSearchParams,
  ): { objects: WorldObject[]; metadata: Json };
}

const keyOf = (object: WorldObject): string =>
  `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

function tokenOf({ version, start }: Position): string {
  const token = { v: 'meta.k8s.io/v1', rv: version, start };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function positionOf(token: string): Position {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (isJson(parsed) && typeof parsed['rv'] === 'number' && typeof parsed['start'] === 'string') {
      return { version: parsed['rv'], start: parsed['start'] };
    }
  } catch {
    // falls through to the one answer for every malformed token
  }
  throw badRequest(`continue key is not valid: ${JSON.stringify(token)}`);
}

/** A version as clients send it. Throws ApiFailure 500 when it is not a number, as a real server does. */
export function parseVersion(value: string): number {
  if (!/^\d{1,18}$/.test(value)) throw malformedVersion(value);
  return Number(value);
}

function checkVersion(query: URLSearchParams, current: number): void {
  const wanted = query.get('resourceVersion') ?? '';
  if (wanted !== '' && parseVersion(wanted) > current) throw tooLargeVersion(wanted, current);
}

/** The index of the first object at or after a key, in a list ordered by key. */
function firstFrom(state: readonly WorldObject[], start: string): number {
  let [low, high] = [0, state.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const object = state[middle];
    if (object !== undefined && keyOf(object) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** At most `limit` matching objects from an index on, and the one that follows them. */
function take(
  state: readonly WorldObject[],
  first: number,
  limit: number,
  matches: Selector,
): { objects: WorldObject[]; next: WorldObject | null } {
  const objects: WorldObject[] = [];
  for (let index = first; index < state.length; index += 1) {
    const object = state[index];
    if (object === undefined || !matches(object)) continue;
    if (objects.length >= limit) return { objects, next: object };
    objects.push(object);
  }
  return { objects, next: null };
}

/** Later pages come from the state of the first one, which is kept until compaction, at most `kept` lists. */
export function createListPages(store: ObjectStore, options: { kept?: number } = {}): ListPages {
  const { kept = 64 } = options;
  const states = new Map<string, WorldObject[]>();

  function remember(key: string, objects: WorldObject[]): void {
    states.set(key, objects);
    const [oldest] = states.keys();
    if (states.size > kept && oldest !== undefined) states.delete(oldest);
  }

  function stateAt(position: Position, scope: string, now: () => WorldObject[]): WorldObject[] {
    if (position.version === -1) return now();
    const state = states.get(`${scope}@${position.version}`);
    if (!state || position.version < store.compactedAt()) {
      throw expiredContinue(tokenOf({ version: -1, start: position.start }));
    }
    return state;
  }

  return {
    page(kind, namespace, query) {
      const matches = selectorOf(query);
      const token = query.get('continue') ?? '';
      const limit = Number(query.get('limit') ?? 0) || Number.POSITIVE_INFINITY;
      const scope = `${kind.plural}.${kind.group}/${namespace ?? '*'}`;
      if (token === '') checkVersion(query, store.version());
      const position = token === '' ? { version: -1, start: '' } : positionOf(token);
      const state = stateAt(position, scope, () => store.list(kind, namespace));
      const version = position.version === -1 ? store.version() : position.version;
      const first = firstFrom(state, position.start);
      const { objects, next } = take(state, first, limit, matches);
      const metadata: Json = { resourceVersion: String(version) };
      if (next === null) return { objects, metadata };
      remember(`${scope}@${version}`, state);
      metadata['continue'] = tokenOf({ version, start: keyOf(next) });
      if (!hasSelector(query)) metadata['remainingItemCount'] = state.length - first - limit;
      return { objects, metadata };
    },
  };
}
