import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { DAY_MS, SECOND_MS, type Clock } from '../../domain/time.ts';
import { REMEMBERED_MS } from './book-keeper.ts';
import { evaluateAt, evaluateRange, type Row } from './promql/evaluate.ts';
import { QueryError } from './promql/expression.ts';
import { durationMs, parseQuery } from './promql/parse.ts';
import type { WorldMetrics } from './world-metrics.ts';

/** A Prometheus API over a world's metrics, on the loopback interface. */
export interface MetricsApi {
  /** Returns its address. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

const VERSION = '2.53.0+plimsoll-demo';
const MOST_STEPS = 11_000;
const MOST_BYTES = 1_000_000;

/**
 * Answers `/query`, `/query_range` and two of `/status` as Prometheus 2 does, evaluating series when asked. It knows
 * the part of PromQL that Plimsoll's own questions use and refuses the rest with 400 `bad_data`. Its clock is the
 * world's.
 */
export function createMetricsApi(metrics: WorldMetrics, clock: Clock): MetricsApi {
  const server = createServer((request, response) => {
    void answer(metrics, clock, request, response);
  });
  return {
    async listen() {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      return `http://127.0.0.1:${port}`;
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(
  metrics: WorldMetrics,
  clock: Clock,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('Date', clock.now().toUTCString());
  try {
    const { path, form } = await readRequest(request);
    const data = dataFor(path, form, metrics, clock);
    if (data === null) return send(response, 404, 'text/plain', '404 page not found\n');
    send(response, 200, 'application/json', JSON.stringify({ status: 'success', data }));
  } catch (error) {
    const type = error instanceof QueryError ? error.errorType : 'internal';
    const status = { bad_data: 400, execution: 422, internal: 500 }[type];
    const said = error instanceof Error ? error.message : String(error);
    const body = JSON.stringify({ status: 'error', errorType: type, error: said });
    send(response, status, 'application/json', body);
  }
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type });
  response.end(body);
}

async function readRequest(request: IncomingMessage) {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://world');
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    if (!(part instanceof Buffer)) continue;
    size += part.length;
    if (size > MOST_BYTES) throw new QueryError('bad_data', 'the request is too large');
    parts.push(part);
  }
  for (const [name, value] of new URLSearchParams(Buffer.concat(parts).toString()))
    searchParams.append(name, value);
  return { path: pathname, form: searchParams };
}

/** Null: there is no such path. */
function dataFor(
  path: string,
  form: URLSearchParams,
  metrics: WorldMetrics,
  clock: Clock,
): unknown {
  switch (path) {
    case '/api/v1/query': {
      const query = parseQuery(form.get('query') ?? '');
      const at = form.has('time') ? instantOf(form, 'time') : clock.now().getTime();
      const rows = evaluateAt(query, at, metrics.select);
      return query.kind === 'matrix'
        ? { resultType: 'matrix', result: rows.map(seriesOf) }
        : { resultType: 'vector', result: rows.map(elementOf) };
    }
    case '/api/v1/query_range': {
      const rows = evaluateRange(parseQuery(form.get('query') ?? ''), spanOf(form), metrics.select);
      return { resultType: 'matrix', result: rows.map(seriesOf) };
    }
    case '/api/v1/status/buildinfo':
      return { version: VERSION, revision: 'simulated by plimsoll' };
    case '/api/v1/status/runtimeinfo':
      return { storageRetention: `${REMEMBERED_MS / DAY_MS}d` };
    default:
      return null;
  }
}

function spanOf(form: URLSearchParams) {
  const step = form.get('step') ?? '';
  const stepMs = /[a-z]/.test(step) ? durationMs(step) : Number(step) * SECOND_MS;
  const span = { from: instantOf(form, 'start'), until: instantOf(form, 'end'), stepMs };
  if (!(stepMs > 0)) throw new QueryError('bad_data', 'zero or negative query resolution step');
  if (span.until < span.from) throw new QueryError('bad_data', 'end timestamp before start time');
  if ((span.until - span.from) / stepMs > MOST_STEPS)
    throw new QueryError('bad_data', 'exceeded maximum resolution of 11,000 points per timeseries');
  return span;
}

/** Unix seconds or RFC 3339. */
function instantOf(form: URLSearchParams, name: string): number {
  const text = form.get(name) ?? '';
  const at = /^[\d.]+$/.test(text) ? Number(text) * SECOND_MS : Date.parse(text);
  if (Number.isNaN(at))
    throw new QueryError(
      'bad_data',
      `cannot parse ${JSON.stringify(text)} to a valid timestamp (${name})`,
    );
  return Math.round(at);
}

const pairOf = ([at, value]: Row['samples'][number]) => [at / SECOND_MS, String(value)];

const elementOf = ({ labels, samples }: Row) => ({
  metric: labels,
  value: samples[0] === undefined ? null : pairOf(samples[0]),
});

const seriesOf = ({ labels, samples }: Row) => ({ metric: labels, values: samples.map(pairOf) });
