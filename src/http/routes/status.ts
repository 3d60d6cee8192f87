import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import type { App } from '../env.ts';
import { Status, WhoAmI, json, refusals, unchanged } from '../schemas.ts';

const readStatus = createRoute({
  method: 'get',
  path: '/v1/status',
  tags: ['status'],
  summary: 'Clusters, counts and the three worst risks',
  request: { query: z.strictObject({}) },
  responses: { 200: json(Status, 'The whole at a glance'), ...unchanged, ...refusals },
});
const whoAmI = createRoute({
  method: 'get',
  path: '/v1/me',
  tags: ['status'],
  summary: 'Who asks, and in which role',
  request: { query: z.strictObject({}) },
  responses: { 200: json(WhoAmI, 'The caller'), ...unchanged, ...refusals },
});

export function addStatusRoutes(app: App): void {
  app.openapi(readStatus, async (c) => c.json(await c.var.workspace.readStatus(), 200));
  app.openapi(whoAmI, async (c) => c.json(await c.var.workspace.whoAmI(), 200));
}
