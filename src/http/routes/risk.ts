import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import type { App } from '../env.ts';
import { sendPage } from '../paging.ts';
import { Risk, pageOf, refusals, unchanged } from '../schemas.ts';
import { given, query, scope } from '../validation.ts';

const listRisk = createRoute({
  method: 'get',
  path: '/v1/risk',
  tags: ['risk'],
  summary: 'Claims by risk, highest first, with terms that add up',
  request: {
    query: query({
      ...scope,
      minScore: z
        .string('must be given once')
        .regex(/^\d{1,3}(\.\d{1,6})?$/, 'must be a number from 0 to 100')
        .transform(Number)
        .refine((score) => score <= 100, 'must be a number from 0 to 100')
        .optional(),
    }),
  },
  responses: { 200: pageOf(Risk), ...unchanged, ...refusals },
});

export function addRiskRoutes(app: App): void {
  app.openapi(listRisk, async (c) =>
    sendPage(c, await c.var.workspace.listRisk(given(c.req.valid('query')))),
  );
}
