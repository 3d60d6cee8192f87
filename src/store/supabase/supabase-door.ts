import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@supabase/supabase-js';
import { AppError } from '../../domain/error.ts';
import type { Door, Identity, Migrator } from '../door.ts';
import { openPostgresDoor } from '../postgres/postgres-door.ts';
import { createClaimsSigner, type ClaimsSigner } from './claims-signer.ts';
import { replyError, type ReplyFailure } from './reply-error.ts';

export interface SupabaseOptions {
  /** The project's URL, without `/rest/v1`. */
  url: string;
  /** `sb_secret_…` or the legacy service_role JWT. */
  secretKey: string;
  /** Opens the project's gateway for users' calls; without it the secret key does, and the signed claims still decide. */
  publishableKey: string | undefined;
  /** Signs users' claims (HS256); without it their calls are AppError `forbidden`. */
  jwtSecret: string | undefined;
  /** The project's direct connection, for migrations alone. */
  databaseUrl: string | undefined;
  /** A call without an answer by then is AppError `timeout`. */
  timeoutMs?: number;
}

/** PostgREST reads the schema anew after a migration and knows no new function until it has. */
const RELOAD_MS = 10_000;
const RELOAD_POLL_MS = 200;

/** A door to a Supabase project by `rpc`. Nothing is connected before the first call. */
export async function openSupabaseDoor(options: SupabaseOptions): Promise<Door> {
  const sign = options.jwtSecret === undefined ? null : createClaimsSigner(options.jwtSecret);
  const rpc = createRpc(options, sign);
  const direct =
    options.databaseUrl === undefined ? null : await openPostgresDoor({ url: options.databaseUrl });
  const running = new Set<Promise<unknown>>();
  let reloadedBy = 0;
  const noteMigration = (): void => void (reloadedBy = Date.now() + RELOAD_MS);
  return {
    way: 'supabase',
    async call(as, name, args) {
      const work = untilReloaded(
        () => rpc(as, name, args),
        () => reloadedBy,
      );
      running.add(work);
      return work.finally(() => running.delete(work));
    },
    migrator: direct?.migrator ? reloading(direct.migrator, noteMigration) : null,
    async close() {
      await Promise.allSettled(running);
      await direct?.close();
    },
  };
}

function createRpc(options: SupabaseOptions, sign: ClaimsSigner | null) {
  const service = createKeyClient(options.url, options.secretKey);
  const user = createKeyClient(options.url, options.publishableKey ?? options.secretKey);
  return async (as: Identity, name: string, args: Record<string, unknown>): Promise<unknown> => {
    const signal = AbortSignal.timeout(options.timeoutMs ?? 60_000);
    const token = as.role === 'authenticated' ? await signFor(sign, as) : null;
    const client = token === null ? service : user;
    const request = client.rpc(name, args).retry(false).abortSignal(signal);
    if (token !== null) request.setHeader('Authorization', `Bearer ${token}`);
    const reply: { data: unknown; error: ReplyFailure | null; status: number } = await request;
    // An empty 404 of a proxy arrives as 204 without an error; our functions always answer 200.
    if (reply.error === null && reply.status === 200) return reply.data;
    throw replyError(reply.status, reply.error, signal.aborted);
  };
}

function signFor(
  sign: ClaimsSigner | null,
  as: Extract<Identity, { role: 'authenticated' }>,
): Promise<string> {
  if (sign !== null) return sign(as.claims);
  throw new AppError('forbidden', 'calls of signed-in people need SUPABASE_JWT_SECRET', {
    nextStep: 'Set SUPABASE_JWT_SECRET to the JWT secret of the project, then start again.',
  });
}

function createKeyClient(url: string, key: string) {
  return createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { fetch: fetchWithoutKeyAsToken },
  });
}

/** Keys of the new style are no JWT: they go as `apikey` alone, and the project's gateway puts the token in. */
const fetchWithoutKeyAsToken: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  if (headers.get('authorization')?.startsWith('Bearer sb_')) headers.delete('authorization');
  return fetch(input, { ...init, headers });
};

/** Each migration asks PostgREST to reload with its own commit; Supabase does so too, a plain PostgREST does not. */
function reloading(migrator: Migrator, onMigrated: () => void): Migrator {
  return {
    ...migrator,
    async transaction(work) {
      const result = await migrator.transaction(async (sql) => {
        const done = await work(sql);
        await sql.exec(`notify pgrst, 'reload schema'`);
        return done;
      });
      onMigrated();
      return result;
    },
  };
}

/** An unknown function did nothing, so asking again is safe. */
async function untilReloaded<T>(ask: () => Promise<T>, until: () => number): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const unknown = error instanceof AppError && error.details['databaseCode'] === 'PGRST202';
      if (!unknown || Date.now() > until()) throw error;
      await sleep(RELOAD_POLL_MS);
    }
  }
}
