/**
 * Combines surprises (−log10 of p values) that may depend on each other in any way: four times the power mean of the
 * p values with exponent −½ is a p value again (Vovk and Wang 2020). One strong voice counts, agreement counts more.
 * Returns −log10 of it, at least 0; 0 without voices.
 */
export function combinedSurprise(surprises: readonly number[]): number {
  if (surprises.length === 0) return 0;
  let sum = 0;
  for (const surprise of surprises) sum += 10 ** (surprise / 2);
  return Math.max(0, 2 * Math.log10(sum / surprises.length) - Math.log10(4));
}
