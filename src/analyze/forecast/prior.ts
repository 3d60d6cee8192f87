import type { LogisticPrior } from '../../statistics/logistic-belief.ts';
import { FEATURES } from './features.ts';
import type { Feature } from './features.ts';

/**
 * What the weights are before a cluster has taught its own: a ridge regression over six families of simulated fleets
 * (bench/forecast/families.ts, tuning settings), rounded, and drawn towards plain shares by hand.
 */
const WEIGHTS: Record<Feature, number> = {
  one: -0.5,
  class: 0.9,
  rateQuick: 0.1,
  rateRecent: 0.15,
  rateLong: 0,
  rateEver: 0.4,
  follows: 0.35,
  streak: 0.2,
  cause: 0.3,
  weekday: 0.25,
  weekdayOfAll: 0.3,
  hour: 0,
  clusterFailing: 0.2,
  othersFailing: 0,
  othersLately: 0.4,
  othersToday: -0.1,
  slower: 0.25,
  slowLast: 0.1,
  slowerFactor: 0.6,
  lateLast: 0.3,
  triesLast: 0.9,
  triesLately: 0.1,
  full: 0.7,
  dueToFail: 0.8,
  unfinished: 0.2,
  young: 0.4,
  missedLast: -0.1,
};

export const PRIOR: LogisticPrior = {
  mean: FEATURES.map((name) => WEIGHTS[name]),
  precision: 25,
};
