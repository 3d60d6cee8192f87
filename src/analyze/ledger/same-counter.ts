import { sumCounter, type CounterSample } from './counter-sum.ts';

/** A telling of a counter, and by which way it came. */
export interface ToldCounter {
  origin: string;
  samples: readonly CounterSample[];
}

interface Stretch {
  from: number;
  until: number;
  samples: CounterSample[];
}

/**
 * The samples of one counter out of several series that tell it: a running pod's and its final one, replicas of a
 * scraper, an exporter that came back under another address. Series of one origin are one; origins that follow each
 * other in time are one counter that began again; origins at the same time are the same energy told twice, of which
 * the larger telling is taken. Empty when there is no sample.
 */
export function samplesOfCounter(series: readonly ToldCounter[]): CounterSample[] {
  const chains: Stretch[] = [];
  for (const stretch of stretchesByOrigin(series)) {
    const before = chains.find(({ until }) => until < stretch.from);
    if (before === undefined) chains.push(stretch);
    else {
      before.samples.push(...stretch.samples);
      before.until = stretch.until;
    }
  }
  const told = chains.map(({ samples }) => ({
    samples,
    total: sumCounter(samples, true)?.total ?? 0,
  }));
  const [most] = told.sort((a, b) => b.total - a.total);
  return most?.samples ?? [];
}

function stretchesByOrigin(series: readonly ToldCounter[]): Stretch[] {
  const byOrigin = Map.groupBy(series, ({ origin }) => origin);
  const stretches = [...byOrigin.values()].flatMap((same) => {
    const samples = same.flatMap((one) => [...one.samples]);
    if (samples.length === 0) return [];
    const from = samples.reduce((first, [at]) => Math.min(first, at), Infinity);
    const until = samples.reduce((last, [at]) => Math.max(last, at), -Infinity);
    return [{ samples, from, until }];
  });
  return stretches.sort((a, b) => a.from - b.from);
}
