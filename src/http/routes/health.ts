import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { AppError } from '../../domain/error.ts';
import { fromLoopback, whoAsks } from '../authenticate.ts';
import type { App, Door } from '../env.ts';
import { json, refusals } from '../schemas.ts';

const Ready = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean() })),
});

const livez = createRoute({
  method: 'get',
  path: '/livez',
  tags: ['health'],
  summary: 'The process answers; asks no store',
  security: [],
  responses: { 200: json(z.object({ ok: z.literal(true) }), 'Alive') },
});
const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  tags: ['health'],
  summary: 'Store and collectors answer',
  security: [],
  responses: { 200: json(Ready, 'Ready'), 503: json(Ready, 'Not ready') },
});
const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['health'],
  summary: 'Prometheus text format; open to this machine, else with a key',
  responses: {
    200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } },
    401: refusals[401],
  },
});

/** Readiness tells strangers which check fails, never its words: these may hold addresses. */
export function addHealthRoutes(app: App, { services }: Door): void {
  app.openapi(livez, (c) => c.json({ ok: true as const }, 200, { 'cache-control': 'no-store' }));
  app.openapi(readyz, async (c) => {
    const checks = (await services.readiness()).map(({ name, ok }) => ({ name, ok }));
    const ok = checks.every((check) => check.ok);
    return c.json({ ok, checks }, ok ? 200 : 503, { 'cache-control': 'no-store' });
  });
  app.openapi(metrics, async (c) => {
    if (!fromLoopback(c) && (await whoAsks(c, services.signIn)) === null) {
      throw new AppError('unauthenticated', 'Metrics need an API key, except from this machine.');
    }
    return c.body(await services.metrics(), 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'cache-control': 'no-store',
    }) as never;
  });
}
