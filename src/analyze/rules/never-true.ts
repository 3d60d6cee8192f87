import { RULE_FIELDS } from './rule-fields.ts';
import type { RuleFieldName } from './rule-fields.ts';
import { nodesOf } from './rule-node.ts';
import type { Comparison, RuleNode } from './rule-node.ts';
import { evaluate } from './evaluate-rule.ts';
import type { JudgedRun } from './evaluate-rule.ts';

/** More alternatives than this are not followed: then nothing is claimed. */
const MOST_CASES = 64;
const OPPOSITE: Record<Comparison, Comparison> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};
const MIRRORED: Record<Comparison, Comparison> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/**
 * Why no run can ever meet the rule: it names no field and is false, or in each of its alternatives what it asks of one
 * field contradicts itself or what that field can be. Null: nothing of that kind is found, which does not mean that a
 * run will come.
 */
export function whyNeverTrue(rule: RuleNode): string | null {
  const cases = casesOf(rule, true);
  if (cases === null) return null;
  const reasons = cases.map(contradictionIn);
  if (reasons.some((reason) => reason === null)) return null;
  return [...new Set(reasons)].slice(0, 3).join('; ') || 'it is always false';
}

/** The alternatives of a rule, each a list of conditions that must hold together; null: too many to follow. */
function casesOf(node: RuleNode, wanted: boolean): RuleNode[][] | null {
  if (node.kind === 'not') return casesOf(node.of, !wanted);
  if (node.kind === 'both' || node.kind === 'either') {
    const left = casesOf(node.left, wanted);
    const right = casesOf(node.right, wanted);
    if (left === null || right === null) return null;
    const all =
      (node.kind === 'either') === wanted
        ? [...left, ...right]
        : left.flatMap((one) => right.map((other) => [...one, ...other]));
    return all.length > MOST_CASES ? null : all;
  }
  if (wanted) return [[node]];
  return [
    [
      node.kind === 'compare'
        ? { ...node, how: OPPOSITE[node.how] }
        : { kind: 'not', type: 'truth', of: node },
    ],
  ];
}

function contradictionIn(conditions: readonly RuleNode[]): string | null {
  const byField = new Map<RuleFieldName, Condition[]>();
  for (const node of conditions) {
    if (isConstant(node) && evaluate(node, NO_RUN) !== true)
      return 'a condition without any field is false';
    const condition = conditionOf(node);
    if (condition === null) continue;
    byField.set(condition.name, [...(byField.get(condition.name) ?? []), condition]);
  }
  for (const [name, asked] of byField)
    if (!possible(name, asked))
      return `${name} cannot be ${asked.map(({ how, value }) => `${how} ${value}`).join(' and ')}`;
  return null;
}

/** Never looked at: only for expressions without fields. */
const NO_RUN = { before: [] } as unknown as JudgedRun;

function isConstant(node: RuleNode): boolean {
  return nodesOf(node).every(({ kind }) => kind !== 'field' && kind !== 'summary');
}

interface Condition {
  name: RuleFieldName;
  how: Comparison;
  value: number | string | boolean;
}

/** One field against one fixed value; null: it says more than that. */
function conditionOf(node: RuleNode): Condition | null {
  if (node.kind === 'field') return { name: node.name, how: '==', value: true };
  if (node.kind === 'not')
    return node.of.kind === 'field' ? { name: node.of.name, how: '==', value: false } : null;
  if (node.kind !== 'compare') return null;
  const { left, right, how } = node;
  if (left.kind === 'field') return against(left.name, how, right);
  return right.kind === 'field' ? against(right.name, MIRRORED[how], left) : null;
}

function against(name: RuleFieldName, how: Comparison, other: RuleNode): Condition | null {
  const value = isConstant(other) ? evaluate(other, NO_RUN) : null;
  return value === null ? null : { name, how, value };
}

function possible(name: RuleFieldName, asked: readonly Condition[]): boolean {
  const field = RULE_FIELDS[name];
  if (field.type === 'number') return numberPossible(field, asked);
  const equal = asked.filter(({ how }) => how === '==').map(({ value }) => value);
  const unequal = asked.filter(({ how }) => how === '!=').map(({ value }) => value);
  const candidates: readonly (number | string | boolean)[] =
    field.type === 'truth'
      ? [true, false]
      : (field.words ?? [...equal, Symbol.iterator.toString()]);
  return candidates.some(
    (word) => equal.every((value) => value === word) && !unequal.includes(word),
  );
}

function numberPossible(
  field: { least: number; most: number; whole: boolean },
  asked: readonly Condition[],
): boolean {
  let { least, most } = field;
  let [aboveLeast, belowMost] = [false, most === Infinity];
  const not = new Set<unknown>();
  for (const { how, value } of asked) {
    if (typeof value !== 'number') return true;
    if (how === '!=') not.add(value);
    if ((how === '>' || how === '>=' || how === '==') && value >= least) {
      aboveLeast = (value === least && aboveLeast) || how === '>';
      least = value;
    }
    if ((how === '<' || how === '<=' || how === '==') && value <= most) {
      belowMost = (value === most && belowMost) || how === '<';
      most = value;
    }
  }
  if (field.whole) {
    const first = aboveLeast ? Math.floor(least) + 1 : Math.ceil(least);
    const last = belowMost ? Math.ceil(most) - 1 : Math.floor(most);
    if (last - first > not.size) return true;
    for (let at = first; at <= last; at += 1) if (!not.has(at)) return true;
    return false;
  }
  if (least < most) return true;
  return least === most && !aboveLeast && !belowMost && !not.has(least);
}
