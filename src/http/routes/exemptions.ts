import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import type { App, Door } from '../env.ts';
import { missing, refusals } from '../schemas.ts';
import { id, instant, text } from '../validation.ts';

const params = z.object({ resourceId: id });
const done = { 204: { description: 'Done' }, ...refusals, ...missing };
const exempt = createRoute({
  method: 'put',
  path: '/v1/exemptions/{resourceId}',
  tags: ['exemptions'],
  summary: 'Say why a claim needs no backup',
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.strictObject({ reason: text(500), expiresAt: instant.nullish() }),
        },
      },
    },
  },
  responses: done,
});
const endExemption = createRoute({
  method: 'delete',
  path: '/v1/exemptions/{resourceId}',
  tags: ['exemptions'],
  summary: 'End an exemption',
  request: { params },
  responses: done,
});

export function addExemptionRoutes(app: App, { options }: Door): void {
  app.openapi(exempt, async (c) => {
    const { reason, expiresAt } = c.req.valid('json');
    const until = expiresAt == null ? null : new Date(expiresAt);
    await c.var.workspace.exempt(
      c.req.valid('param').resourceId,
      reason,
      until,
      options.clock.now(),
    );
    return c.body(null, 204);
  });
  app.openapi(endExemption, async (c) => {
    await c.var.workspace.exempt(c.req.valid('param').resourceId, null, null, options.clock.now());
    return c.body(null, 204);
  });
}
