import type * as views from '../../src/domain/views.ts';

export const FORECAST: views.Forecast = {
  jobId: 'policy-photos',
  clusterId: '6f1f0c52-9d0d-4a35-8a6f-0d2f1f5b9a01',
  cluster: 'home',
  namespace: 'media',
  engine: 'volsync',
  policyId: 'policy-photos',
  policy: 'media/photos',
  resourceId: 'resource-photos',
  resource: 'media/photos',
  nextDueAt: '2026-11-22T02:00:00.000Z',
  probability: 0.31,
  low: 0.12,
  high: 0.58,
  rpoBrokenWithinDay: 0.02,
  rpoBrokenWithinWeek: 0.4,
  reasons: ['the last run failed'],
  results: 40,
  statedAt: '2026-11-21T04:00:00.000Z',
};

export const CALIBRATION: views.ForecastCalibration = {
  about: 'run',
  since: '2026-11-01',
  until: '2026-11-20',
  forecasts: 200,
  failed: 9,
  brier: 0.031,
  brierSkill: 0.28,
  calibrationError: 0.004,
  bins: [
    { bin: 2, from: 0.01, to: 0.02, forecasts: 190, stated: 0.014, observed: 0.016 },
    { bin: 7, from: 0.3, to: 0.5, forecasts: 10, stated: 0.41, observed: 0.6 },
  ],
};
