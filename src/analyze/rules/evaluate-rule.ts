import { quantile } from '../../statistics/robust.ts';
import type { JobFacts } from '../job/job-facts.ts';
import type { RecentRun } from '../job/job-state.ts';
import { readField } from './rule-fields.ts';
import type { RuleValue } from './rule-fields.ts';
import type { Arithmetic, Comparison, RuleNode, Summary } from './rule-node.ts';

/** One ended run of a job, with those before it, oldest first. */
export interface JudgedRun {
  job: JobFacts;
  run: RecentRun;
  before: readonly RecentRun[];
}

/** Three-valued: null where the run does not say enough, which is neither true nor false. */
export function evaluate(node: RuleNode, at: JudgedRun): RuleValue {
  switch (node.kind) {
    case 'value':
      return node.value;
    case 'field':
      return readField(node.name, at.run, at.job);
    case 'summary':
      return summarise(node, at);
    case 'not': {
      const value = evaluate(node.of, at);
      return value === null ? null : value !== true;
    }
    case 'both':
    case 'either':
      return join(node.kind === 'either', evaluate(node.left, at), () => evaluate(node.right, at));
    case 'contains': {
      const [text, part] = [evaluate(node.text, at), evaluate(node.part, at)];
      if (typeof text !== 'string' || typeof part !== 'string') return null;
      return text.toLowerCase().includes(part.toLowerCase());
    }
    case 'compare':
      return compare(node.how, evaluate(node.left, at), evaluate(node.right, at));
    case 'compute':
      return compute(node.how, evaluate(node.left, at), evaluate(node.right, at));
    default:
      return node satisfies never;
  }
}

/** `decided`: what one side alone decides: true for either, false for both. */
function join(decided: boolean, left: RuleValue, other: () => RuleValue): RuleValue {
  if (left === decided) return decided;
  const right = other();
  if (right === decided) return decided;
  return left === null || right === null ? null : !decided;
}

function compare(how: Comparison, left: RuleValue, right: RuleValue): RuleValue {
  if (left === null || right === null) return null;
  switch (how) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return how satisfies never;
  }
}

/** Nothing divided by zero is a number. */
function compute(how: Arithmetic, left: RuleValue, right: RuleValue): RuleValue {
  if (typeof left !== 'number' || typeof right !== 'number') return null;
  const value =
    how === '+'
      ? left + right
      : how === '-'
        ? left - right
        : how === '*'
          ? left * right
          : left / right;
  return Number.isFinite(value) ? value : null;
}

/** Null unless that many runs before this one say it. */
function summarise(
  node: RuleNode & { kind: 'summary' },
  { before, job }: JudgedRun,
): number | null {
  const values: number[] = [];
  for (let i = before.length - 1; i >= 0 && values.length < node.runs; i -= 1) {
    const run = before[i];
    const value = run ? readField(node.of, run, job) : null;
    if (typeof value === 'number') values.push(value);
  }
  return values.length < node.runs ? null : figureOf(node.how, values);
}

function figureOf(how: Summary, values: readonly number[]): number {
  if (how === 'min') return Math.min(...values);
  if (how === 'max') return Math.max(...values);
  if (how === 'median') return quantile(values, 0.5);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
