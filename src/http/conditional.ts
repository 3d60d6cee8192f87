import type { MiddlewareHandler } from 'hono';
import { createHash } from 'node:crypto';
import type { AppEnv } from './env.ts';

/**
 * Answers 304 when nothing the caller can see has changed. The revision is read before the data, so that an
 * ETag is at worst too old and costs one more reading.
 */
export function conditional(version: string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!['GET', 'HEAD'].includes(c.req.method)) return next();
    const revision = await c.var.workspace.readRevision();
    const { tenantId, subject } = c.var.caller;
    const parts = [version, revision, c.req.url, tenantId, subject, c.req.header('accept') ?? ''];
    const digest = createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
    const tag = `W/"${digest.slice(0, 27)}"`;
    if (matches(c.req.header('if-none-match'), tag)) {
      return c.body(null, 304, { etag: tag, 'cache-control': 'private, no-cache' });
    }
    await next();
    if (c.res.status !== 200) return undefined;
    c.res.headers.set('etag', tag);
    c.res.headers.set('cache-control', 'private, no-cache');
    c.res.headers.append('vary', 'Accept, Authorization, Cookie');
    return undefined;
  };
}

function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => one.trim() === '*' || weak(one) === weak(tag));
}

/** A tag compared weakly is the tag without its mark of weakness. */
function weak(tag: string): string {
  return tag.trim().replace(/^W\//, '');
}
