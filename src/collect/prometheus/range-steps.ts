import { SECOND_MS } from '../../domain/time.ts';
import type { MetricSeries } from './reply.ts';

/** Both ends included. */
export interface Span {
  from: Date;
  until: Date;
  stepSeconds: number;
}

/** Prometheus refuses a range of more than 11,000 steps; smaller pieces are kinder to it. */
const MOST_STEPS = 5_000;

/**
 * The span on the grid of its step, in pieces of at most 5,000 steps, oldest first: the same instants are asked
 * whoever asks when, and no instant twice. Empty when no grid point lies within.
 */
export function piecesOf({ from, until, stepSeconds }: Span): Span[] {
  const stepMs = Math.max(1, Math.round(stepSeconds)) * SECOND_MS;
  const first = Math.ceil(from.getTime() / stepMs) * stepMs;
  const last = Math.floor(until.getTime() / stepMs) * stepMs;
  const pieces: Span[] = [];
  for (let at = first; at <= last; at += (MOST_STEPS + 1) * stepMs)
    pieces.push({
      from: new Date(at),
      until: new Date(Math.min(last, at + MOST_STEPS * stepMs)),
      stepSeconds: stepMs / SECOND_MS,
    });
  return pieces;
}

/** Two halves that share no instant; null when there is one instant only. */
export function halvesOf({ from, until, stepSeconds }: Span): [Span, Span] | null {
  const stepMs = stepSeconds * SECOND_MS;
  const steps = Math.floor((until.getTime() - from.getTime()) / stepMs);
  if (steps < 1) return null;
  const middle = from.getTime() + Math.floor((steps - 1) / 2) * stepMs;
  return [
    { from, until: new Date(middle), stepSeconds },
    { from: new Date(middle + stepMs), until, stepSeconds },
  ];
}

/** One series per label set: what pieces in time order brought, put together. */
export function joinSeries(pieces: readonly MetricSeries[][]): MetricSeries[] {
  const joined = new Map<string, MetricSeries>();
  for (const { labels, samples } of pieces.flat()) {
    const key = keyOf(labels);
    const known = joined.get(key);
    if (known === undefined) joined.set(key, { labels, samples: [...samples] });
    else known.samples.push(...samples);
  }
  return [...joined.values()];
}

function keyOf(labels: Record<string, string>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
