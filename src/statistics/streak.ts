/** What is assumed of a job that has not run yet: about one run in fifty fails. */
export interface FailurePrior {
  failures: number;
  successes: number;
}

/** The probability that the next `length` runs all fail, by a beta-binomial over what was seen before. */
export function streakProbability(
  length: number,
  before: FailurePrior,
  prior: FailurePrior = { failures: 0.2, successes: 9.8 },
): number {
  const failures = prior.failures + before.failures;
  const total = failures + prior.successes + before.successes;
  let probability = 1;
  for (let i = 0; i < length; i += 1) probability *= (failures + i) / (total + i);
  return probability;
}
