import type { ResponseContext } from '@kubernetes/client-node';
import { HttpMethod, IsomorphicFetchHttpLibrary, RequestContext } from './official-client.ts';
import { answerError, networkError } from './api-error.ts';
import type { ClusterSource } from './cluster-source.ts';
import { applyCredentials } from './credentials.ts';
import { createGate } from '../../domain/gate.ts';
import { retryAfterMs, withRetryAfter } from './retry-after.ts';

export interface KubeAnswer {
  body: unknown;
  /** The API server's clock (`Date` header, whole seconds); null when a proxy took it away. */
  date: Date | null;
}

export interface KubeStream {
  body: ReadableStreamDefaultReader<Uint8Array>;
  date: Date | null;
}

/**
 * The requests we make of a Kubernetes API: GET, and POST of access reviews, which change nothing.
 *
 * Built on the client's credentials and HTTP library. The client's own `Watch` swallows what its callback throws,
 * hides error bodies, cannot be slowed down and opens a new TLS pool for each request; `stream` does none of that.
 * Failures are AppError: `source-unreachable` (retryable), `source-unauthorized`, `source-forbidden`, `not-found`,
 * `source-invalid`. A cancelled request rejects with the signal's reason. An API that says it is busy is asked again
 * when it says so.
 */
export interface KubeClient {
  server: string;
  get(path: string, signal: AbortSignal, accept?: string): Promise<KubeAnswer>;
  post(path: string, body: unknown, signal: AbortSignal): Promise<KubeAnswer>;
  /** A GET whose body goes on; resolves when the headers are there. */
  stream(path: string, signal: AbortSignal, accept?: string): Promise<KubeStream>;
  /** Requests made so far. */
  requests(): number;
  close(): void;
}

export interface KubeClientSettings {
  /** For each try. */
  requestTimeoutMs: number;
  /** Answers under way at a time; watches, which stay open, do not count. */
  concurrentRequests: number;
}

interface Exchange {
  method: HttpMethod;
  path: string;
  accept: string;
  body?: unknown;
}

/** undici's connection pool; the client makes one per request, we keep the first until credentials are renewed. */
type Pool = NonNullable<ReturnType<RequestContext['getDispatcher']>>;

export function createKubeClient(source: ClusterSource, settings: KubeClientSettings): KubeClient {
  const http = new IsomorphicFetchHttpLibrary();
  const gate = createGate(settings.concurrentRequests);
  let requests = 0;
  let access: { config: ReturnType<ClusterSource['load']>; pool: Pool | null } | null = null;

  /** Forgets credentials and connections, once however many requests failed with them. */
  function renew(used: typeof access): void {
    if (used === null || used !== access) return;
    access = null;
    void used.pool?.close().catch(() => {});
  }

  async function send(exchange: Exchange, signal: AbortSignal): Promise<ResponseContext> {
    const used = (access ??= { config: source.load(), pool: null });
    const request = new RequestContext(
      source.server.replace(/\/+$/, '') + exchange.path,
      exchange.method,
    );
    request.setHeaderParam('Accept', exchange.accept);
    request.setHeaderParam('User-Agent', 'plimsoll');
    if (exchange.body !== undefined) {
      request.setHeaderParam('Content-Type', 'application/json');
      request.setBody(JSON.stringify(exchange.body));
    }
    request.setSignal(signal);
    try {
      await applyCredentials(used.config, request, settings.requestTimeoutMs);
    } catch (error) {
      renew(used);
      throw error;
    }
    used.pool ??= request.getDispatcher() ?? null;
    if (used.pool !== null) request.setDispatcher(used.pool);
    requests += 1;
    try {
      const response = await http.send(request).toPromise();
      if (response.httpStatusCode === 401) renew(used);
      return response;
    } catch (error) {
      if (!signal.aborted) renew(used);
      throw error;
    }
  }

  async function exchange(what: Exchange, signal: AbortSignal): Promise<KubeAnswer> {
    const limit = AbortSignal.timeout(settings.requestTimeoutMs);
    try {
      const response = await send(what, AbortSignal.any([signal, limit]));
      const text = await response.body.text();
      if (response.httpStatusCode >= 300) throw refusal(response, text, what.path);
      return { body: parseBody(text, what.path), date: dateOf(response) };
    } catch (error) {
      throw asAppError(source.server, error, signal);
    }
  }

  /** A place at the gate is given up while a busy API is left alone. */
  function patiently(what: Exchange, signal: AbortSignal): Promise<KubeAnswer> {
    return withRetryAfter(() => gate.run(() => exchange(what, signal)), signal);
  }

  async function open(path: string, signal: AbortSignal, accept: string): Promise<KubeStream> {
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new DOMException('no answer in time', 'TimeoutError')),
      settings.requestTimeoutMs,
    );
    try {
      const either = AbortSignal.any([signal, late.signal]);
      const response = await send({ method: HttpMethod.GET, path, accept }, either);
      const body = response.body.stream();
      if (response.httpStatusCode >= 300 || body === null)
        throw refusal(response, await response.body.text(), path);
      return { body: body.getReader(), date: dateOf(response) };
    } catch (error) {
      throw asAppError(source.server, error, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    server: source.server,
    get: (path, signal, accept = 'application/json') =>
      patiently({ method: HttpMethod.GET, path, accept }, signal),
    post: (path, body, signal) =>
      patiently({ method: HttpMethod.POST, path, accept: 'application/json', body }, signal),
    stream: (path, signal, accept = 'application/json') =>
      withRetryAfter(() => open(path, signal, accept), signal),
    requests: () => requests,
    close: () => renew(access),
  };
}
function refusal({ httpStatusCode, headers }: ResponseContext, body: string, path: string) {
  return answerError(httpStatusCode, body, path, retryAfterMs(headers['retry-after']));
}

function parseBody(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw answerError(200, `not JSON: ${text.slice(0, 80)}`, path);
  }
}

function dateOf(response: ResponseContext): Date | null {
  const date = new Date(response.headers['date'] ?? '');
  return Number.isNaN(date.getTime()) ? null : date;
}

function asAppError(server: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  return error instanceof Error && error.name === 'AppError' ? error : networkError(server, error);
}
