import { createRoute } from '@hono/zod-openapi';
import { INCIDENT_STATES } from '../../domain/words.ts';
import type { App } from '../env.ts';
import { sendPage } from '../paging.ts';
import { Incident, pageOf, refusals, unchanged } from '../schemas.ts';
import { given, instant, name, oneOf, query } from '../validation.ts';

const listIncidents = createRoute({
  method: 'get',
  path: '/v1/incidents',
  tags: ['findings'],
  summary: 'Findings of several jobs that one shared thing explains, newest first',
  request: {
    query: query({
      clusterId: name.optional(),
      state: oneOf(INCIDENT_STATES)
        .optional()
        .describe('open (default): with a finding that is not resolved'),
      since: instant.optional().describe('whose newest finding was raised at or after it'),
    }),
  },
  responses: { 200: pageOf(Incident), ...unchanged, ...refusals },
});

export function addIncidentRoutes(app: App): void {
  app.openapi(listIncidents, async (c) =>
    sendPage(c, await c.var.workspace.listIncidents(given(c.req.valid('query')))),
  );
}
