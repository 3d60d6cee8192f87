import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import type { ObjectiveScope } from '../../domain/views.ts';
import { OBJECTIVE_LEVELS } from '../../domain/words.ts';
import type { App, Door } from '../env.ts';
import { sendPage } from '../paging.ts';
import { Objective, missing, pageOf, refusals, unchanged } from '../schemas.ts';
import { flag, given, name, oneOf, query, scope, text } from '../validation.ts';

const tags = ['objectives'];
const seconds = z
  .number('must be a number of seconds')
  .positive('must be more than 0')
  .max(1e9, 'must be at most 1000000000')
  .nullish();
const Targets = z
  .strictObject({
    rpoSeconds: seconds.describe(
      'how old the newest copy may be; left out: the wider scope counts',
    ),
    rtoSeconds: seconds.describe('how long a restore may take'),
    reason: text(500).nullish(),
  })
  .refine(({ rpoSeconds, rtoSeconds }) => (rpoSeconds ?? rtoSeconds ?? null) !== null, {
    message: 'must set rpoSeconds, rtoSeconds, or both',
  });
const body = { required: true, content: { 'application/json': { schema: Targets } } };
const responses = { 204: { description: 'Done' }, ...refusals, ...missing };

const listObjectives = createRoute({
  method: 'get',
  path: '/v1/objectives',
  tags,
  summary: 'What people ask for, the widest scope first, with every change',
  request: {
    query: query({
      ...scope,
      level: oneOf(OBJECTIVE_LEVELS).optional(),
      includeEnded: flag.optional().describe('also those that were taken back'),
    }),
  },
  responses: { 200: pageOf(Objective), ...unchanged, ...refusals },
});

interface Scope {
  path: string;
  /** The path's parameters. */
  keys: string[];
  /** For the summaries. */
  whose: string;
  scopeOf: (params: Record<string, string>) => ObjectiveScope;
}

const SCOPES: readonly Scope[] = [
  { path: 'all', keys: [], whose: 'all clusters', scopeOf: () => ({}) },
  {
    path: 'clusters/{clusterId}',
    keys: ['clusterId'],
    whose: 'a cluster',
    scopeOf: ({ clusterId = '' }) => ({ clusterId }),
  },
  {
    path: 'clusters/{clusterId}/namespaces/{namespace}',
    keys: ['clusterId', 'namespace'],
    whose: 'a namespace',
    scopeOf: ({ clusterId = '', namespace = '' }) => ({ clusterId, namespace }),
  },
  {
    path: 'resources/{resourceId}',
    keys: ['resourceId'],
    whose: 'one claim',
    scopeOf: ({ resourceId = '' }) => ({ resourceId }),
  },
];

/** Setting and taking back at one kind of scope. */
function addScope(app: App, { options }: Door, { path, keys, whose, scopeOf }: Scope): void {
  const params = z.object(Object.fromEntries(keys.map((key) => [key, name])));
  const place = { path: `/v1/objectives/${path}`, tags, responses };
  const set = createRoute({
    ...place,
    method: 'put',
    summary: `Set RPO and RTO of ${whose}; replaces what was set there`,
    request: { params, body },
  });
  const end = createRoute({
    ...place,
    method: 'delete',
    summary: `Take back the objective of ${whose}; the wider scope counts again`,
    request: { params },
  });
  app.openapi(set, async (c) => {
    const { rpoSeconds = null, rtoSeconds = null, reason = null } = c.req.valid('json');
    const targets = { rpoSeconds, rtoSeconds, reason };
    await c.var.workspace.setObjective(scopeOf(c.req.valid('param')), targets, options.clock.now());
    return c.body(null, 204);
  });
  app.openapi(end, async (c) => {
    const targets = { rpoSeconds: null, rtoSeconds: null, reason: null };
    await c.var.workspace.setObjective(scopeOf(c.req.valid('param')), targets, options.clock.now());
    return c.body(null, 204);
  });
}

export function addObjectiveRoutes(app: App, door: Door): void {
  app.openapi(listObjectives, async (c) =>
    sendPage(c, await c.var.workspace.listObjectives(given(c.req.valid('query')))),
  );
  for (const one of SCOPES) addScope(app, door, one);
}
