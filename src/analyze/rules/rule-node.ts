import type { RuleFieldName, Unit } from './rule-fields.ts';

export const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const;
export type Comparison = (typeof COMPARISONS)[number];
export const SUMMARIES = ['median', 'mean', 'min', 'max'] as const;
export type Summary = (typeof SUMMARIES)[number];
export type Arithmetic = '+' | '-' | '*' | '/';

/** What a value is; `plain`: a number without a unit, which takes any. */
export type ValueType = Unit | 'B/s' | 'plain' | 'text' | 'truth';

export const isNumber = (type: ValueType): boolean => type !== 'text' && type !== 'truth';

/** A rule as checked: every part has its type and nothing in it can fail. */
export type RuleNode =
  | { kind: 'value'; type: ValueType; value: number | string | boolean }
  | { kind: 'field'; type: ValueType; name: RuleFieldName }
  /** Over so many runs before the judged one that say it. */
  | { kind: 'summary'; type: ValueType; of: RuleFieldName; how: Summary; runs: number }
  | { kind: 'compare'; type: 'truth'; how: Comparison; left: RuleNode; right: RuleNode }
  | { kind: 'both' | 'either'; type: 'truth'; left: RuleNode; right: RuleNode }
  | { kind: 'not'; type: 'truth'; of: RuleNode }
  | { kind: 'contains'; type: 'truth'; text: RuleNode; part: RuleNode }
  | { kind: 'compute'; type: ValueType; how: Arithmetic; left: RuleNode; right: RuleNode };

/** The parts a node is made of. */
export function partsOf(node: RuleNode): RuleNode[] {
  switch (node.kind) {
    case 'compare':
    case 'both':
    case 'either':
    case 'compute':
      return [node.left, node.right];
    case 'not':
      return [node.of];
    case 'contains':
      return [node.text, node.part];
    default:
      return [];
  }
}

/** Every node of a rule, itself first. */
export function nodesOf(node: RuleNode): RuleNode[] {
  return [node, ...partsOf(node).flatMap(nodesOf)];
}
