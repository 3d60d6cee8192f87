import type { Clock } from '../../src/domain/time.ts';
import { kindNamed } from '../../src/world/api/kinds.ts';
import { createObjectStore, type ObjectStore } from '../../src/world/api/object-store.ts';
import {
  createWorldApi,
  type WorldApi,
  type WorldApiOptions,
} from '../../src/world/api/world-api.ts';
import { isJson, type Json, type WorldObject } from '../../src/world/api/world-object.ts';

/** A clock that stands until it is set. */
export interface SetClock extends Clock {
  set(instant: Date): void;
}

export interface TestWorld {
  server: string;
  api: WorldApi;
  store: ObjectStore;
  clock: SetClock;
  /** Puts an object straight into the world, as a controller would have. */
  put(
    plural: string,
    namespace: string,
    name: string,
    content?: Json,
    metadata?: Json,
  ): WorldObject;
  request(
    path: string,
    init?: RequestInit,
  ): Promise<{ status: number; body: Json; text: string; headers: Headers }>;
  /** The first events of a watch, at most `count`, or all until it ends. */
  watch(path: string, count: number): Promise<Json[]>;
  stop(): Promise<void>;
}

export type TestWorldOptions = Omit<WorldApiOptions, 'clock' | 'store'> & {
  now?: Date;
  historyLimit?: number;
};

function parsed(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? value : {};
  } catch {
    return {};
  }
}

/** A field of an object's metadata; '' when it has none. */
export function metadataOf(body: Json, field: string): string {
  const metadata = isJson(body['metadata']) ? body['metadata'] : {};
  const value = metadata[field];
  return typeof value === 'string' ? value : '';
}

/** The items of a list. */
export function itemsOf(body: Json): Json[] {
  return Array.isArray(body['items']) ? body['items'].filter(isJson) : [];
}

/** A world's API with the namespaces `kube-system` and `media`, for tests that drive it themselves. */
export async function startWorld(options: TestWorldOptions = {}): Promise<TestWorld> {
  const { now = new Date('2026-11-21T05:00:00Z'), historyLimit, ...rest } = options;
  let instant = now;
  const clock: SetClock = { now: () => instant, set: (next) => void (instant = next) };
  const store = createObjectStore(historyLimit === undefined ? {} : { historyLimit });
  const api = createWorldApi({ clock, store, ...rest });
  const { server } = await api.listen();
  const put: TestWorld['put'] = (plural, namespace, name, content = {}, metadata = {}) => {
    const kind = kindNamed(plural);
    return store.put(kind, {
      apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
      kind: kind.kind,
      metadata: {
        name,
        ...(kind.namespaced && { namespace }),
        uid: `${plural}-${namespace}-${name}`,
        resourceVersion: '',
        creationTimestamp: '2026-11-01T00:00:00Z',
        generation: 1,
        ...metadata,
      },
      ...content,
    });
  };
  put('namespaces', '', 'kube-system');
  put('namespaces', '', 'media');
  return {
    server,
    api,
    store,
    clock,
    put,
    async request(path, init) {
      const response = await fetch(server + path, init);
      const text = await response.text();
      return { status: response.status, body: parsed(text), text, headers: response.headers };
    },
    async watch(path, count) {
      const abort = new AbortController();
      const response = await fetch(server + path, { signal: abort.signal });
      const events: Json[] = [];
      let rest = '';
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        rest += decoder.decode(chunk, { stream: true });
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        events.push(...lines.map(parsed));
        if (events.length >= count) break;
      }
      abort.abort();
      return events;
    },
    stop: () => api.close(),
  };
}
