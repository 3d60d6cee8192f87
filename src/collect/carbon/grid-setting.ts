import type { Grid } from '../../analyze/ledger/prices.ts';
import { AppError } from '../../domain/error.ts';
import { gridOf, worldGrid } from './grid-factor.ts';

/**
 * Whose electricity each cluster uses: `DE`, `aws:eu-west-1`, or by cluster `home=DE, work=aws:eu-west-1`. Where
 * nothing is set, the region that the cluster's prices name decides, else the world's mean. Throws AppError
 * `invalid-setting` that names every place that is not known.
 */
export function readGridSetting(
  setting: string | undefined,
  pue: number | null,
): (cluster: string, region: string | null) => Grid {
  const named = (setting ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      const place = part.slice(at + 1).trim();
      return {
        cluster: at === -1 ? '' : part.slice(0, at).trim(),
        place,
        grid: gridOf(place, pue),
      };
    });
  const unknown = named.filter(({ grid }) => grid === null).map(({ place }) => place || 'nothing');
  if (unknown.length > 0) throw noGridError(unknown);
  const places = new Map(named.map(({ cluster, grid }) => [cluster, grid]));
  return (cluster, region) =>
    places.get(cluster) ??
    places.get('') ??
    (region === null ? null : gridOf(region, pue)) ??
    worldGrid(pue);
}

function noGridError(places: string[]): AppError {
  const named = places.join(', ');
  return new AppError(
    'invalid-setting',
    `GRID: no grid factor is known for ${named}; name a country (DE) or a cloud region (aws:eu-west-1)`,
    {
      nextStep:
        'Name a country by its two letters (DE) or a cloud region (aws:eu-west-1); docs/reference/ledger.md.',
    },
  );
}
