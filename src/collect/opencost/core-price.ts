import type { CorePrice } from '../../analyze/ledger/prices.ts';
import type { MetricSeries } from '../prometheus/reply.ts';

/** What OpenCost exports of a node: currency of one core for one hour, with the node's region. */
export const OPENCOST_CPU_METRIC = 'node_cpu_hourly_cost';

/** Its price of a core, and of a spare one, while nobody has told it any. */
const NOT_CONFIGURED = new Set([0.031611, 0.006655]);

/**
 * The price of a core on each node as OpenCost tells it; null when it tells none. Where all nodes have OpenCost's own
 * defaults, nobody has set a price, and the figure says so.
 */
export function corePriceOf(series: readonly MetricSeries[]): CorePrice | null {
  const byNode = new Map<string, number>();
  for (const { labels, samples } of series) {
    const price = samples.at(-1)?.value;
    const node = labels['node'] || labels['instance'];
    if (labels['__name__'] !== OPENCOST_CPU_METRIC || !node || price === undefined) continue;
    // A price of nothing is a price that is not known.
    if (price > 0) byNode.set(node, Math.max(price, byNode.get(node) ?? 0));
  }
  const prices = [...byNode.values()];
  if (prices.length === 0) return null;
  const usual = prices.reduce((sum, price) => sum + price, 0) / prices.length;
  const unset = prices.every((price) => NOT_CONFIGURED.has(price));
  return {
    byNode,
    usual,
    source: unset ? 'OpenCost, its defaults: no price is configured' : 'OpenCost',
    factorYear: null,
    quality: unset ? 'default' : 'modelled',
  };
}

/** The region most nodes stand in, as their cloud names it; null when none is told. */
export function regionOf(series: readonly MetricSeries[]): string | null {
  const regions = series
    .filter(({ labels }) => labels['__name__'] === OPENCOST_CPU_METRIC)
    .flatMap(({ labels }) => labels['region'] || []);
  const counts = [...Map.groupBy(regions, (region) => region)].sort(
    ([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1),
  );
  return counts[0]?.[0] ?? null;
}
