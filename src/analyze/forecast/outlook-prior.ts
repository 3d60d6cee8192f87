import type { LogisticPrior } from '../../statistics/logistic-belief.ts';

/** What an outlook weighs, in the order of the weights. */
export const OUTLOOK_FEATURES = ['one', 'chain', 'class', 'own', 'first', 'full'] as const;
type Weights = Record<(typeof OUTLOOK_FEATURES)[number], number>;

/**
 * By horizon, what the weights are before a cluster has taught its own: a ridge regression over six families of
 * simulated fleets (bench/forecast/families.ts, tuning settings), rounded.
 */
const WEIGHTS: readonly Weights[] = [
  { one: 0.4, chain: 0.75, class: 0.05, own: 0.1, first: 0.4, full: 0.7 },
  { one: 0.25, chain: 0.6, class: 0.25, own: 0.25, first: 0.2, full: 0.8 },
];

export const OUTLOOK_PRIORS: readonly LogisticPrior[] = WEIGHTS.map((weights) => ({
  mean: OUTLOOK_FEATURES.map((name) => weights[name]),
  precision: 40,
}));
