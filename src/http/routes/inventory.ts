import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { AppError } from '../../domain/error.ts';
import { ENGINES } from '../../domain/words.ts';
import type { App } from '../env.ts';
import { sendPage } from '../paging.ts';
import {
  Cluster,
  Policy,
  Resource,
  ResourceWhole,
  json,
  missing,
  pageOf,
  refusals,
  unchanged,
} from '../schemas.ts';
import { flag, given, id, name, oneOf, query, scope } from '../validation.ts';

const listClusters = createRoute({
  method: 'get',
  path: '/v1/clusters',
  tags: ['inventory'],
  summary: 'Clusters, their engines, and what could not be read',
  request: { query: z.strictObject({}) },
  responses: { 200: pageOf(Cluster), ...unchanged, ...refusals },
});
const listResources = createRoute({
  method: 'get',
  path: '/v1/resources',
  tags: ['inventory'],
  summary: 'What a cluster holds',
  request: {
    query: query({
      ...scope,
      kind: name.optional(),
      name: name.optional(),
      includeRemoved: flag.optional(),
    }),
  },
  responses: { 200: pageOf(Resource), ...unchanged, ...refusals },
});
const showResource = createRoute({
  method: 'get',
  path: '/v1/resources/{namespace}/{name}',
  tags: ['inventory'],
  summary: 'One claim whole: policies, runs, restore points, findings, risk',
  request: {
    params: z.object({ namespace: name, name }),
    query: z.strictObject({ clusterId: name.optional() }),
  },
  responses: { 200: json(ResourceWhole, 'The claim'), ...unchanged, ...refusals, ...missing },
});
const listPolicies = createRoute({
  method: 'get',
  path: '/v1/policies',
  tags: ['inventory'],
  summary: 'What says that a resource is backed up',
  request: {
    query: query({
      ...scope,
      engine: oneOf(ENGINES).optional(),
      resourceId: id.optional(),
      includeRemoved: flag.optional(),
    }),
  },
  responses: { 200: pageOf(Policy), ...unchanged, ...refusals },
});

export function addInventoryRoutes(app: App): void {
  app.openapi(listClusters, async (c) => sendPage(c, await c.var.workspace.listClusters()));
  app.openapi(listResources, async (c) =>
    sendPage(c, await c.var.workspace.listResources(given(c.req.valid('query')))),
  );
  app.openapi(showResource, async (c) => {
    const { namespace, name } = c.req.valid('param');
    const { clusterId } = c.req.valid('query');
    const whole = await c.var.workspace.showResource(namespace, name, clusterId ?? null);
    if (whole === null) throw new AppError('not-found', `No claim ${namespace}/${name} is known.`);
    return c.json(whole, 200);
  });
  app.openapi(listPolicies, async (c) =>
    sendPage(c, await c.var.workspace.listPolicies(given(c.req.valid('query')))),
  );
}
