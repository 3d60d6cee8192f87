import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';

export type Labels = Readonly<Record<string, string>>;

/** One series as a function of time: nothing of it is stored. Instants in milliseconds since 1970. */
export interface LiveSeries {
  /** With `__name__`. */
  labels: Labels;
  /** It is scraped from here to there, ends included; `until` may be infinite. */
  from: number;
  until: number;
  /** Between two scrapes. */
  everyMs: number;
  /** Called for instants of scrapes alone. */
  valueAt: (at: number) => number;
}

export type Sample = readonly [at: number, value: number];

/** As Prometheus: an instant shows the newest sample of the last five minutes. */
export const LOOK_BACK_MS = 5 * MINUTE_MS;
/** Scrapes are so long after the full interval, so that none falls on the full minute. */
const OFFSET_MS = 7 * SECOND_MS;

/** The last scrape up to the instant. */
export function scrapeBefore(at: number, everyMs: number): number {
  return Math.floor((at - OFFSET_MS) / everyMs) * everyMs + OFFSET_MS;
}

/** The first scrape from the instant on. */
export function scrapeAfter(at: number, everyMs: number): number {
  return Math.ceil((at - OFFSET_MS) / everyMs) * everyMs + OFFSET_MS;
}

/** When the newest sample was taken that an instant shows; null: it shows none. */
export function shownAt({ from, until, everyMs }: LiveSeries, at: number): number | null {
  const newest = scrapeBefore(Math.min(at, until), everyMs);
  return newest >= from && newest >= at - LOOK_BACK_MS ? newest : null;
}

/** The samples of a window, ends included, oldest first. */
export function samplesIn(series: LiveSeries, from: number, until: number): Sample[] {
  const { everyMs } = series;
  const last = Math.min(until, series.until);
  const samples: Sample[] = [];
  for (let at = scrapeAfter(Math.max(from, series.from), everyMs); at <= last; at += everyMs)
    samples.push([at, series.valueAt(at)]);
  return samples;
}
