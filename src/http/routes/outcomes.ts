import { createRoute } from '@hono/zod-openapi';
import { COVERAGE_STATES, OUTCOMES } from '../../domain/words.ts';
import type { App } from '../env.ts';
import { sendPage } from '../paging.ts';
import { Coverage, RestorePoint, Run, pageOf, refusals, unchanged } from '../schemas.ts';
import { flag, given, id, instant, oneOf, query, scope } from '../validation.ts';

const of = { policyId: id.optional(), resourceId: id.optional() };
const listRuns = createRoute({
  method: 'get',
  path: '/v1/runs',
  tags: ['outcomes'],
  summary: 'Runs, newest first, with attempts and volumes',
  request: {
    query: query({
      ...scope,
      ...of,
      outcome: oneOf(OUTCOMES).optional(),
      since: instant.optional(),
      until: instant.optional(),
    }),
  },
  responses: { 200: pageOf(Run), ...unchanged, ...refusals },
});
const listRestorePoints = createRoute({
  method: 'get',
  path: '/v1/restore-points',
  tags: ['outcomes'],
  summary: 'States one can go back to, newest first',
  request: { query: query({ ...scope, ...of, includeGone: flag.optional() }) },
  responses: { 200: pageOf(RestorePoint), ...unchanged, ...refusals },
});
const listCoverage = createRoute({
  method: 'get',
  path: '/v1/coverage',
  tags: ['outcomes'],
  summary: 'Which claims are backed up, and which are not',
  request: { query: query({ ...scope, state: oneOf(COVERAGE_STATES).optional() }) },
  responses: { 200: pageOf(Coverage), ...unchanged, ...refusals },
});

export function addOutcomeRoutes(app: App): void {
  app.openapi(listRuns, async (c) =>
    sendPage(c, await c.var.workspace.listRuns(given(c.req.valid('query')))),
  );
  app.openapi(listRestorePoints, async (c) =>
    sendPage(c, await c.var.workspace.listRestorePoints(given(c.req.valid('query')))),
  );
  app.openapi(listCoverage, async (c) =>
    sendPage(c, await c.var.workspace.listCoverage(given(c.req.valid('query')))),
  );
}
