import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { randomUUID } from 'node:crypto';
import { AppError } from '../domain/error.ts';
import type { AppEnv } from './env.ts';
import { HttpRefusal } from './problem.ts';

const MAX_URL = 8_192;
const MAX_BODY_BYTES = 64 * 1_024;
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Names the request and tells the browser to trust nothing but this origin. */
export const secureHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  const sent = c.req.header('x-request-id');
  c.set('requestId', sent !== undefined && /^[\w.-]{1,64}$/.test(sent) ? sent : randomUUID());
  c.header('x-request-id', c.var.requestId);
  c.header('content-security-policy', CONTENT_POLICY);
  c.header('x-content-type-options', 'nosniff');
  c.header('x-frame-options', 'DENY');
  c.header('referrer-policy', 'no-referrer');
  c.header('cross-origin-opener-policy', 'same-origin');
  c.header('cross-origin-resource-policy', 'same-origin');
  await next();
};

export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(bare);
}

/** Bound to loopback, only loopback names are answered: a foreign page cannot rebind its own name to us. */
export function checkHost(boundTo: string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const asked = (c.req.header('host') ?? new URL(c.req.url).host).replace(/:\d+$/, '');
    if (isLoopback(boundTo) && !isLoopback(asked)) {
      throw new HttpRefusal(
        421,
        'This server answers to localhost only; the Host header names another.',
        'Open it as http://127.0.0.1 or http://localhost, or set HOST to serve other names.',
      );
    }
    await next();
  };
}

/** Addresses that no route could mean: too long, not UTF-8, or with a NUL. */
export const checkAddress: MiddlewareHandler<AppEnv> = async (c, next) => {
  const address = c.req.url;
  if (address.length > MAX_URL) {
    throw new HttpRefusal(
      414,
      `The address is longer than ${MAX_URL} characters.`,
      'Use fewer filters.',
    );
  }
  let decoded: string;
  try {
    decoded = decodeURIComponent(address.replaceAll('+', ' '));
  } catch (cause) {
    throw new AppError('invalid-input', 'The address is not valid percent-encoded UTF-8.', {
      cause,
    });
  }
  if (decoded.includes('\0'))
    throw new AppError('invalid-input', 'The address holds a NUL character.');
  await next();
};

export const limitBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw new HttpRefusal(
      413,
      `The body is larger than ${MAX_BODY_BYTES} bytes.`,
      'Send a shorter note.',
    );
  },
});

/** A body that is not JSON would be ignored silently; refuse it instead. */
export const onlyJson: MiddlewareHandler<AppEnv> = async (c, next) => {
  const type = c.req.header('content-type');
  const writes = !['GET', 'HEAD', 'OPTIONS'].includes(c.req.method);
  if (writes && !/^application\/json\s*(;|$)/i.test(type ?? '')) {
    const body = await c.req.arrayBuffer();
    if (type !== undefined && body.byteLength === 0) return next();
    if (body.byteLength > 0) {
      throw new HttpRefusal(415, 'The body is not JSON.', 'Send Content-Type: application/json.');
    }
  }
  await next();
};
