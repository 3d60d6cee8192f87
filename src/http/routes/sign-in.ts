import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { deleteCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import { AppError } from '../../domain/error.ts';
import { SESSION_COOKIE } from '../authenticate.ts';
import type { App, AppEnv, Door } from '../env.ts';
import { HttpRefusal } from '../problem.ts';
import { json, refusals } from '../schemas.ts';
import { text } from '../validation.ts';

const spend = createRoute({
  method: 'get',
  path: '/sign-in',
  tags: ['sign-in'],
  summary: 'Spends a one-time link and opens a session',
  security: [],
  request: { query: z.strictObject({ token: text(500) }) },
  responses: {
    303: { description: 'Signed in; goes to the page' },
    400: refusals[400],
    401: refusals[401],
  },
});
const signOut = createRoute({
  method: 'post',
  path: '/v1/sign-out',
  tags: ['sign-in'],
  summary: 'Ends the session',
  responses: { 204: { description: 'Signed out' }, ...refusals },
});
const Link = z.object({
  url: z.string().describe('path and query; works once'),
  expiresAt: z.string(),
});
const createLink = createRoute({
  method: 'post',
  path: '/v1/sign-in-links',
  tags: ['sign-in'],
  summary: 'Makes a new one-time link for whoever asks',
  responses: { 201: json(Link, 'The link'), ...refusals },
});

export function addSignInRoutes(app: App, { services }: Door): void {
  app.openapi(spend, async (c) => {
    c.header('cache-control', 'no-store');
    // Something that only looks ahead (HEAD) must not use up the link.
    if (c.req.method === 'HEAD')
      throw new HttpRefusal(405, 'A link is spent by GET.', 'Open the link.', { allow: 'GET' });
    const session = await services.signIn.spendLink(c.req.valid('query').token);
    if (session === null) {
      throw new AppError(
        'unauthenticated',
        'This sign-in link is unknown, expired or already used.',
        {
          nextStep: 'Run `plimsoll sign-in` for a new link.',
        },
      );
    }
    setCookie(c, SESSION_COOKIE, session.sessionToken, {
      ...cookieOptions(c),
      expires: session.expiresAt,
    });
    return c.redirect('/', 303);
  });
  app.openapi(createLink, async (c) => {
    const { token, expiresAt } = await services.signIn.createLink(c.var.caller);
    c.header('cache-control', 'no-store');
    return c.json({ url: `/sign-in?token=${token}`, expiresAt: expiresAt.toISOString() }, 201);
  });
  app.openapi(signOut, async (c) => {
    if (c.var.sessionToken !== undefined) await services.signIn.signOut(c.var.sessionToken);
    deleteCookie(c, SESSION_COOKIE, cookieOptions(c));
    return c.body(null, 204);
  });
}

function cookieOptions(c: Context<AppEnv>) {
  const secure =
    new URL(c.req.url).protocol === 'https:' || c.req.header('x-forwarded-proto') === 'https';
  return { path: '/', httpOnly: true, sameSite: 'Strict', secure } as const;
}
