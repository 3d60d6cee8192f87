import {
  QUALITIES,
  weakest,
  type CostFigure,
  type EnergyFigure,
  type Quality,
} from '../../domain/ledger.ts';

/** The better of two figures of one run's energy; of two as good the newer. */
export function betterEnergy(known: EnergyFigure | undefined, found: EnergyFigure): EnergyFigure {
  return known !== undefined && rank(known.quality) < rank(found.quality) ? known : found;
}

/** A cost made anew, with the compute that was priced while the run's pods were still known. */
export function withKnownCompute(known: CostFigure | undefined, found: CostFigure): CostFigure {
  const compute = known?.parts.find(({ part }) => part === 'compute');
  const isOther = found.currency !== null && found.currency !== known?.currency;
  if (!known || compute === undefined || isOther || !found.missing.includes('compute'))
    return found;
  const parts = [compute, ...found.parts];
  return {
    amount: parts.reduce((sum, { value }) => sum + value, 0),
    currency: known.currency,
    quality: weakest(parts.map(({ quality }) => quality)),
    parts,
    missing: found.missing.filter((part) => part !== 'compute'),
  };
}

function rank(quality: Quality | null): number {
  return quality === null ? QUALITIES.length : QUALITIES.indexOf(quality);
}
