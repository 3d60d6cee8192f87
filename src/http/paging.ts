import type { Context } from 'hono';
import type { Page } from '../domain/views.ts';
import type { AppEnv } from './env.ts';

/** The address of the next page, by RFC 8288; null on the last page. */
export function nextAddress(c: Context<AppEnv>, page: Page<unknown>): string | null {
  if (page.nextCursor === null) return null;
  const url = new URL(c.req.url);
  url.searchParams.set('cursor', page.nextCursor);
  return `${url.pathname}${url.search}`;
}

export function linkNext(c: Context<AppEnv>, page: Page<unknown>): void {
  const next = nextAddress(c, page);
  if (next !== null) c.header('link', `<${next}>; rel="next"`);
}

/** The page as JSON, with its Link header. */
export function sendPage<T>(c: Context<AppEnv>, page: Page<T>) {
  linkNext(c, page);
  return c.json(page as never, 200);
}
