import type { LogisticPrior } from '../../statistics/logistic-belief.ts';
import { FEATURES } from './features.ts';
import type { Feature } from './features.ts';

/** What the weights are before a cluster has taught its own (`npm run bench forecast`, docs/reference/forecast.md). */
const WEIGHTS: Record<Feature, number> = {
  one: 0,
  class: 1,
  rateQuick: 0.1,
  rateRecent: 0.2,
  rateLong: 0.3,
  rateEver: 0.2,
  follows: 0.2,
  streak: 0.1,
  cause: 0.2,
  weekday: 0.3,
  weekdayOfAll: 0.2,
  hour: 0.2,
  clusterFailing: 0.1,
  othersFailing: 0.1,
  othersLately: 0.2,
  othersToday: 0.2,
  slower: 0.1,
  slowLast: 0.1,
  slowerFactor: 0.1,
  lateLast: 0.1,
  triesLast: 0.2,
  triesLately: 0.2,
  full: 0.5,
  dueToFail: 0.5,
  unfinished: 0.3,
  young: 0,
  missedLast: 0.1,
};

export const PRIOR: LogisticPrior = {
  mean: FEATURES.map((name) => WEIGHTS[name]),
  precision: 10,
};
