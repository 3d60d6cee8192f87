import { z } from 'zod';
import { renderDocs } from '../docs-page.ts';
import type { App, Door } from '../env.ts';

/** `/openapi.json` (OpenAPI 3.1) and `/docs`, the same document for people. Open to all: they hold no data. */
export function addDocumentRoutes(app: App, { services }: Door): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'plk_…',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: 'plimsoll_session',
  });
  const document = () =>
    app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Plimsoll',
        version: services.about.version,
        description: 'Which of your data you could not get back today, and what would change that.',
        license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      },
      security: [{ apiKey: [] }, { session: [] }],
    });
  app.get('/openapi.json', (c) =>
    c.json(document() as unknown as Record<string, z.core.util.JSONType>, 200, {
      'cache-control': 'no-cache',
    }),
  );
  app.get('/docs', (c) =>
    c.html(renderDocs(document(), new URL(c.req.url).origin), 200, { 'cache-control': 'no-cache' }),
  );
}
