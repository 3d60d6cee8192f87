import type { Grid } from '../../analyze/ledger/prices.ts';
import factors from './grid-factors.json' with { type: 'json' };

const PROVIDERS = ['aws', 'azure', 'gcp'] as const;
type Provider = (typeof PROVIDERS)[number];

/** Yearly means may be odd on very small grids; no grid lies outside of this. g/kWh. */
const LOWEST = 5;
const HIGHEST = 1_400;

/** Data-centre overhead where none is set: the providers' own reports; for any other a careful guess. */
const PUE: Record<Provider | 'own', number> = { aws: 1.135, azure: 1.185, gcp: 1.1, own: 1.5 };

/** The world's mean, for a cluster of which nobody said where it stands. */
export function worldGrid(pue: number | null): Grid {
  const [gramsPerKilowattHour, factorYear] = pairOf(factors.world.factor);
  const { source } = factors.world;
  const place = 'world';
  return {
    gramsPerKilowattHour,
    place,
    source,
    factorYear,
    quality: 'default',
    provider: null,
    pue: pue ?? PUE.own,
  };
}

/**
 * The yearly mean of a place: a country by its two letters (`DE`), or a cloud region (`aws:eu-west-1`, or the region's
 * name alone). Null when there is no such place.
 */
export function gridOf(place: string, pue: number | null): Grid | null {
  return countryGrid(place, pue) ?? regionGrid(place, pue);
}

function countryGrid(place: string, pue: number | null): Grid | null {
  const found = new Map(Object.entries(factors.countries.factors)).get(place.toUpperCase());
  if (found === undefined) return null;
  const [gramsPerKilowattHour, factorYear] = pairOf(found);
  const { source } = factors.countries;
  return {
    gramsPerKilowattHour,
    place: place.toUpperCase(),
    source,
    factorYear,
    quality: 'modelled',
    provider: null,
    pue: pue ?? PUE.own,
  };
}

function regionGrid(place: string, pue: number | null): Grid | null {
  const [before = '', after] = place.toLowerCase().split(':');
  const { source, year, ...byProvider } = factors.regions;
  for (const provider of PROVIDERS) {
    if (after !== undefined && before !== provider) continue;
    const grams = new Map<string, number>(Object.entries(byProvider[provider])).get(
      after ?? before,
    );
    if (grams === undefined) continue;
    return {
      gramsPerKilowattHour: clamp(grams),
      place: `${provider}:${after ?? before}`,
      source,
      factorYear: year,
      quality: 'modelled',
      provider,
      pue: pue ?? PUE[provider],
    };
  }
  return null;
}

function pairOf(pair: readonly number[]): [number, number] {
  const [grams = Number.NaN, year = Number.NaN] = pair;
  return [clamp(grams), year];
}

function clamp(grams: number): number {
  return Math.min(HIGHEST, Math.max(LOWEST, grams));
}
