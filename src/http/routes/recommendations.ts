import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { z } from 'zod';
import {
  type Page,
  type Recommendation as RecommendationView,
  RecommendationAction,
} from '../../domain/views.ts';
import { RECOMMENDATION_KINDS, RECOMMENDATION_STATES } from '../../domain/words.ts';
import type { App, AppEnv, Door } from '../env.ts';
import { linkNext, nextAddress } from '../paging.ts';
import { HttpRefusal } from '../problem.ts';
import {
  Recommendation,
  conflicting,
  json,
  missing,
  pageOf,
  refusals,
  unchanged,
} from '../schemas.ts';
import { given, id, instant, oneOf, query, scope, text } from '../validation.ts';

const TYPES = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  feed: 'application/feed+json',
};

const JsonFeed = z
  .object({
    version: z.literal('https://jsonfeed.org/version/1.1'),
    title: z.string(),
    home_page_url: z.string(),
    feed_url: z.string(),
    next_url: z.string().optional(),
    items: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        content_text: z.string(),
        date_published: z.string(),
        date_modified: z.string(),
        tags: z.array(z.string()),
        _plimsoll: Recommendation,
      }),
    ),
  })
  .meta({ id: 'JsonFeed' });

const page = pageOf(Recommendation);
const listRecommendations = createRoute({
  method: 'get',
  path: '/v1/recommendations',
  tags: ['recommendations'],
  summary: 'What to change, as JSON, NDJSON or JSON Feed',
  request: {
    query: query({
      ...scope,
      kind: oneOf(RECOMMENDATION_KINDS).optional(),
      resourceId: id.optional(),
      state: oneOf(RECOMMENDATION_STATES).optional(),
      since: instant.optional().describe('only those changed at or after this instant'),
      format: oneOf(['json', 'ndjson', 'feed']).optional().describe('overrides the Accept header'),
    }),
  },
  responses: {
    200: {
      description:
        'One page; NDJSON has one recommendation a line and the next page in the Link header.',
      content: {
        ...page.content,
        [TYPES.ndjson]: { schema: z.string() },
        [TYPES.feed]: { schema: JsonFeed },
      },
    },
    ...unchanged,
    ...refusals,
  },
});

const changeRecommendation = createRoute({
  method: 'post',
  path: '/v1/recommendations/{id}/{action}',
  tags: ['recommendations'],
  summary:
    'Dismiss a recommendation until its evidence changes, open it again, or say that it is done',
  request: {
    params: z.object({ id, action: oneOf(RecommendationAction.options) }),
    body: {
      content: { 'application/json': { schema: z.strictObject({ note: text(2_000).nullish() }) } },
    },
  },
  responses: {
    200: json(Recommendation, 'The recommendation after the change'),
    ...refusals,
    ...missing,
    ...conflicting,
  },
});

export function addRecommendationRoutes(app: App, { options }: Door): void {
  app.openapi(changeRecommendation, async (c) => {
    const { id, action } = c.req.valid('param');
    const note = c.req.valid('json').note ?? null;
    const { workspace } = c.var;
    return c.json(await workspace.changeRecommendation(id, action, note, options.clock.now()), 200);
  });
  app.openapi(listRecommendations, async (c) => {
    const { format, ...filter } = c.req.valid('query');
    const type = format === undefined ? acceptedType(c) : TYPES[format];
    const found = await c.var.workspace.listRecommendations(given(filter));
    linkNext(c, found);
    return c.body(render(c, found, type), 200, {
      'content-type': `${type}; charset=utf-8`,
    });
  });
}

function acceptedType(c: Context<AppEnv>): string {
  const type = accepts(c, {
    header: 'Accept',
    supports: [TYPES.json, TYPES.ndjson, TYPES.feed],
    default: '',
    match: (ranges, { supports }) => {
      const wanted = ranges.filter((range) => range.q > 0).sort((a, b) => b.q - a.q);
      if (wanted.length === 0) return TYPES.json;
      const hit = wanted
        .map((range) => supports.find((type) => covers(range.type, type)))
        .find(Boolean);
      return hit ?? '';
    },
  });
  if (c.req.header('accept') === undefined) return TYPES.json;
  if (type !== '') return type;
  throw new HttpRefusal(
    406,
    'None of the accepted media types is offered.',
    `Ask for ${Object.values(TYPES).join(', ')}.`,
  );
}

function covers(range: string, type: string): boolean {
  return (
    range === '*/*' ||
    range === type ||
    (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))
  );
}

function render(c: Context<AppEnv>, found: Page<RecommendationView>, type: string): string {
  if (type === TYPES.json) return JSON.stringify(found);
  if (type === TYPES.ndjson) return found.items.map((item) => `${JSON.stringify(item)}\n`).join('');
  return JSON.stringify(toFeed(c, found));
}

function toFeed(c: Context<AppEnv>, found: Page<RecommendationView>): z.infer<typeof JsonFeed> {
  const here = new URL(c.req.url);
  const next = nextAddress(c, found);
  return {
    version: 'https://jsonfeed.org/version/1.1',
    title: 'Plimsoll recommendations',
    home_page_url: `${here.origin}/`,
    feed_url: here.href,
    ...(next !== null && { next_url: new URL(next, here).href }),
    items: found.items.map((item) => ({
      id: item.recommendationId,
      title: item.title,
      content_text: `${item.reason}\n\nNow: ${item.current}\nProposed: ${item.proposed}`,
      date_published: item.createdAt,
      date_modified: item.updatedAt,
      tags: [item.kind, item.namespace],
      _plimsoll: item,
    })),
  };
}
