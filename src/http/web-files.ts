import type { Context } from 'hono';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { extname } from 'node:path';
import type { AppEnv } from './env.ts';

interface WebFile {
  body: string;
  type: string;
  etag: string;
}
export type WebFiles = ReadonlyMap<string, WebFile>;

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const FOLDER = new URL('../web/', import.meta.url);

/** Every file of the page, read once; TypeScript loses its types and is served under its own name. */
export function readWebFiles(): WebFiles {
  const names = readdirSync(FOLDER).filter(
    (name) => extname(name) in TYPES && !name.endsWith('.test.ts'),
  );
  return new Map(names.map((name) => [name, readWebFile(name)]));
}

function readWebFile(name: string): WebFile {
  const source = readFileSync(new URL(name, FOLDER), 'utf8');
  const body = name.endsWith('.ts') ? stripTypeScriptTypes(source) : source;
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  return { body, type: TYPES[extname(name)] ?? 'text/plain', etag };
}

export function sendFile(c: Context<AppEnv>, files: WebFiles, name: string): Response {
  const file = files.get(name);
  if (file === undefined) return c.notFound() as Response;
  const headers = { 'content-type': file.type, 'cache-control': 'no-cache', etag: file.etag };
  // Pages depend on who asks, so only their parts may be answered with "unchanged".
  if (name.endsWith('.html'))
    return c.body(file.body, 200, { ...headers, 'cache-control': 'no-store' });
  if (c.req.header('if-none-match') === file.etag) return c.body(null, 304, headers);
  return c.body(file.body, 200, headers);
}

/** 401 with a page that says how to get a link; `reason` says why an attempt failed. */
export function signedOutPage(
  c: Context<AppEnv>,
  files: WebFiles,
  reason: string | null,
): Response {
  const page = files.get('sign-in.html')?.body ?? '';
  const notice = reason === null ? '' : `<p class="notice" role="alert">${escapeHtml(reason)}</p>`;
  return c.body(page.replace('<!-- notice -->', notice), 401, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
  });
}

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}
