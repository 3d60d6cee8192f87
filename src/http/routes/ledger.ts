import { createRoute } from '@hono/zod-openapi';
import { LEDGER_BY, LEDGER_PERIODS } from '../../domain/views.ts';
import type { App } from '../env.ts';
import { linkNext, sendPage } from '../paging.ts';
import { json, Ledger, pageOf, refusals, RunFigures, unchanged } from '../schemas.ts';
import { day, given, id, instant, name, oneOf, query, scope } from '../validation.ts';

const readLedger = createRoute({
  method: 'get',
  path: '/v1/ledger',
  tags: ['ledger'],
  summary: 'Energy, cost and carbon of the runs that ended, summed by app, policy or cluster',
  request: {
    query: query({
      ...scope,
      by: oneOf(LEDGER_BY).optional().describe('default app'),
      period: oneOf(LEDGER_PERIODS).optional().describe('default month'),
      policyId: id.optional(),
      app: name.optional().describe('as Kind/name'),
      since: day.optional().describe('from this day on, UTC'),
      until: day.optional().describe('up to this day, without it'),
    }),
  },
  responses: {
    200: json(
      Ledger,
      'Lines, newest period first, and the total of all of them, on this page or not.',
    ),
    ...unchanged,
    ...refusals,
  },
});
const listRunFigures = createRoute({
  method: 'get',
  path: '/v1/ledger/runs',
  tags: ['ledger'],
  summary: 'The figures of each run, newest first, with method, source, year and grade',
  request: {
    query: query({
      ...scope,
      policyId: id.optional(),
      since: instant.optional().describe('ended at or after'),
      until: instant.optional().describe('ended before'),
    }),
  },
  responses: { 200: pageOf(RunFigures), ...unchanged, ...refusals },
});

export function addLedgerRoutes(app: App): void {
  app.openapi(readLedger, async (c) => {
    const { by = 'app', period = 'month', ...rest } = given(c.req.valid('query'));
    const ledger = await c.var.workspace.readLedger({ ...rest, by, period });
    linkNext(c, ledger);
    return c.json(ledger, 200);
  });
  app.openapi(listRunFigures, async (c) =>
    sendPage(c, await c.var.workspace.listRunFigures(given(c.req.valid('query')))),
  );
}
