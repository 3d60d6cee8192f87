import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { AppError } from '../domain/error.ts';
import type { Services } from '../services/api.ts';
import { authenticate } from './authenticate.ts';
import { conditional } from './conditional.ts';
import type { App, AppEnv, AppOptions } from './env.ts';
import { checkAddress, checkHost, limitBody, onlyJson, secureHeaders } from './guard.ts';
import { methodsOf } from './methods.ts';
import { HttpRefusal, problemResponse, statusOf, toAppError } from './problem.ts';
import { addDocumentRoutes } from './routes/documents.ts';
import { addEventRoutes } from './routes/events.ts';
import { addExemptionRoutes } from './routes/exemptions.ts';
import { addFindingRoutes } from './routes/findings.ts';
import { addForecastRoutes } from './routes/forecasts.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addIncidentRoutes } from './routes/incidents.ts';
import { addInventoryRoutes } from './routes/inventory.ts';
import { addLedgerRoutes } from './routes/ledger.ts';
import { addObjectiveRoutes } from './routes/objectives.ts';
import { addOutcomeRoutes } from './routes/outcomes.ts';
import { addPageRoutes } from './routes/page.ts';
import { addRecommendationRoutes } from './routes/recommendations.ts';
import { addRuleRoutes } from './routes/rules.ts';
import { addRiskRoutes } from './routes/risk.ts';
import { addWhatIfRoutes } from './routes/what-if.ts';
import { addSignInRoutes } from './routes/sign-in.ts';
import { addStatusRoutes } from './routes/status.ts';
import { refuseMistakes } from './validation.ts';
import { readWebFiles, signedOutPage } from './web-files.ts';

export type { AppOptions } from './env.ts';

/** The HTTP door: the feed, its documents, health, sign-in and the page. Does no work before a request comes. */
export function createApp(services: Services, options: AppOptions): App {
  const app: App = new OpenAPIHono<AppEnv>({ defaultHook: (result) => refuseMistakes(result) });
  const door = { services, options };
  const files = readWebFiles();

  app.use(secureHeaders, checkHost(options.host), checkAddress, limitBody, onlyJson);
  app.onError((thrown, c) => {
    const error = toAppError(thrown);
    const request = { id: c.var.requestId, method: c.req.method, path: c.req.path };
    if (statusOf(error) >= 500) options.onFailure?.(thrown, request);
    if (error.code === 'unauthenticated' && wantsPage(c))
      return signedOutPage(c, files, error.message);
    return problemResponse(c, error);
  });
  app.notFound((c) => {
    const methods = methodsOf(app.routes, c.req.path);
    const allow = methods.join(', ');
    if (methods.length > 0 && c.req.method === 'OPTIONS') return c.body(null, 204, { allow });
    const error =
      methods.length > 0
        ? new HttpRefusal(
            405,
            `${c.req.path} does not answer to ${c.req.method}.`,
            `Use ${allow}.`,
            { allow },
          )
        : new AppError('not-found', `Nothing answers at ${c.req.path}.`);
    return problemResponse(c, error);
  });

  addHealthRoutes(app, door);
  addDocumentRoutes(app, door);
  addPageRoutes(app, door, files);
  app.on(['GET', 'POST', 'PUT', 'DELETE', 'PATCH'], '/v1/*', authenticate(services));
  // The stream starts with the present revision itself; a 304 would leave a page without it.
  const unchanged = conditional(services.about.version);
  const unchangedOrLive: MiddlewareHandler<AppEnv> = (c, next) =>
    c.req.path === '/v1/events' || c.req.method === 'OPTIONS' ? next() : unchanged(c, next);
  app.use('/v1/*', unchangedOrLive);
  addSignInRoutes(app, door);
  addStatusRoutes(app);
  addInventoryRoutes(app);
  addOutcomeRoutes(app);
  addFindingRoutes(app, door);
  addIncidentRoutes(app);
  addRiskRoutes(app);
  addForecastRoutes(app);
  addRecommendationRoutes(app, door);
  addLedgerRoutes(app);
  addExemptionRoutes(app, door);
  addRuleRoutes(app, door);
  addObjectiveRoutes(app, door);
  addWhatIfRoutes(app);
  addEventRoutes(app, door);
  return app;
}

function wantsPage(c: Context<AppEnv>): boolean {
  const reads = c.req.method === 'GET' && !c.req.path.startsWith('/v1/');
  return reads && (c.req.header('accept') ?? '').includes('text/html');
}
