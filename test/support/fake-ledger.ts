import type * as views from '../../src/domain/views.ts';

/** A ledger of one app with one run in three unpriced, for the doors' tests. */
export const LEDGER_FIGURES: views.LedgerFigures = {
  runs: 3,
  joules: 5_400,
  energy: { measured: 1, partial: 0, modelled: 1, default: 0, unknown: 1 },
  amounts: [{ currency: 'EUR', amount: 0.1234 }],
  cost: { priced: 2, incomplete: 1, unpriced: 1 },
  grams: 12.5,
  carbon: { known: 2, incomplete: 2, unknown: 1 },
};

export const LEDGER_LINE: views.LedgerLine = {
  ...LEDGER_FIGURES,
  period: '2026-11-01',
  key: 'cluster-home/media/Deployment/photos',
  clusterId: 'cluster-home',
  cluster: 'home',
  namespace: 'media',
  policyId: null,
  app: 'Deployment/photos',
  label: 'media/Deployment/photos',
};

export const RUN_FIGURES: views.RunFigures = {
  runId: 'run-1',
  runDay: '2026-11-01',
  clusterId: 'cluster-home',
  cluster: 'home',
  namespace: 'media',
  policyId: 'policy-1',
  policy: 'media/photos',
  app: 'Deployment/photos',
  endedAt: '2026-11-01T02:10:00.000Z',
  energy: {
    joules: 1_013.2,
    idleJoules: null,
    method: 'kepler-new/1',
    source: 'Kepler v0.11.0',
    factorYear: null,
    quality: 'measured',
    zones: ['package', 'dram'],
    coverage: 0.97,
    lowerBound: false,
    note: null,
  },
  cost: {
    amount: null,
    currency: null,
    quality: null,
    parts: [],
    missing: ['compute', 'storage', 'requests'],
  },
  carbon: {
    grams: 0.089,
    kilowattHours: 0.000319,
    gramsPerKilowattHour: 278.6,
    place: 'aws:eu-west-1',
    pue: 1.135,
    quality: 'modelled',
    source: 'Cloud Carbon Footprint',
    factorYear: 2021,
    parts: [
      {
        part: 'compute',
        value: 0.089,
        method: 'kepler-new/1',
        source: 'Kepler v0.11.0',
        factorYear: null,
        quality: 'modelled',
      },
    ],
    missing: ['network', 'storage'],
  },
};
