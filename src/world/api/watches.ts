import type { ServerResponse } from 'node:http';
import { statusBody } from './api-failure.ts';
import type { WorldKind } from './kinds.ts';
import { parseVersion } from './list-pages.ts';
import type { Change, ObjectStore } from './object-store.ts';
import { represent, type Representation } from './represent.ts';
import { selectorOf, type Selector } from './selector.ts';
import type { Json, WorldObject } from './world-object.ts';

export interface WatchRequest {
  kind: WorldKind;
  namespace: string | null;
  query: URLSearchParams;
  as: Representation;
}

export interface Watches {
  /** Answers with a stream of events. Throws ApiFailure 500 for a malformed version. */
  open(request: WatchRequest, response: ServerResponse): void;
  /** How many watches of such kinds are open. */
  count(matches?: (kind: WorldKind) => boolean): number;
  /** Resolves when every watcher has taken all its bytes, or after the time. */
  drained(timeoutMs: number): Promise<void>;
  /** Ends the open watches of the plural (of all kinds without one); `cut` breaks them in the middle. */
  close(plural?: string, how?: 'end' | 'cut'): void;
}

interface Watcher {
  request: WatchRequest;
  matches: Selector;
  response: ServerResponse;
}

const DRAIN_POLL_MS = 2;
/** A real server ends a watch by itself after 30 to 60 minutes. */
const LONGEST_WATCH_SECONDS = 45 * 60;

const line = (type: string, object: Json): string => `${JSON.stringify({ type, object })}\n`;

const tooOld = (version: number, oldest: number): Json =>
  statusBody(410, 'Expired', `too old resource version: ${version} (${oldest})`);

/** What the change looks like through a selector; null when it is not seen at all. */
function seen(change: Change, matches: Selector): Change['type'] | null {
  const now = matches(change.object);
  if (change.before === null || change.type === 'DELETED') return now ? change.type : null;
  const before = matches(change.before);
  if (now) return before ? 'MODIFIED' : 'ADDED';
  return before ? 'DELETED' : null;
}

export function createWatches(store: ObjectStore): Watches {
  const watchers = new Set<Watcher>();

  function deliver({ request, matches, response }: Watcher, change: Change): void {
    const { kind, namespace, as } = request;
    if (change.kind !== kind) return;
    if (namespace !== null && change.object.metadata.namespace !== namespace) return;
    const type = seen(change, matches);
    if (type) response.write(line(type, represent(change.object, as)));
  }
  store.onChange((change) => {
    for (const watcher of watchers) deliver(watcher, change);
  });

  function sendPresent({ request, matches, response }: Watcher): void {
    const present = store.list(request.kind, request.namespace).filter(matches);
    const send = (object: WorldObject): boolean =>
      response.write(line('ADDED', represent(object, request.as)));
    present.forEach(send);
  }

  /** False when the version is too old and the watch has ended. */
  function catchUp(watcher: Watcher): boolean {
    const text = watcher.request.query.get('resourceVersion') ?? '';
    const version = text === '' ? 0 : parseVersion(text);
    watcher.response.writeHead(200, { 'Content-Type': 'application/json' });
    watcher.response.flushHeaders();
    if (version === 0) sendPresent(watcher);
    if (version === 0 || version > store.version()) return true;
    const changes = store.changesAfter(version);
    for (const change of changes ?? []) deliver(watcher, change);
    if (changes === null) watcher.response.end(line('ERROR', tooOld(version, store.compactedAt())));
    return changes !== null;
  }

  function follow(watcher: Watcher): void {
    const { query } = watcher.request;
    const version = Number(query.get('resourceVersion') ?? 0);
    const seconds = Number(query.get('timeoutSeconds') ?? 0) || LONGEST_WATCH_SECONDS;
    const timer = setTimeout(() => watcher.response.end(), seconds * 1_000);
    timer.unref();
    const isFuture = version > store.version();
    if (!isFuture) watchers.add(watcher);
    watcher.response.on('close', () => {
      clearTimeout(timer);
      watchers.delete(watcher);
    });
  }

  const pending = (): boolean =>
    [...watchers].some(({ response }) => (response.socket?.writableLength ?? 0) > 0);

  return {
    open(request, response) {
      const watcher = { request, matches: selectorOf(request.query), response };
      if (catchUp(watcher)) follow(watcher);
    },
    count: (matches = () => true) =>
      [...watchers].filter(({ request }) => matches(request.kind)).length,
    async drained(timeoutMs) {
      const until = performance.now() + timeoutMs;
      while (pending() && performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
      }
    },
    close(plural, how = 'end') {
      for (const { request, response } of watchers) {
        if (plural !== undefined && request.kind.plural !== plural) continue;
        if (how === 'cut') response.socket?.destroy();
        else response.end();
      }
    },
  };
}
