// node bench/judgement/oracle.ts: how many slow runs could be told at all. An oracle that knows each job's usual duration
// and how it scatters, exactly, looks at runs alone and up to three in a row; it is given so many false alarms a year of
// a daily job, and told to find runs 3 to 10 times as slow, one to three in a row, as FAULTS plants them.
import { productTail } from '../../src/statistics/consecutive.ts';
import { createRandom } from '../../src/world/home/random.ts';
import type { Random } from '../../src/world/home/random.ts';
import { createNoise } from './noise.ts';
import type { Noise } from './noise.ts';

const SAMPLES = 400_000;
const FAULTS = 2_000;
const RATES = [0.03, 0.1, 0.3, 1];
const CASES: readonly [Noise, number][] = (
  ['log-normal', 'gamma', 'laplace', 'bursty', 'queued', 'heavy'] as const
).flatMap((noise) => [0.1, 0.2, 0.3, 0.4].map((sigma): [Noise, number] => [noise, sigma]));

/** P(a usual duration is at least so long), from a large sample; never below what the sample can show. */
function tailOf(noise: Noise, sigma: number, random: Random): (value: number) => number {
  const draw = createNoise(noise, sigma, random);
  const sorted = Float64Array.from({ length: SAMPLES }, draw).sort();
  return (value) => {
    let low = 0;
    let high = SAMPLES;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return (SAMPLES - low + 1) / (SAMPLES + 1);
  };
}

/** The least probability among the newest run alone and with those before it, each counted once. */
function surprise(probabilities: readonly number[]): number {
  let s = 0;
  let least = 1;
  for (let k = 1; k <= probabilities.length; k += 1) {
    s -= Math.log(probabilities.at(-k)!);
    least = Math.min(least, 3 * productTail(s, k));
  }
  return least;
}

/** The surprise of each fault's most surprising run. */
function faultsOf(noise: Noise, sigma: number): number[] {
  const random = createRandom('oracle', noise, sigma);
  const tail = tailOf(noise, sigma, random);
  const draw = createNoise(noise, sigma, random);
  return Array.from({ length: FAULTS }, () => {
    const factor = 3 * (10 / 3) ** random.next();
    const runs = Array.from({ length: random.int(1, 3) }, () => tail(factor * draw()));
    return Math.min(...runs.map((_, last) => surprise(runs.slice(0, last + 1))));
  });
}

process.stdout.write(`| scatter | ${RATES.map((rate) => `${rate} a year`).join(' | ')} |\n`);
for (const [noise, sigma] of CASES) {
  const found = faultsOf(noise, sigma);
  const shares = RATES.map((rate) => found.filter((p) => p <= rate / 365).length / FAULTS);
  process.stdout.write(
    `| ${noise}, ${sigma} | ${shares.map((share) => share.toFixed(2)).join(' | ')} |\n`,
  );
}
