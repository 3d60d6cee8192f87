/** A rule that looks at one value after the other and says whether it alerts. */
export type Rule = (value: number) => boolean;

/** Further than three standard deviations from the mean of the last 100 values. */
export function threeSigma(): Rule {
  const last: number[] = [];
  return (value) => {
    const mean = last.reduce((sum, v) => sum + v, 0) / last.length;
    const spread = Math.sqrt(last.reduce((sum, v) => sum + (v - mean) ** 2, 0) / last.length);
    const alert = last.length === 100 && Math.abs(value - mean) > 3 * spread;
    last.push(value);
    if (last.length > 100) last.shift();
    return alert;
  };
}

/** Modified z score above 3.5 over the last 100 values. */
export function modifiedZ(): Rule {
  const last: number[] = [];
  return (value) => {
    const median = middle(last);
    const mad = middle(last.map((v) => Math.abs(v - median)));
    const alert = last.length === 100 && 0.6745 * Math.abs(value - median) > 3.5 * mad;
    last.push(value);
    if (last.length > 100) last.shift();
    return alert;
  };
}

/** The same rule, quiet for `rows` after an alert. */
export function holdOff(rule: Rule, rows: number): Rule {
  let quiet = 0;
  return (value) => {
    const alert = rule(value);
    quiet -= 1;
    if (!alert || quiet > 0) return false;
    quiet = rows;
    return true;
  };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
