import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../../domain/time.ts';
import { reviewAnswer } from './access-review.ts';
import {
  ApiFailure,
  badRequest,
  forbidden,
  forbiddenPath,
  methodNotAllowed,
  notFound,
  pageNotFound,
  unauthorized,
  unsupportedMediaType,
} from './api-failure.ts';
import { discoveryDocument } from './discovery.ts';
import { WORLD_KINDS, type WorldKind } from './kinds.ts';
import { createListPages } from './list-pages.ts';
import type { ObjectStore } from './object-store.ts';
import { listBody, represent, representationOf, type Representation } from './represent.ts';
import { allows, OPEN, userOf, type Rights, type User } from './rights.ts';
import { routeOf, type Route } from './route.ts';
import { createWatches, type Watches } from './watches.ts';
import { isJson, type Json } from './world-object.ts';
import { createWrites, type Validate } from './writes.ts';

export interface WorldApiOptions {
  clock: Clock;
  store: ObjectStore;
  /** Default: anyone may do anything. */
  rights?: Rights;
  /** Default: all the world's kinds; leave some out to play a cluster without them. */
  kinds?: readonly WorldKind[];
  /** What `/version` tells as gitVersion. */
  version?: string;
  /** Holds written objects against their definitions (422); default: accepts all. */
  validate?: Validate;
}

/** An answer given instead of the real one. */
export interface PlannedFault {
  /** Which requests: all when left out. */
  path?: RegExp;
  status: number;
  body?: Json | string;
  headers?: Record<string, string>;
  /** How often; default once. */
  times?: number;
}

export interface WorldApi {
  /** Binds a free port on 127.0.0.1. */
  listen(): Promise<{ server: string }>;
  /** Ends every connection and the server. */
  close(): Promise<void>;
  watches: Watches;
  /** Method and URL of every request since the start, newest last, at most 10,000. */
  requests(): readonly string[];
  /** How objects at this path were last asked for: null, never. */
  askedFor(path: string): Representation | null;
  /** The time told to the last request, in milliseconds since 1970; null: none has come. */
  toldAt(): number | null;
  /** Faults a test plants: answers to come, and a delay before every answer. */
  plan(fault: PlannedFault): void;
  slowBy(milliseconds: number): void;
}

const REQUESTS_KEPT = 10_000;
const BODY_LIMIT = 3 * 1_024 * 1_024;
const OPEN_PATHS = new Set(['/version', '/livez', '/readyz', '/healthz']);
const VERBS: Record<string, string> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

