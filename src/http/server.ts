import { serve } from '@hono/node-server';
import type { AddressInfo } from 'node:net';
import { AppError } from '../domain/error.ts';
import type { App } from './env.ts';
import { findPortHolder } from './port-holder.ts';

const DRAIN_MS = 2_000;
const SWEEP_MS = 20;

export interface RunningServer {
  /** With the real port, also when 0 was asked for. */
  url: string;
  /** Takes no new requests, ends open streams, gives running answers two seconds. Twice is the same as once. */
  close(): Promise<void>;
}

/** AppError `port-busy` names who holds the port, `invalid-setting` an address this machine does not have. */
export async function startServer(
  app: App,
  at: { host: string; port: number },
): Promise<RunningServer> {
  const closing = new AbortController();
  const listening = Promise.withResolvers<AddressInfo>();
  const server = serve(
    {
      hostname: at.host,
      port: at.port,
      fetch: (request, bindings) => app.fetch(request, { ...bindings, closing: closing.signal }),
    },
    listening.resolve,
  );
  server.once('error', listening.reject);
  const { port } = await listening.promise.catch(async (cause: unknown) => {
    throw await startFailure(cause, at);
  });
  const name = at.host.includes(':') ? `[${at.host}]` : at.host;

  async function shutDown(): Promise<void> {
    closing.abort();
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    // A connection turns idle only after its stream has ended, so one look is not enough.
    const sweep = setInterval(() => {
      if ('closeIdleConnections' in server) server.closeIdleConnections();
    }, SWEEP_MS);
    const late = setTimeout(() => {
      if ('closeAllConnections' in server) server.closeAllConnections();
    }, DRAIN_MS);
    await closed;
    clearInterval(sweep);
    clearTimeout(late);
  }
  let closed: Promise<void> | undefined;
  return { url: `http://${name}:${port}`, close: () => (closed ??= shutDown()) };
}

async function startFailure(cause: unknown, at: { host: string; port: number }): Promise<unknown> {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') {
    const holder = await findPortHolder(at.port);
    return new AppError(
      'port-busy',
      `Port ${at.port} on ${at.host} is in use by ${holder ?? 'another process'}.`,
      {
        nextStep: 'Stop that process, or choose another port, for example PORT=8090.',
        cause,
        details: { port: at.port, holder },
      },
    );
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EACCES') {
    return new AppError(
      'invalid-setting',
      `Cannot listen on ${at.host} port ${at.port} (${code}).`,
      {
        nextStep: 'Set HOST to an address of this machine and PORT to a number above 1023.',
        cause,
      },
    );
  }
  return cause;
}
