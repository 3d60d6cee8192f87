import { SECOND_MS } from '../../../domain/time.ts';
import { samplesIn, shownAt, type Labels, type LiveSeries, type Sample } from '../live-series.ts';
import { QueryError, type Expression, type Matcher, type RangeExpression } from './expression.ts';
import type { Query } from './parse.ts';
import { combine, createAggregator, keyOf, unnamed, type Vector } from './vector.ts';

/** The series that match and that a window (milliseconds since 1970) may see. */
export type Select = (matchers: readonly Matcher[], from: number, until: number) => LiveSeries[];

export interface Row {
  labels: Labels;
  /** Oldest first; instants in milliseconds since 1970. */
  samples: Sample[];
}

type At = (at: number) => Vector;

/** The value at one instant, or the raw samples of a window that ends there. */
export function evaluateAt(query: Query, at: number, select: Select): Row[] {
  if (query.kind === 'vector')
    return compile(
      query.of,
      at,
      at,
      select,
    )(at).map(({ labels, value }) => ({
      labels,
      samples: [[at, value]],
    }));
  return windows(query, at, at, select)(at);
}

/** The values at each step, ends included. Throws QueryError `bad_data` for a window of raw samples. */
export function evaluateRange(
  query: Query,
  { from, until, stepMs }: { from: number; until: number; stepMs: number },
  select: Select,
): Row[] {
  if (query.kind === 'matrix')
    throw new QueryError('bad_data', 'invalid expression type "range vector" for range query');
  const valueAt = compile(query.of, from, until, select);
  const rows = new Map<string, Row>();
  for (let at = from; at <= until; at += stepMs)
    for (const { labels, value } of valueAt(at)) {
      const key = keyOf(labels);
      const row = rows.get(key);
      if (row === undefined) rows.set(key, { labels, samples: [[at, value]] });
      else row.samples.push([at, value]);
    }
  return [...rows.values()];
}

/** What an expression is at any instant of a span. */
function compile(expression: Expression, from: number, until: number, select: Select): At {
  const inner = (of: Expression): At => compile(of, from, until, select);
  switch (expression.kind) {
    case 'number':
      throw new QueryError('bad_data', 'a number alone is no question about series');
    case 'selector': {
      const { matchers, offsetMs } = expression;
      const series = select(matchers, from - offsetMs, until - offsetMs);
      return (at) => shownOf(series, at - offsetMs);
    }
    case 'aggregate': {
      const of = inner(expression.of);
      const aggregate = createAggregator(expression.how, expression.by);
      return (at) => aggregate(of(at));
    }
    case 'over-time':
      return overTime(expression, windows(expression.of, from, until, select));
    case 'timestamp':
      return timestampOf(expression.of, from, until, select);
    case 'label-replace': {
      const of = inner(expression.of);
      const labelled = createLabeller(expression.label, expression.value);
      return (at) => of(at).map(({ labels, value }) => ({ labels: labelled(labels), value }));
    }
    case 'binary': {
      const { operator, left, right } = expression;
      const of = inner(left);
      if (right.kind === 'number') return (at) => combine(operator, of(at), right.value);
      const other = inner(right);
      return (at) => {
        const vector = of(at);
        return combine(operator, vector, vector.length === 0 && operator !== 'or' ? [] : other(at));
      };
    }
  }
}

function shownOf(series: readonly LiveSeries[], at: number): Vector {
  return series.flatMap((one) => {
    const shown = shownAt(one, at);
    return shown === null ? [] : [{ labels: one.labels, value: one.valueAt(shown) }];
  });
}

/** When the sample was taken that the instant shows; of anything but a selector, the instant itself. */
function timestampOf(of: Expression, from: number, until: number, select: Select): At {
  if (of.kind !== 'selector' || of.offsetMs !== 0)
    throw new QueryError(
      'bad_data',
      'this simulated metrics store tells timestamps of series alone',
    );
  const series = select(of.matchers, from, until);
  return (at) =>
    series.flatMap((one) => {
      const shown = shownAt(one, at);
      return shown === null ? [] : [{ labels: unnamed(one.labels), value: shown / SECOND_MS }];
    });
}

/** The samples of the window that ends at an instant of a span. */
function windows(
  { of, windowMs, stepMs }: RangeExpression,
  from: number,
  until: number,
  select: Select,
): (at: number) => Row[] {
  if (stepMs !== null)
    return steppedWindows(windowMs, stepMs, compile(of, from - windowMs, until, select));
  const { matchers, offsetMs } = of;
  const series = select(matchers, from - windowMs - offsetMs, until - offsetMs);
  return (at) =>
    series.flatMap((one) => {
      const samples = samplesIn(one, at - offsetMs - windowMs, at - offsetMs);
      return samples.length === 0 ? [] : [{ labels: one.labels, samples }];
    });
}

/** A subquery looks at full multiples of its step. */
function steppedWindows(windowMs: number, stepMs: number, valueAt: At): (at: number) => Row[] {
  return (at) => {
    const rows = new Map<string, Row>();
    const first = Math.ceil((at - windowMs) / stepMs) * stepMs;
    for (let step = first; step <= at; step += stepMs)
      for (const { labels, value } of valueAt(step)) {
        const row = rows.get(keyOf(labels));
        if (row === undefined) rows.set(keyOf(labels), { labels, samples: [[step, value]] });
        else row.samples.push([step, value]);
      }
    return [...rows.values()];
  };
}

/** `last_over_time` keeps the series' name. */
function overTime(
  { how }: Extract<Expression, { kind: 'over-time' }>,
  rowsAt: (at: number) => Row[],
): At {
  return (at) =>
    rowsAt(at).map(({ labels, samples }) =>
      how === 'last_over_time'
        ? { labels, value: samples.at(-1)?.[1] ?? Number.NaN }
        : {
            labels: unnamed(labels),
            value: samples.reduce((most, [, value]) => Math.max(most, value), -Infinity),
          },
    );
}

function createLabeller(label: string, value: string): (labels: Labels) => Labels {
  const made = new WeakMap<Labels, Labels>();
  return (labels) => {
    const known = made.get(labels) ?? { ...labels, [label]: value };
    made.set(labels, known);
    return known;
  };
}
