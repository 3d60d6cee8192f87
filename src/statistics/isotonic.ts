/** One value with its weight, for `isotonic`. */
export interface Weighted {
  value: number;
  /** ≥ 0. */
  weight: number;
}

/** The never-falling sequence nearest to the values in weighted squares (pool adjacent violators). */
export function isotonic(values: readonly Weighted[]): number[] {
  const pools: { sum: number; weight: number; count: number }[] = [];
  for (const { value, weight } of values) {
    let pool = { sum: value * weight, weight, count: 1 };
    for (let last = pools.at(-1); last && meanOf(last) >= meanOf(pool); last = pools.at(-1)) {
      pools.pop();
      pool = {
        sum: last.sum + pool.sum,
        weight: last.weight + pool.weight,
        count: last.count + pool.count,
      };
    }
    pools.push(pool);
  }
  return pools.flatMap((pool) => Array.from({ length: pool.count }, () => meanOf(pool)));
}

function meanOf({ sum, weight }: { sum: number; weight: number }): number {
  return weight > 0 ? sum / weight : 0;
}
