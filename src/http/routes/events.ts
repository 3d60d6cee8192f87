import { createRoute } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import { z } from 'zod';
import { whoAsks } from '../authenticate.ts';
import type { App, Door } from '../env.ts';
import { createRevisionWatch } from '../revision-watch.ts';
import { refusals } from '../schemas.ts';

const HEARTBEAT_MS = 15_000;

const listen = createRoute({
  method: 'get',
  path: '/v1/events',
  tags: ['status'],
  summary:
    'Server-sent events: `change` with the new revision, whenever anything you can see has changed',
  request: { query: z.strictObject({}) },
  responses: {
    200: {
      description: 'A stream that stays open',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...refusals,
  },
});

/** The first event tells the present revision, so that a page that was away knows whether it missed something. */
export function addEventRoutes(app: App, { services, options }: Door): void {
  const watch = createRevisionWatch(options.pollMilliseconds ?? 1_000);
  app.openapi(listen, async (c) => {
    const { tenantId, subject } = c.var.caller;
    const workspace = c.var.workspace;
    const first = await workspace.readRevision();
    const closing = (c.env as typeof c.env | undefined)?.closing;
    c.header('cache-control', 'no-store');
    c.header('x-accel-buffering', 'no');
    return streamSSE(c, async (stream) => {
      const ended = Promise.withResolvers<void>();
      const end = () => ended.resolve();
      const tell = (revision: string) =>
        stream
          .writeSSE({ event: 'change', data: JSON.stringify({ revision }), id: revision })
          .catch(end);
      stream.onAbort(end);
      closing?.addEventListener('abort', end);
      const heartbeat = setInterval(() => {
        whoAsks(c, services.signIn).then(
          (asking) => (asking === null ? end() : void stream.write(': still here\n\n').catch(end)),
          end,
        );
      }, HEARTBEAT_MS);
      await stream.write('retry: 2000\n\n');
      await tell(first);
      const leave = watch.join(
        JSON.stringify([tenantId, subject]),
        first,
        workspace,
        (revision) => void tell(revision),
      );
      if (closing?.aborted === true) end();
      await ended.promise;
      leave();
      clearInterval(heartbeat);
      closing?.removeEventListener('abort', end);
    });
  });
}
