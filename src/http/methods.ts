import type { RouterRoute } from 'hono/types';

/** The methods a path answers to, with HEAD and OPTIONS; empty when no route knows the path. */
export function methodsOf(routes: readonly RouterRoute[], path: string): string[] {
  const own = routes
    .filter(
      (route) => route.method !== 'ALL' && !route.path.includes('*') && matches(route.path, path),
    )
    .map((route) => route.method);
  if (own.length === 0) return [];
  return [...new Set([...own, ...(own.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].sort();
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const got = path.split('/');
  return (
    wanted.length === got.length &&
    wanted.every((part, at) => (part.startsWith(':') ? got[at] !== '' : part === got[at]))
  );
}