async function bodyOf(request: IncomingMessage): Promise<Json> {
  if (request.headers['content-type']?.includes('protobuf')) throw unsupportedMediaType();
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > BODY_LIMIT) throw new ApiFailure(413, 'request body too large');
  }
  try {
    const parsed: unknown = JSON.parse(text === '' ? '{}' : text);
    if (isJson(parsed)) return parsed;
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: ${String(error)}`);
  }
  throw badRequest('the object provided is unrecognized (must be a JSON object)');
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  code: number,
  body: Json | string,
): void {
  if (response.headersSent) return void response.destroy();
  const plain = typeof body === 'string';
  const indent = request.headers['user-agent']?.startsWith('curl/') ? 2 : undefined;
  response.writeHead(code, {
    'Content-Type': plain ? 'text/plain; charset=utf-8' : 'application/json',
  });
  response.end(plain ? body : JSON.stringify(body, null, indent));
}

const versionBody = (version: string): Json => {
  const [, major = '1', minor = '33'] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  return { major, minor, gitVersion: version, platform: 'linux/amd64' };
};

const isWatch = (query: URLSearchParams): boolean => /^(1|true)$/.test(query.get('watch') ?? '');

function verbOf(method: string, route: Route, query: URLSearchParams): string {
  if (method !== 'GET') return VERBS[method] ?? method.toLowerCase();
  if (isWatch(query)) return 'watch';
  return route.name === '' ? 'list' : 'get';
}

function authorize(user: User, route: Route, verb: string): void {
  const { kind, namespace, name, subresource } = route;
  const resource = subresource ? `${kind.plural}/${subresource}` : kind.plural;
  if (allows(user, { verb, group: kind.group, resource, namespace })) return;
  throw forbidden(user.name, verb, kind, resource, namespace, name);
}

/** A Kubernetes API over HTTP in front of an object store, as a kube-apiserver answers. */
export function createWorldApi(options: WorldApiOptions): WorldApi {
  const { clock, store, rights = OPEN, kinds = WORLD_KINDS, version = 'v1.33.0' } = options;
  const pages = createListPages(store);
  const watches = createWatches(store);
  const writes = createWrites(store, clock, options.validate ?? (() => []));
  const log: string[] = [];
  const asked = new Map<string, Representation>();
  const faults: Required<PlannedFault>[] = [];
  let delayMs = 0;
  let toldAt: number | null = null;

  function read(route: Route, query: URLSearchParams, request: IncomingMessage): Json {
    const { kind, namespace, name } = route;
    const as = representationOf(request.headers.accept);
    if (name === '') {
      const { objects, metadata } = pages.page(kind, namespace, query);
      return listBody(kind, objects, metadata, as);
    }
    const object = store.get(kind, namespace ?? '', name);
    if (!object) throw notFound(kind, name);
    return represent(object, as);
  }

  async function write(
    route: Route,
    verb: string,
    request: IncomingMessage,
  ): Promise<[number, Json]> {
    const { kind, name, subresource } = route;
    const target = { kind, namespace: route.namespace ?? '', name, subresource };
    if (verb === 'delete' && name !== '') return [200, writes.remove(target)];
    const body = await bodyOf(request);
    if (verb === 'create' && name === '') return [201, writes.create(kind, target.namespace, body)];
    if (verb === 'update' && name !== '') return [200, writes.replace(target, body)];
    if (verb !== 'patch' || name === '') throw methodNotAllowed();
    return [200, writes.patch(target, body, request.headers['content-type'] ?? '')];
  }

  /** Answers paths that name no object; null when the path may name one. */
  async function answerDocument(
    url: URL,
    user: User,
    request: IncomingMessage,
  ): Promise<[number, Json | string] | null> {
    const path = url.pathname.replace(/(.)\/$/, '$1');
    if (path === '/version') return [200, versionBody(version)];
    if (OPEN_PATHS.has(path)) return [200, 'ok'];
    const review = /^\/apis\/authorization\.k8s\.io\/v1\/(\w+)$/.exec(path)?.[1];
    if (review !== undefined && request.method === 'POST') {
      const answer = reviewAnswer(review, await bodyOf(request), user);
      return answer && [201, answer];
    }
    const document = request.method === 'GET' ? discoveryDocument(path, kinds) : null;
    if (document && user.name === 'system:anonymous') throw forbiddenPath(user.name, path);
    return document && [200, document];
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://world');
    const user = userOf(rights, request.headers.authorization);
    if (!user) throw unauthorized();
    const document = await answerDocument(url, user, request);
    if (document) return send(request, response, ...document);
    const route = routeOf(url.pathname, kinds);
    if (!route) throw pageNotFound();
    const verb = verbOf(request.method ?? 'GET', route, url.searchParams);
    authorize(user, route, verb);
    asked.set(url.pathname, representationOf(request.headers.accept));
    if (verb === 'watch') {
      const as = representationOf(request.headers.accept);
      return watches.open({ ...route, query: url.searchParams, as }, response);
    }
    if (request.method === 'GET')
      return send(request, response, 200, read(route, url.searchParams, request));
    send(request, response, ...(await write(route, verb, request)));
  }

  function plannedFor(url: string): PlannedFault | undefined {
    const fault = faults.find(({ path, times }) => times > 0 && path.test(url));
    if (fault) fault.times -= 1;
    return fault;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/';
    log.push(`${request.method ?? 'GET'} ${url}`);
    if (log.length > REQUESTS_KEPT) log.shift();
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    response.sendDate = false;
    const now = clock.now();
    toldAt = now.getTime();
    response.setHeader('Date', now.toUTCString());
    const fault = plannedFor(url);
    for (const [name, value] of Object.entries(fault?.headers ?? {}))
      response.setHeader(name, value);
    if (fault) return send(request, response, fault.status, fault.body ?? '');
    try {
      await answer(request, response);
    } catch (error) {
      const known = error instanceof ApiFailure;
      send(request, response, known ? error.code : 500, known ? error.body : String(error));
    }
  }

  const server = createServer((request, response) => void serve(request, response));
  server.requestTimeout = 0;

  return {
    watches,
    requests: () => log,
    askedFor: (path) => asked.get(path) ?? null,
    toldAt: () => toldAt,
    plan: ({ path = /^/, status, body = '', headers = {}, times = 1 }) =>
      void faults.push({ path, status, body, headers, times }),
    slowBy: (milliseconds) => void (delayMs = milliseconds),
    async listen() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      return { server: `http://127.0.0.1:${port}` };
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
