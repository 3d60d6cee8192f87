import { TICK_MS } from '../../domain/time.ts';

/** Stretches in which a job's kinds were watched, ascending and apart: [from, until]. */
export type Windows = [number, number][];

/** A watch that restarts relists and so sees what changed meanwhile: gaps up to this long are none. */
const BRIDGED_MS = 2 * TICK_MS;

/** Adds a window, joining what touches or nearly touches. */
export function addWindow(windows: Windows, from: number, until: number): void {
  if (!(until >= from)) return;
  const last = windows.at(-1);
  if (last && from >= last[0] && from <= last[1] + BRIDGED_MS) {
    last[1] = Math.max(last[1], until);
    return;
  }
  let [start, end] = [from, until];
  const apart: Windows = [];
  for (const [a, b] of windows) {
    if (b + BRIDGED_MS < start || a - BRIDGED_MS > end) apart.push([a, b]);
    else [start, end] = [Math.min(a, start), Math.max(b, end)];
  }
  apart.push([start, end]);
  apart.sort((x, y) => x[0] - y[0]);
  windows.splice(0, windows.length, ...apart);
}

export function isObserved(windows: Windows, at: number): boolean {
  return windows.some(([from, until]) => from <= at && at <= until);
}

/** The first instant after `at` from which on someone was watching; null when none is known yet. */
export function nextWindow(windows: Windows, at: number): number | null {
  return windows.find(([from]) => from > at)?.[0] ?? null;
}
