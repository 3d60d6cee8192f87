import { z } from 'zod';
import type { Config } from '../config.ts';
import { AppError } from '../domain/error.ts';
import { findServer } from './connect.ts';

const Reply = z.object({ url: z.string(), expiresAt: z.coerce.date() });

/** Asks the running server for a new one-time link. */
export async function createSignInLink(config: Config): Promise<{ url: string; expiresAt: Date }> {
  const server = await findServer(config);
  if (server === null)
    throw new AppError('not-found', `no server runs on ${config.dataDir}`, {
      nextStep: 'Start it with `plimsoll serve`; it prints a link.',
    });
  const reply = await fetch(new URL('/v1/sign-in-links', server.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(10_000),
  });
  if (!reply.ok)
    throw new AppError('internal', `the server at ${server.url} answered ${reply.status}`);
  const { url, expiresAt } = Reply.parse(await reply.json());
  return { url: new URL(url, server.url).href, expiresAt };
}
