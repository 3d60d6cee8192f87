import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { FORECASTS_ABOUT } from '../../domain/words.ts';
import type { App } from '../env.ts';
import { sendPage } from '../paging.ts';
import { Forecast, ForecastCalibration, json, pageOf, refusals, unchanged } from '../schemas.ts';
import { day, given, name, oneOf, query, scope } from '../validation.ts';

const listForecasts = createRoute({
  method: 'get',
  path: '/v1/forecasts',
  tags: ['forecasts'],
  summary: 'How likely each job’s next run is to fail or be missed, worst first',
  request: {
    query: query({
      ...scope,
      minProbability: z
        .string('must be given once')
        .regex(/^\d(\.\d{1,9})?$/, 'must be a number from 0 to 1')
        .transform(Number)
        .refine((probability) => probability <= 1, 'must be a number from 0 to 1')
        .optional(),
    }),
  },
  responses: { 200: pageOf(Forecast), ...unchanged, ...refusals },
});
const readCalibration = createRoute({
  method: 'get',
  path: '/v1/forecasts/calibration',
  tags: ['forecasts'],
  summary: 'How forecasts have turned out: reliability table, Brier score and skill',
  request: {
    query: z.strictObject({
      about: oneOf(FORECASTS_ABOUT)
        .optional()
        .describe('the next run (default), or that the RPO breaks within a day or a week'),
      clusterId: name.optional(),
      since: day.optional().describe('from this day on, UTC'),
    }),
  },
  responses: {
    200: json(ForecastCalibration, 'Scores are null while there is no outcome to score'),
    ...unchanged,
    ...refusals,
  },
});

export function addForecastRoutes(app: App): void {
  app.openapi(listForecasts, async (c) =>
    sendPage(c, await c.var.workspace.listForecasts(given(c.req.valid('query')))),
  );
  app.openapi(readCalibration, async (c) =>
    c.json(await c.var.workspace.readForecastCalibration(given(c.req.valid('query'))), 200),
  );
}
