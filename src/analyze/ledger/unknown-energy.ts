import type { EnergyFigure } from '../../domain/ledger.ts';

/** Not zero: nothing is known. */
export const UNKNOWN_ENERGY: EnergyFigure = {
  joules: null,
  idleJoules: null,
  method: null,
  source: null,
  factorYear: null,
  quality: null,
  zones: [],
  coverage: null,
  lowerBound: false,
  note: null,
};
