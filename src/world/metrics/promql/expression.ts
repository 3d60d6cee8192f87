/** A part of a PromQL expression, as far as this world evaluates it. Durations in milliseconds. */
export type Expression =
  | { kind: 'number'; value: number }
  | SelectorExpression
  | { kind: 'aggregate'; by: readonly string[]; how: Aggregation; of: Expression }
  | { kind: 'over-time'; how: OverTime; of: RangeExpression }
  | { kind: 'timestamp'; of: Expression }
  | { kind: 'label-replace'; of: Expression; label: string; value: string }
  | { kind: 'binary'; operator: BinaryOperator; left: Expression; right: Expression };

export interface SelectorExpression {
  kind: 'selector';
  matchers: readonly Matcher[];
  offsetMs: number;
}

/** A window of raw samples, or of what an expression shows at each step (milliseconds). */
export type RangeExpression =
  | { of: SelectorExpression; windowMs: number; stepMs: null }
  | { of: Expression; windowMs: number; stepMs: number };

export interface Matcher {
  label: string;
  matches: (value: string) => boolean;
  /** What it must equal; null: it is another kind of matcher. */
  equals: string | null;
}

export const AGGREGATIONS = ['max', 'min', 'sum', 'count'] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];
export const OVER_TIME = ['max_over_time', 'last_over_time'] as const;
export type OverTime = (typeof OVER_TIME)[number];

export const SET_OPERATORS = ['and', 'or', 'unless'] as const;
export const COMPARISONS = ['==', '!=', '>', '<', '>=', '<='] as const;
export const ARITHMETIC = ['+', '-'] as const;
export type SetOperator = (typeof SET_OPERATORS)[number];
export type Comparison = (typeof COMPARISONS)[number];
export type BinaryOperator = SetOperator | Comparison | (typeof ARITHMETIC)[number];

/** What a metrics store says of a question it does not answer. */
export class QueryError extends Error {
  readonly errorType: 'bad_data' | 'execution';
  constructor(errorType: 'bad_data' | 'execution', message: string) {
    super(message);
    this.name = 'QueryError';
    this.errorType = errorType;
  }
}

/** The member of a list that a text is; null when it is none. */
export function memberOf<T extends string>(list: readonly T[], text: string): T | null {
  return list.find((one) => one === text) ?? null;
}
