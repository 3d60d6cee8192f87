import { describe, expect, it } from 'vitest';
import type { Labels, LiveSeries } from '../live-series.ts';
import { evaluateAt, evaluateRange, type Select } from './evaluate.ts';
import { QueryError } from './expression.ts';
import { parseQuery } from './parse.ts';

const NOW = Date.parse('2026-11-21T07:00:00Z');
const MINUTE = 60_000;

/** Rises by one a minute since the hour before; scraped each minute. */
function rising(labels: Labels, life: Partial<LiveSeries> = {}): LiveSeries {
  const from = NOW - 60 * MINUTE;
  const valueAt = (at: number) => Math.floor((at - from) / MINUTE);
  return { labels, from, until: Infinity, everyMs: MINUTE, valueAt, ...life };
}

const world = [
  rising({ __name__: 'runs_total', pod: 'a', zone: 'x' }),
  rising({ __name__: 'runs_total', pod: 'a', zone: 'y' }, { valueAt: () => 3 }),
  rising({ __name__: 'runs_total', pod: 'b' }, { until: NOW - 10 * MINUTE }),
  rising({ __name__: 'up', pod: 'a' }, { valueAt: () => 1 }),
];
const select: Select = (matchers) =>
  world.filter(({ labels }) =>
    matchers.every(({ label, matches }) => matches(labels[label] ?? '')),
  );

function ask(query: string): Record<string, number> {
  const rows = evaluateAt(parseQuery(query), NOW, select);
  return Object.fromEntries(
    rows.map(({ labels, samples }) => [JSON.stringify(labels), samples[0]?.[1] ?? Number.NaN]),
  );
}

describe('a question at one instant', () => {
  it('shows series whose last sample is not older than five minutes', () => {
    expect(Object.keys(ask('runs_total'))).toHaveLength(2);
    expect(Object.values(ask('{__name__=~"runs_.+",zone=""} offset 12m'))).toEqual([47]);
  });

  it.each([
    ['max by (pod) (runs_total)', { '{"pod":"a"}': 59 }],
    ['sum by (pod) (runs_total)', { '{"pod":"a"}': 62 }],
    ['count(runs_total)', { '{}': 2 }],
    ['max by (pod) (max_over_time(runs_total[20m]))', { '{"pod":"a"}': 59, '{"pod":"b"}': 49 }],
    ['runs_total{pod="a"} - runs_total offset 5m', { [pod('x')]: 5, [pod('y')]: 0 }],
    ['max by (pod) (runs_total) > 60', {}],
    ['(runs_total > 50) or up', { [named('x')]: 59, '{"__name__":"up","pod":"a"}': 1 }],
    ['max by (pod) (runs_total offset 12m) unless max by (pod) (up)', { '{"pod":"b"}': 47 }],
    ['max by (pod) (runs_total) and max by (pod) (up)', { '{"pod":"a"}': 59 }],
    [
      'label_replace(max by (pod) (up), "what", "health", "", "")',
      { '{"pod":"a","what":"health"}': 1 },
    ],
    [
      'max by (pod) (max_over_time(timestamp(runs_total{pod="b"})[30m:30s]))',
      { '{"pod":"b"}': (NOW - 11 * MINUTE + 7_000) / 1_000 },
    ],
  ])('answers %s', (query, expected) => {
    expect(ask(query)).toEqual(expected);
  });

  it('brings the raw samples of a window', () => {
    const [row] = evaluateAt(parseQuery('up[3m]'), NOW, select);
    expect(row?.samples.map(([at]) => NOW - at)).toEqual([173_000, 113_000, 53_000]);
  });

  it.each([
    'rate(runs_total[5m])',
    'up @ 12',
    'up * 2',
    'up + on (pod) up',
    'label_replace(up, "a", "$1", "pod", "(.+)")',
    'up{pod=~"("}',
    'up[5m] > 1',
    'sum(up',
    '3',
    '§',
  ])('refuses %s', (query) => {
    expect(() => ask(query)).toThrow(QueryError);
  });

  it('refuses a match of several with one', () => {
    expect(() => ask('up - label_replace(runs_total, "zone", "", "", "")')).toThrow(/duplicate/);
  });
});

it('a range has a value at each step, ends included', () => {
  const span = { from: NOW - 10 * MINUTE, until: NOW, stepMs: 5 * MINUTE };
  const [row] = evaluateRange(parseQuery('max by (pod) (runs_total{zone="x"})'), span, select);
  expect(row?.samples).toEqual([
    [NOW - 10 * MINUTE, 49],
    [NOW - 5 * MINUTE, 54],
    [NOW, 59],
  ]);
  expect(() => evaluateRange(parseQuery('up[5m]'), span, select)).toThrow(/range vector/);
});

function pod(zone: string): string {
  return JSON.stringify({ pod: 'a', zone });
}

function named(zone: string): string {
  return JSON.stringify({ __name__: 'runs_total', pod: 'a', zone });
}
