import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, request as forward } from 'node:http';
import { createServer as createProbe, type AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway } from './gateway.ts';
import { query } from './postgres.ts';

/** A Supabase project's rest endpoint before one database. */
export interface SupabaseRest {
  /** What a project's URL is: `/rest/v1` lies below it. */
  url: string;
  jwtSecret: string;
  /** Legacy keys are tokens; the new ones are opaque, and the front puts the token in. */
  keys: { service: string; anon: string; newService: string; newAnon: string };
  /** `PostgREST …` or `gateway`. */
  served: string;
  stop(): Promise<void>;
}

const JWT_SECRET = 'a-secret-for-tests-of-at-least-32-characters';
const MAX_ROWS = 1_000;
const FAR = 4_102_444_800;

/** The real PostgREST of `POSTGREST_BIN` or the path, else the gateway; says on the console which one served. */
export async function openSupabaseRest(adminUrl: string): Promise<SupabaseRest> {
  const databaseUrl = await asAuthenticator(adminUrl);
  const binary = findPostgrest();
  const backend =
    binary === null
      ? {
          ...(await startGateway({ databaseUrl, jwtSecret: JWT_SECRET, maxRows: MAX_ROWS })),
          served: 'gateway',
        }
      : await startPostgrest(binary, databaseUrl);
  console.log(`Supabase's rest interface served by: ${backend.served}`);
  const keys = {
    service: signToken({ role: 'service_role', exp: FAR }),
    anon: signToken({ role: 'anon', exp: FAR }),
    newService: 'sb_secret_for_tests',
    newAnon: 'sb_publishable_for_tests',
  };
  const front = await startFront(backend.url, {
    [keys.newService]: keys.service,
    [keys.newAnon]: keys.anon,
  });
  return {
    url: front.url,
    jwtSecret: JWT_SECRET,
    keys,
    served: backend.served,
    async stop() {
      await front.stop();
      await backend.stop();
    },
  };
}

/** HS256; for tests that need a wrong one, with a secret of their own. */
export function signToken(claims: Record<string, unknown>, secret = JWT_SECRET): string {
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function findPostgrest(): string | null {
  const paths = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'postgrest'));
  return [process.env['POSTGREST_BIN'], ...paths].find((path) => path && existsSync(path)) ?? null;
}

/** The login role PostgREST uses: no rights of its own, but it may become the three roles. */
async function asAuthenticator(adminUrl: string): Promise<string> {
  await query(
    adminUrl,
    `do $$ begin
      if not exists (select from pg_roles where rolname = 'authenticator') then
        create role authenticator login noinherit;
      end if;
      grant anon, authenticated, service_role to authenticator;
    end $$`,
  );
  const url = new URL(adminUrl);
  url.username = 'authenticator';
  return url.href;
}

async function startPostgrest(binary: string, databaseUrl: string) {
  const [port, admin] = [await freePort(), await freePort()];
  const child = spawn(binary, [], {
    stdio: 'ignore',
    env: {
      PGRST_DB_URI: databaseUrl,
      PGRST_DB_SCHEMAS: 'public',
      PGRST_DB_ANON_ROLE: 'anon',
      PGRST_JWT_SECRET: JWT_SECRET,
      PGRST_SERVER_HOST: '127.0.0.1',
      PGRST_SERVER_PORT: String(port),
      PGRST_ADMIN_SERVER_PORT: String(admin),
      PGRST_DB_MAX_ROWS: String(MAX_ROWS),
      PGRST_LOG_LEVEL: 'crit',
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill();
    await ended;
  };
  for (let tries = 0; tries < 100; tries += 1) {
    const ready = await fetch(`http://127.0.0.1:${admin}/ready`).then(
      (reply) => reply.ok,
      () => false,
    );
    const server = ready ? (await fetch(url)).headers.get('server') : null;
    if (ready) return { url, stop, served: `PostgREST (${server ?? binary})` };
    await sleep(100);
  }
  await stop();
  throw new Error(`${binary} did not become ready`);
}

/** What Supabase puts before PostgREST: strips `/rest/v1`, and turns a new key without a token into its token. */
async function startFront(backend: string, tokens: Record<string, string>) {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    if (!path.startsWith('/rest/v1/')) return void response.writeHead(404).end();
    const headers = { ...request.headers };
    const token = tokens[String(headers['apikey'])];
    if (headers.authorization === undefined && token !== undefined)
      headers.authorization = `Bearer ${token}`;
    const options = { method: request.method, headers };
    const onward = forward(new URL(path.slice('/rest/v1'.length), backend), options, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createProbe().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
