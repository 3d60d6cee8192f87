import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { AppError } from '../../domain/error.ts';
import { FindingAction } from '../../domain/views.ts';
import { DELIVERIES, FINDING_KINDS, FINDING_STATES, SEVERITIES } from '../../domain/words.ts';
import type { App, Door } from '../env.ts';
import { sendPage } from '../paging.ts';
import { Finding, conflicting, json, missing, pageOf, refusals, unchanged } from '../schemas.ts';
import { given, id, instant, oneOf, query, scope, text } from '../validation.ts';

const listFindings = createRoute({
  method: 'get',
  path: '/v1/findings',
  tags: ['findings'],
  summary: 'Findings, worst first, with their evidence',
  request: {
    query: query({
      ...scope,
      state: oneOf(FINDING_STATES).optional(),
      kind: oneOf(FINDING_KINDS).optional(),
      severity: oneOf(SEVERITIES).optional(),
      resourceId: id.optional(),
      policyId: id.optional(),
      since: instant.optional(),
      delivery: oneOf(DELIVERIES).optional().describe('told at once, or in the daily summary'),
      incidentId: id.optional(),
    }),
  },
  responses: { 200: pageOf(Finding), ...unchanged, ...refusals },
});
const readFinding = createRoute({
  method: 'get',
  path: '/v1/findings/{id}',
  tags: ['findings'],
  summary: 'One finding',
  request: { params: z.object({ id }) },
  responses: { 200: json(Finding, 'The finding'), ...unchanged, ...refusals, ...missing },
});
const changeFinding = createRoute({
  method: 'post',
  path: '/v1/findings/{id}/{action}',
  tags: ['findings'],
  summary: 'Acknowledge a finding, mark it expected, or take that back',
  request: {
    params: z.object({ id, action: oneOf(FindingAction.options) }),
    body: {
      content: { 'application/json': { schema: z.strictObject({ note: text(2_000).nullish() }) } },
    },
  },
  responses: {
    200: json(Finding, 'The finding after the change'),
    ...refusals,
    ...missing,
    ...conflicting,
  },
});

export function addFindingRoutes(app: App, { options }: Door): void {
  app.openapi(listFindings, async (c) =>
    sendPage(c, await c.var.workspace.listFindings(given(c.req.valid('query')))),
  );
  app.openapi(readFinding, async (c) => {
    const { id } = c.req.valid('param');
    const finding = await c.var.workspace.readFinding(id);
    if (finding === null) throw new AppError('not-found', `No finding ${id} is known.`);
    return c.json(finding, 200);
  });
  app.openapi(changeFinding, async (c) => {
    const { id, action } = c.req.valid('param');
    const note = c.req.valid('json').note ?? null;
    return c.json(await c.var.workspace.changeFinding(id, action, note, options.clock.now()), 200);
  });
}
