import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errors as joseErrors, jwtVerify, type JWTPayload } from 'jose';
import { Pool, type PoolClient } from 'pg';
import { failureReply, gatewayError, GatewayError, type Reply } from './gateway-errors.ts';
import { findFunction, selectFrom, type RpcFunction } from './gateway-functions.ts';

/**
 * PostgREST's rpc route, as versions 12 and 13 speak it, in front of a real PostgreSQL which does roles, claims, row
 * security and errors itself. For tests on machines without PostgREST; the same checks run against a real one.
 */
export interface GatewayOptions {
  /** Of a user who may switch to anon, authenticated and service_role. */
  databaseUrl: string;
  jwtSecret: string;
  maxRows: number;
}

export interface Gateway {
  url: string;
  stop(): Promise<void>;
}

interface RpcRequest {
  method: string;
  path: string;
  name: string;
  headers: Record<string, string>;
  claims: JWTPayload & { role: string };
  withToken: boolean;
  args: Record<string, unknown>;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const pool = new Pool({ connectionString: options.databaseUrl, max: 4 });
  pool.on('error', () => {});
  const server = createServer((request, response) => {
    void answer(pool, options, request).then((reply) => send(response, reply));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pool.end();
    },
  };
}

async function answer(
  pool: Pool,
  options: GatewayOptions,
  request: IncomingMessage,
): Promise<Reply> {
  const withToken = request.headers.authorization !== undefined;
  try {
    return await callRpc(pool, await readRpc(options, request), options.maxRows);
  } catch (error) {
    return failureReply(error, withToken);
  }
}

async function readRpc(
  { jwtSecret }: GatewayOptions,
  request: IncomingMessage,
): Promise<RpcRequest> {
  const url = new URL(request.url ?? '/', 'http://gateway');
  const name = /^\/rpc\/([^/]+)$/.exec(url.pathname)?.[1];
  const claims = await readClaims(request.headers.authorization, jwtSecret);
  if (name === undefined) throw gatewayError(404, 'PGRST205', 'This gateway knows /rpc alone');
  const method = request.method ?? 'GET';
  if (!['POST', 'GET', 'HEAD'].includes(method))
    throw gatewayError(405, 'PGRST101', `Cannot use the ${method} method on RPC`);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([key, value]) => [key, String(value)]),
  );
  const schema = headers[method === 'POST' ? 'content-profile' : 'accept-profile'] ?? 'public';
  if (schema !== 'public') throw gatewayError(406, 'PGRST106', `Invalid schema: ${schema}`);
  const args =
    method === 'POST'
      ? readArguments(await readBody(request))
      : Object.fromEntries(url.searchParams);
  const withToken = request.headers.authorization !== undefined;
  return {
    method,
    path: url.pathname,
    name: decodeURIComponent(name),
    headers,
    claims,
    withToken,
    args,
  };
}

async function readClaims(header: string | undefined, secret: string) {
  if (header === undefined) return { role: 'anon' };
  try {
    const token = header.replace(/^Bearer\s+/i, '');
    const key = new TextEncoder().encode(secret);
    const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], clockTolerance: 30 });
    return { ...payload, role: typeof payload['role'] === 'string' ? payload['role'] : 'anon' };
  } catch (error) {
    const wrongTime =
      error instanceof joseErrors.JWTExpired ||
      error instanceof joseErrors.JWTClaimValidationFailed;
    const message = wrongTime ? 'JWT expired' : 'No suitable key or wrong key type';
    throw gatewayError(401, wrongTime ? 'PGRST303' : 'PGRST301', message, {
      headers: {
        'www-authenticate': `Bearer error="invalid_token", error_description="${message}"`,
      },
    });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function readArguments(body: string): Record<string, unknown> {
  if (body === '') return {};
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // falls through: the same answer for both
  }
  throw gatewayError(400, 'PGRST102', 'Empty or invalid json');
}

/** One transaction, as PostgREST does it: role, claims and the request's settings are local to it. */
async function callRpc(pool: Pool, request: RpcRequest, maxRows: number): Promise<Reply> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query(request.method === 'POST' ? 'begin' : 'begin read only');
    const found = await findFunction(client, request.name, Object.keys(request.args));
    await client
      .query(
        `select set_config('role', $1, true), set_config('request.jwt.claims', $2, true),
        set_config('request.headers', $3, true), set_config('request.method', $4, true), set_config('request.path', $5, true)`,
        [
          request.claims.role,
          JSON.stringify(request.claims),
          JSON.stringify(request.headers),
          request.method,
          request.path,
        ],
      )
      .catch((error: unknown) => {
        // PostgREST 13's status for a role that does not exist; 12 says 400.
        if ((error as { code?: string }).code === '22023')
          throw new GatewayError(401, {}, failureReply(error, true).body);
        throw error;
      });
    const reply = await execute(client, found, request, maxRows);
    await client.query('commit');
    broken = false;
    return reply;
  } catch (error) {
    broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    throw error;
  } finally {
    client.release(broken);
  }
}

interface ResultRow {
  body: string | null;
  total: string;
  shown: string;
  status: string | null;
  headers: string | null;
}

async function execute(
  client: PoolClient,
  found: RpcFunction,
  request: RpcRequest,
  maxRows: number,
): Promise<Reply> {
  const { rows } = await client.query<ResultRow>(
    selectFrom(found, Object.keys(request.args), maxRows),
    [JSON.stringify(request.args)],
  );
  const {
    rows: [settings],
  } = await client.query<{ status: string | null; headers: string | null }>(
    `select nullif(current_setting('response.status', true), '') as status,
      nullif(current_setting('response.headers', true), '') as headers`,
  );
  const reply = encode(found, rows[0] as ResultRow, request);
  const extra = JSON.parse(settings?.headers ?? '[]') as Record<string, string>[];
  return {
    ...reply,
    status: settings?.status ? Number(settings.status) : reply.status,
    headers: Object.assign(reply.headers, ...extra) as Record<string, string>,
  };
}

function encode(found: RpcFunction, row: ResultRow, request: RpcRequest): Reply {
  const json = { 'content-type': 'application/json; charset=utf-8' };
  if (found.returnsVoid) return { status: 204, headers: {}, body: '' };
  if (!found.returnsSet) return { status: 200, headers: json, body: row.body ?? 'null' };
  const shown = Number(row.shown);
  if (request.headers['accept']?.includes('application/vnd.pgrst.object+json')) {
    if (shown !== 1)
      throw gatewayError(406, 'PGRST116', 'Cannot coerce the result to a single JSON object', {
        details: `The result contains ${shown} rows`,
      });
    return {
      status: 200,
      headers: json,
      body: JSON.stringify((JSON.parse(row.body ?? '[]') as unknown[])[0]),
    };
  }
  const counted = request.headers['prefer']?.includes('count=exact') ?? false;
  const range = `${shown === 0 ? '*' : `0-${shown - 1}`}/${counted ? row.total : '*'}`;
  const status = counted && shown < Number(row.total) ? 206 : 200;
  return { status, headers: { ...json, 'content-range': range }, body: row.body ?? '[]' };
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, headers);
  response.end(body);
}
