import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { field, textOf } from '../../src/collect/kubernetes/object-meta.ts';

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}

type Item = Record<string, unknown> & { metadata: Record<string, unknown> };
type Meta = Record<string, unknown> & { name: string; namespace?: string; uid?: string };

interface Kind {
  path: string;
  plural: string;
  namespaced: boolean;
  items: Map<string, Item>;
  watches: Set<ServerResponse>;
  opened: number;
}

const send = (response: ServerResponse, code: number, body: unknown): void => {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const fail = (response: ServerResponse, code: number, reason: string, message: string): void =>
  send(response, code, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason,
    message,
    code,
  });

const groups = () =>
  ['apps', 'test.dev'].map((name) => ({
    name,
    versions: [{ groupVersion: `${name}/v1`, version: 'v1' }],
  }));
/** A small Kubernetes API for wire-level tests: answers as a real one does, and fails as it is told to. */
export async function startStubKubeApi() {
  let version = 100;
  let status: ((url: URL) => number | null) | null = null;
  let expiredContinues = 0;
  const kinds = new Map<string, Kind>();
  const requests: string[] = [];
  for (const [root, plural, namespaced] of [
    ['/api/v1', 'namespaces', false],
    ['/api/v1', 'persistentvolumeclaims', true],
    ['/api/v1', 'pods', true],
    ['/apis/apps/v1', 'replicasets', true],
    ['/apis/apps/v1', 'deployments', true],
    ['/apis/test.dev/v1', 'policies', true],
  ] as const)
    kinds.set(plural, {
      path: `${root}/${plural}`,
      plural,
      namespaced,
      items: new Map(),
      watches: new Set(),
      opened: 0,
    });

  function list(kind: Kind, namespace: string | null, url: URL, response: ServerResponse): void {
    const token = url.searchParams.get('continue');
    if (token !== null && expiredContinues > 0) {
      expiredContinues -= 1;
      return fail(response, 410, 'Expired', 'The provided continue parameter is too old');
    }
    const all = [...kind.items.values()].filter(
      (item) => namespace === null || item.metadata['namespace'] === namespace,
    );
    const start = Number(token ?? 0);
    const end = start + Number(url.searchParams.get('limit') ?? all.length);
    const more = end < all.length ? { continue: String(end) } : {};
    send(response, 200, {
      metadata: { resourceVersion: String(version), ...more },
      items: all.slice(start, end),
    });
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://stub');
    requests.push(`${request.method} ${request.url}`);
    const forced = status?.(url) ?? null;
    if (forced === 401) return fail(response, 401, 'Unauthorized', 'Unauthorized');
    if (forced === 403) return fail(response, 403, 'Forbidden', `${url.pathname} is forbidden`);
    if (forced !== null) return fail(response, forced, 'Error', 'told to fail');
    if (url.pathname === '/version') return send(response, 200, { gitVersion: 'v1.33.0' });
    if (url.pathname === '/apis') return send(response, 200, { groups: groups() });
    const found =
      /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+)(?=\/))?(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
        url.pathname,
      );
    const [, root = '', namespace = null, plural, name] = found ?? [];
    if (plural === 'selfsubjectaccessreviews') return review(request, response);
    const kind = kinds.get(plural ?? '');
    if (plural === undefined) return send(response, 200, { resources: resources(root) });
    if (kind === undefined) return void response.writeHead(404).end('404 page not found');
    if (name !== undefined) {
      const item = [...kind.items.values()].find(({ metadata }) => metadata['name'] === name);
      return item === undefined
        ? fail(response, 404, 'NotFound', 'not found')
        : send(response, 200, item);
    }
    if (url.searchParams.get('watch') !== 'true') return list(kind, namespace, url, response);
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    kind.watches.add(response);
    kind.opened += 1;
    response.on('close', () => kind.watches.delete(response));
  }

  const resources = (root: string) =>
    [...kinds.values()]
      .filter(({ path }) => path.startsWith(`${root}/`))
      .map(({ plural, namespaced }) => ({ name: plural, namespaced }));

  function review(request: IncomingMessage, response: ServerResponse): void {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const asked = (key: string): unknown =>
      field(JSON.parse(text), 'spec', 'resourceAttributes', key);
    request.on('end', () => {
      const [resource, namespace] = [String(asked('resource')), textOf(asked('namespace'))];
      const path = namespace === null ? `/x/${resource}` : `/x/namespaces/${namespace}/${resource}`;
      send(response, 201, {
        status: { allowed: (status?.(new URL(path, 'http://stub')) ?? null) === null },
      });
    });
  }

  const emit = (kind: Kind, type: string, object: unknown): void => {
    for (const watch of kind.watches) watch.write(`${JSON.stringify({ type, object })}\n`);
  };
  const kindOf = (plural: string): Kind => {
    const kind = kinds.get(plural);
    if (kind === undefined) throw new Error(`the stub serves no ${plural}`);
    return kind;
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const api = {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    requests,
    put(plural: string, metadata: Meta, rest: Record<string, unknown> = {}): void {
      const kind = kindOf(plural);
      version += 1;
      const uid = metadata.uid ?? `${plural}-${metadata.namespace ?? ''}-${metadata.name}`;
      const item = { ...rest, metadata: { uid, ...metadata, resourceVersion: String(version) } };
      const type = kind.items.has(uid) ? 'MODIFIED' : 'ADDED';
      kind.items.set(uid, item);
      emit(kind, type, item);
    },
    remove(plural: string, name: string): void {
      const kind = kindOf(plural);
      const [uid, item] =
        [...kind.items].find(([, { metadata }]) => metadata['name'] === name) ?? [];
      if (uid === undefined || item === undefined) throw new Error(`no ${plural} ${name}`);
      version += 1;
      kind.items.delete(uid);
      emit(kind, 'DELETED', {
        ...item,
        metadata: { ...item.metadata, resourceVersion: String(version) },
      });
    },
    /** Changes an object without telling any watch, as if the watch had been away. */
    forgetQuietly(plural: string, name: string): void {
      const { items } = kindOf(plural);
      for (const [uid, { metadata }] of items) if (metadata['name'] === name) items.delete(uid);
    },
    failWith(rule: typeof status): void {
      status = rule;
    },
    expireContinues(times: number): void {
      expiredContinues = times;
    },
    /** The watch answers 410 as a real one does: within a 200. */
    expireWatches(plural: string): void {
      const kind = kindOf(plural);
      emit(kind, 'ERROR', {
        kind: 'Status',
        code: 410,
        reason: 'Expired',
        message: 'too old resource version',
      });
      for (const watch of kind.watches) watch.end();
    },
    endWatches(plural: string, how: 'end' | 'destroy'): void {
      for (const watch of kindOf(plural).watches) watch[how]();
    },
    /** Watches opened so far. */
    opened: (plural: string): number => kindOf(plural).opened,
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  api.put('namespaces', { name: 'kube-system', uid: 'cluster-uid' });
  return api;
}
