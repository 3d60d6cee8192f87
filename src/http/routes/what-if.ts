import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import type { App } from '../env.ts';
import { sendPage } from '../paging.ts';
import { Standing, WhatIf, json, missing, pageOf, refusals, unchanged } from '../schemas.ts';
import { given, name, query, text } from '../validation.ts';

const askWhatIf = createRoute({
  method: 'get',
  path: '/v1/what-if',
  tags: ['risk'],
  summary: 'What would be left of each app if this were gone now',
  request: {
    query: z.strictObject({
      lose: text(600).describe(
        '`repository:…`, `credential:…`, `namespace:…`, `cluster:…`, `storageClass:…` or `node:…`',
      ),
      clusterId: name.optional().describe('only claims of this cluster'),
    }),
  },
  responses: {
    200: json(WhatIf, 'By app, the worst first, with what the answer does not know.'),
    ...unchanged,
    ...refusals,
    ...missing,
  },
});
const listStandings = createRoute({
  method: 'get',
  path: '/v1/standings',
  tags: ['risk'],
  summary: 'What each claim stands on: its storage and its newest copies',
  request: { query: query({ clusterId: name.optional() }) },
  responses: { 200: pageOf(Standing), ...unchanged, ...refusals },
});

export function addWhatIfRoutes(app: App): void {
  app.openapi(askWhatIf, async (c) => {
    const { lose, clusterId = null } = c.req.valid('query');
    return c.json(await c.var.workspace.whatIf(lose, clusterId), 200);
  });
  app.openapi(listStandings, async (c) =>
    sendPage(c, await c.var.workspace.listStandings(given(c.req.valid('query')))),
  );
}
