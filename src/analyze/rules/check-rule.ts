import type jsep from 'jsep';
import { nearestWord } from '../nearest-word.ts';
import { RULE_FIELD_NAMES, RULE_FIELDS, isRuleField } from './rule-fields.ts';
import type { RuleFieldName } from './rule-fields.ts';
import { checkCall } from './check-call.ts';
import { refuseRule } from './refuse-rule.ts';
import { COMPARISONS, isNumber } from './rule-node.ts';
import type { Arithmetic, Comparison, RuleNode, ValueType } from './rule-node.ts';

const DEEPEST = 24;

const SAID: Record<ValueType, string> = {
  B: 'bytes',
  s: 'seconds',
  '1': 'a number',
  'B/s': 'bytes per second',
  plain: 'a number',
  text: 'a text',
  truth: 'true or false',
};

/** Gives every part of a tree its meaning; what has none is refused with the nearest right word. */
export function checkRule(tree: jsep.Expression): RuleNode {
  const rule = check(tree, 0);
  if (rule.type !== 'truth')
    throw refuseRule(
      `the rule gives ${SAID[rule.type]}, not true or false`,
      'Compare it, e.g. with >.',
    );
  return rule;
}

function check(tree: jsep.Expression, depth: number): RuleNode {
  if (depth > DEEPEST)
    throw refuseRule(`the rule is nested deeper than ${DEEPEST}`, 'Write two rules.');
  const own = tree as jsep.CoreExpression;
  const part = (inner: jsep.Expression): RuleNode => check(inner, depth + 1);
  switch (own.type) {
    case 'Literal':
      return literal(own.value);
    case 'Identifier':
      return field(own.name);
    case 'UnaryExpression':
      return unary(own.operator, part(own.argument));
    case 'BinaryExpression':
      return binary(own.operator, part(own.left), part(own.right));
    case 'CallExpression':
      return checkCall(own, part);
    case 'Compound':
      throw refuseRule('the rule holds two expressions side by side', 'Join them with and or or.');
    default:
      throw refuseRule(
        `${own.type} has no meaning in a rule`,
        'docs/reference/rules.md lists all there is.',
      );
  }
}

function literal(value: unknown): RuleNode {
  if (typeof value === 'number' && Number.isFinite(value))
    return { kind: 'value', type: 'plain', value };
  if (typeof value === 'string') return { kind: 'value', type: 'text', value };
  if (typeof value === 'boolean') return { kind: 'value', type: 'truth', value };
  throw refuseRule(
    `${String(value)} is no value of a rule`,
    'Unknown figures never meet a rule; leave it out.',
  );
}

function field(name: string): RuleNode {
  return { kind: 'field', type: typeOf(fieldNamed(name)), name: fieldNamed(name) };
}

function fieldNamed(name: string): RuleFieldName {
  if (isRuleField(name)) return name;
  const near = nearestWord(name, RULE_FIELD_NAMES);
  throw refuseRule(
    `a run has no field ${name}${near === null ? '' : `; did you mean ${near}?`}`,
    `The fields are ${RULE_FIELD_NAMES.join(', ')}. Texts stand in quotes.`,
  );
}

function typeOf(name: RuleFieldName): ValueType {
  const known = RULE_FIELDS[name];
  return known.type === 'number' ? known.unit : known.type;
}

function unary(operator: string, of: RuleNode): RuleNode {
  if (operator === '!' && of.type === 'truth') return { kind: 'not', type: 'truth', of };
  if (operator === '-' && of.kind === 'value' && typeof of.value === 'number')
    return { ...of, value: -of.value };
  throw refuseRule(
    `${operator} cannot be put before ${SAID[of.type]}`,
    'Use not before true or false.',
  );
}

function binary(operator: string, left: RuleNode, right: RuleNode): RuleNode {
  if (operator === '&&' || operator === '||') {
    if (left.type !== 'truth' || right.type !== 'truth')
      throw refuseRule(
        `${operator === '&&' ? 'and' : 'or'} joins true or false, not ${SAID[left.type === 'truth' ? right.type : left.type]}`,
        'Compare both sides first.',
      );
    return { kind: operator === '&&' ? 'both' : 'either', type: 'truth', left, right };
  }
  if (isComparison(operator)) return comparison(operator, left, right);
  if (operator === '+' || operator === '-' || operator === '*' || operator === '/')
    return {
      kind: 'compute',
      type: resultOf(operator, left.type, right.type),
      how: operator,
      left,
      right,
    };
  throw refuseRule(
    `${operator} has no meaning in a rule`,
    `Use ${COMPARISONS.join(' ')} + - * / and or not.`,
  );
}

function isComparison(operator: string): operator is Comparison {
  return (COMPARISONS as readonly string[]).includes(operator);
}

function comparison(how: Comparison, left: RuleNode, right: RuleNode): RuleNode {
  if (!fit(left.type, right.type))
    throw refuseRule(
      `${SAID[left.type]} cannot be compared with ${SAID[right.type]}`,
      'Compare like with like, e.g. addedBytes > 10 GiB.',
    );
  if (!isNumber(left.type) && how !== '==' && how !== '!=')
    throw refuseRule(`${how} compares numbers, not ${SAID[left.type]}`, 'Use == or !=.');
  refuseUnknownWord(left, right);
  refuseUnknownWord(right, left);
  return { kind: 'compare', type: 'truth', how, left, right };
}

/** A word that the field can never be is a slip of the pen. */
function refuseUnknownWord(of: RuleNode, value: RuleNode): void {
  if (of.kind !== 'field' || value.kind !== 'value' || typeof value.value !== 'string') return;
  const known = RULE_FIELDS[of.name];
  const words: readonly string[] | null = known.type === 'text' ? known.words : null;
  if (words === null || words.includes(value.value)) return;
  const near = nearestWord(value.value, words);
  throw refuseRule(
    `${of.name} is never "${value.value}"${near === null ? '' : `; did you mean "${near}"?`}`,
    `It is one of ${words.join(', ')}.`,
  );
}

function fit(a: ValueType, b: ValueType): boolean {
  return a === b || (isNumber(a) && isNumber(b) && (a === 'plain' || b === 'plain'));
}

const plain = (type: ValueType): boolean => type === 'plain' || type === '1';

function resultOf(how: Arithmetic, left: ValueType, right: ValueType): ValueType {
  const sign = { '+': 'added to', '-': 'taken from', '*': 'multiplied by', '/': 'divided by' }[how];
  const refused = refuseRule(
    `${SAID[left]} cannot be ${sign} ${SAID[right]}`,
    'Use numbers of the same unit, or multiply by a plain number.',
  );
  if (!isNumber(left) || !isNumber(right)) throw refused;
  if (how === '+' || how === '-') {
    if (!fit(left, right)) throw refused;
    return left === 'plain' ? right : left;
  }
  if (plain(right)) return left === 'plain' ? right : left;
  if (how === '*' && plain(left)) return right;
  if (how === '/' && left === right) return '1';
  if (how === '/' && left === 'B' && right === 's') return 'B/s';
  throw refused;
}
