import type { Labels } from '../live-series.ts';
import {
  QueryError,
  type Aggregation,
  type BinaryOperator,
  type Comparison,
} from './expression.ts';

/** One element of an instant's answer; its labels are one object for all instants, so that what they say is kept. */
export interface Element {
  labels: Labels;
  value: number;
}
export type Vector = readonly Element[];

const keys = new WeakMap<Labels, string>();
const bare = new WeakMap<Labels, Labels>();

/** The labels as a text; equal labels have equal texts. */
export function keyOf(labels: Labels): string {
  const known = keys.get(labels);
  if (known !== undefined) return known;
  const made = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
  keys.set(labels, made);
  return made;
}

/** Without the series' name, by which operators never match. */
export function unnamed(labels: Labels): Labels {
  if (!('__name__' in labels)) return labels;
  const known = bare.get(labels);
  if (known !== undefined) return known;
  const { __name__: _, ...made } = labels;
  bare.set(labels, made);
  return made;
}

const matchKey = ({ labels }: Element): string => keyOf(unnamed(labels));

const FOLDS: Record<Aggregation, (values: readonly number[]) => number> = {
  max: (values) => values.reduce((most, value) => Math.max(most, value), -Infinity),
  min: (values) => values.reduce((least, value) => Math.min(least, value), Infinity),
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  count: (values) => values.length,
};

/** Remembers, from one instant to the next, which group a series belongs to. */
export function createAggregator(
  how: Aggregation,
  by: readonly string[],
): (vector: Vector) => Vector {
  const groupOf = new WeakMap<Labels, Labels>();
  const groups = new Map<string, Labels>();
  const assign = (labels: Labels): Labels => {
    const kept = by.filter((label) => labels[label] !== undefined);
    const made = Object.fromEntries(kept.map((label) => [label, labels[label] ?? '']));
    const key = keyOf(made);
    const group = groups.get(key) ?? made;
    groups.set(key, group);
    groupOf.set(labels, group);
    return group;
  };
  const fold = FOLDS[how];
  return (vector) => {
    const members = new Map<Labels, number[]>();
    for (const { labels, value } of vector) {
      const group = groupOf.get(labels) ?? assign(labels);
      const values = members.get(group);
      if (values === undefined) members.set(group, [value]);
      else values.push(value);
    }
    return [...members].map(([labels, values]) => ({ labels, value: fold(values) }));
  };
}

const COMPARE: Record<Comparison, (left: number, right: number) => boolean> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '>': (left, right) => left > right,
  '<': (left, right) => left < right,
  '>=': (left, right) => left >= right,
  '<=': (left, right) => left <= right,
};

/** A comparison keeps what it holds for; labels match when all but the name are equal. */
export function combine(operator: BinaryOperator, left: Vector, right: Vector | number): Vector {
  if (typeof right === 'number') return withNumber(operator, left, right);
  if (left.length === 0 && operator !== 'or') return [];
  const other = new Map(right.map((element) => [matchKey(element), element]));
  switch (operator) {
    case 'and':
      return left.filter((element) => other.has(matchKey(element)));
    case 'unless':
      return left.filter((element) => !other.has(matchKey(element)));
    case 'or': {
      if (right.length === 0) return left;
      const own = new Set(left.map(matchKey));
      return [...left, ...right.filter((element) => !own.has(matchKey(element)))];
    }
    default:
      if (other.size < right.length || new Set(left.map(matchKey)).size < left.length)
        throw new QueryError('execution', 'found duplicate series for the match group');
      return left.flatMap((element) => {
        const match = other.get(matchKey(element));
        return match === undefined ? [] : paired(operator, element, match.value);
      });
  }
}

function withNumber(operator: BinaryOperator, left: Vector, right: number): Vector {
  if (operator === 'and' || operator === 'or' || operator === 'unless')
    throw new QueryError('bad_data', `set operator ${operator} is not for numbers`);
  return left.flatMap((element) => paired(operator, element, right));
}

function paired(
  operator: Exclude<BinaryOperator, 'and' | 'or' | 'unless'>,
  { labels, value }: Element,
  right: number,
): Element[] {
  if (operator === '+') return [{ labels: unnamed(labels), value: value + right }];
  if (operator === '-') return [{ labels: unnamed(labels), value: value - right }];
  return COMPARE[operator](value, right) ? [{ labels, value }] : [];
}
