/**
 * The zones whose sum is the machine, each inside none of the others: `psys` holds the package, and the package its
 * cores. Empty when none of the zones known covers a whole socket. `total` is a meter's own sum of its components.
 */
export function zonesToSum(present: readonly string[]): string[] {
  for (const whole of ['psys', 'total']) if (present.includes(whole)) return [whole];
  return present.includes('package')
    ? ['package', 'dram'].filter((zone) => present.includes(zone))
    : [];
}
