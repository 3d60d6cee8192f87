import type { PrometheusSource } from './prometheus-source.ts';

/**
 * What a label must be: a text for equality, a list for any of these, `/…/` for a regular expression we wrote, or what
 * it must not be. A label that is absent is the empty text.
 */
export type Matchers = Record<string, string | readonly string[] | RegExp | { not: RegExp }>;

/**
 * A series selector with the source's cluster label. Names and values may hold anything: they are escaped. `metric` is
 * one name or any of several.
 */
export function selectorOf(
  source: Pick<PrometheusSource, 'clusterLabel'>,
  metric: string | readonly string[],
  matchers: Matchers = {},
): string {
  const { clusterLabel } = source;
  const named = typeof metric === 'string' ? {} : { __name__: metric };
  const cluster = clusterLabel === null ? {} : { [clusterLabel.name]: clusterLabel.value };
  const parts = Object.entries({ ...named, ...matchers, ...cluster }).map(
    ([label, wanted]) => `${label}${matcherOf(wanted)}`,
  );
  return `${typeof metric === 'string' ? metric : ''}{${parts.join(',')}}`;
}

function matcherOf(wanted: Matchers[string]): string {
  if (typeof wanted === 'string') return `="${escapeText(wanted)}"`;
  if ('not' in wanted) return `!~"${escapeText(wanted.not.source)}"`;
  if (wanted instanceof RegExp) return `=~"${escapeText(wanted.source)}"`;
  return `=~"${escapeText(wanted.map(escapePattern).join('|'))}"`;
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** RE2, which Prometheus uses, refuses escapes of characters that need none. */
function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
