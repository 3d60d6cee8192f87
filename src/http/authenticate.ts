import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { AppError } from '../domain/error.ts';
import type { Caller, Services } from '../services/api.ts';
import type { AppEnv } from './env.ts';
import { isLoopback } from './guard.ts';

export const SESSION_COOKIE = 'plimsoll_session';

/** Who asks, by API key or else by session cookie; null when neither is known. */
export async function whoAsks(
  c: Context<AppEnv>,
  signIn: Services['signIn'],
): Promise<{ caller: Caller; sessionToken: string | undefined } | null> {
  const authorization = c.req.header('authorization');
  if (authorization !== undefined) {
    // An ADMIN_API_KEY is whatever its owner chose.
    const key = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1];
    const caller = key === undefined ? null : await signIn.byApiKey(key);
    return caller && { caller, sessionToken: undefined };
  }
  const sessionToken = getCookie(c, SESSION_COOKIE);
  if (sessionToken === undefined || sessionToken.length > 500) return null;
  const caller = await signIn.bySession(sessionToken);
  return caller && { caller, sessionToken };
}

/** Sets `caller` and `workspace`, or refuses with 401; a cookie may change things from our own pages only. */
export function authenticate(services: Services): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const asking = await whoAsks(c, services.signIn);
    if (asking === null) throw new AppError('unauthenticated', refusalText(c));
    if (asking.sessionToken !== undefined) refuseForeignWrites(c);
    c.set('caller', asking.caller);
    c.set('sessionToken', asking.sessionToken);
    c.set('workspace', services.as(asking.caller));
    await next();
  };
}

function refusalText(c: Context<AppEnv>): string {
  if (c.req.header('authorization') !== undefined) return 'The API key is unknown or has ended.';
  if (getCookie(c, SESSION_COOKIE) !== undefined) return 'The session has ended.';
  return 'This needs an API key or a signed-in session.';
}

function refuseForeignWrites(c: Context<AppEnv>): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)) return;
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  const host = c.req.header('host') ?? new URL(c.req.url).host;
  const ours = URL.parse(origin ?? '')?.host === host;
  if (site === 'same-origin' || (site === undefined && ours)) return;
  throw new AppError('forbidden', 'Another site may not change things with your session.', {
    nextStep: 'Use the page itself, or an API key in a script.',
  });
}

/** True for a process on this machine that no proxy speaks for. */
export function fromLoopback(c: Context<AppEnv>): boolean {
  const address = (c.env as AppEnv['Bindings'] | undefined)?.incoming?.socket.remoteAddress;
  const forwarded = c.req.header('x-forwarded-for') ?? c.req.header('forwarded');
  return address !== undefined && isLoopback(address) && forwarded === undefined;
}
