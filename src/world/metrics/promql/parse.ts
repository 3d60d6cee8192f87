import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../domain/time.ts';
import {
  AGGREGATIONS,
  ARITHMETIC,
  COMPARISONS,
  memberOf,
  OVER_TIME,
  QueryError,
  type BinaryOperator,
  type Expression,
  type RangeExpression,
  type SelectorExpression,
} from './expression.ts';
import { matcherOf } from './matcher.ts';
import { tokensOf, type Token } from './tokens.ts';

/** A whole question: an instant's value, or the raw samples of a window. */
export type Query = { kind: 'vector'; of: Expression } | ({ kind: 'matrix' } & RangeExpression);

/** By how strongly they bind, weakest first. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['or'],
  ['and', 'unless'],
  COMPARISONS,
  ARITHMETIC,
];

/**
 * The part of PromQL that readers of backups need. Throws QueryError `bad_data` for anything else: this world never
 * answers a question that it has not understood.
 */
export function parseQuery(text: string): Query {
  const parser = createParser(tokensOf(text));
  const of = parser.operand(0);
  parser.expectEnd();
  return isRange(of) ? { kind: 'matrix', ...of } : { kind: 'vector', of };
}

type Operand = Expression | RangeExpression;

const isRange = (operand: Operand): operand is RangeExpression => 'windowMs' in operand;

function createParser(tokens: readonly Token[]) {
  let at = 0;
  const peek = (): Token => tokens[at] ?? { kind: 'end', text: '' };
  const fail = (): never => {
    throw new QueryError(
      'bad_data',
      `this simulated metrics store evaluates what Plimsoll asks, and not: ${JSON.stringify(peek().text)} (part ${at + 1} of the query)`,
    );
  };
  const take = (kind: Token['kind']): string => {
    const token = peek();
    if (token.kind !== kind) fail();
    at += 1;
    return token.text;
  };
  const skip = (text: string): boolean => {
    if (peek().text !== text || peek().kind === 'text') return false;
    at += 1;
    return true;
  };
  const expect = (text: string): void => {
    if (!skip(text)) fail();
  };
  const vector = (operand: Operand): Expression => (isRange(operand) ? fail() : operand);

  function operand(level: number): Operand {
    const operators = LEVELS[level];
    if (operators === undefined) return postfix();
    let left = operand(level + 1);
    for (;;) {
      const operator = memberOf(operators, peek().kind === 'text' ? '' : peek().text);
      if (operator === null) return left;
      at += 1;
      if (['on', 'ignoring', 'bool'].includes(peek().text)) fail();
      const right = vector(operand(level + 1));
      left = { kind: 'binary', operator, left: vector(left), right };
    }
  }

  function postfix(): Operand {
    const inner = primary();
    if (skip('[')) return window(inner);
    if (!skip('offset')) return inner;
    if (inner.kind !== 'selector') return fail();
    return { ...inner, offsetMs: durationMs(take('duration')) };
  }

  function window(inner: Expression): RangeExpression {
    const windowMs = durationMs(take('duration'));
    const stepMs = skip(':') ? durationMs(take('duration')) : null;
    expect(']');
    if (stepMs !== null) return { of: inner, windowMs, stepMs };
    return inner.kind === 'selector' ? { of: inner, windowMs, stepMs } : fail();
  }

  function primary(): Expression {
    if (peek().kind === 'number') return { kind: 'number', value: Number(take('number')) };
    if (skip('(')) {
      const inner = vector(operand(0));
      expect(')');
      return inner;
    }
    if (peek().text === '{') return selector(null);
    const name = take('name');
    const how = memberOf(AGGREGATIONS, name);
    if (how !== null) return { kind: 'aggregate', how, by: labels(), of: inParentheses() };
    const over = memberOf(OVER_TIME, name);
    if (over !== null) return overTime(over);
    if (name === 'timestamp') return { kind: 'timestamp', of: inParentheses() };
    if (name === 'label_replace') return labelReplace();
    return peek().text === '(' ? fail() : selector(name);
  }

  function inParentheses(): Expression {
    expect('(');
    const inner = vector(operand(0));
    expect(')');
    return inner;
  }

  function labels(): string[] {
    if (!skip('by')) return [];
    expect('(');
    const named: string[] = [];
    while (!skip(')')) {
      named.push(take('name'));
      if (peek().text !== ')') expect(',');
    }
    return named;
  }

  function overTime(how: (typeof OVER_TIME)[number]): Expression {
    expect('(');
    const of = operand(0);
    expect(')');
    return isRange(of) ? { kind: 'over-time', how, of } : fail();
  }

  /** Only as a way to add a label: of no label, matching nothing. */
  function labelReplace(): Expression {
    expect('(');
    const of = vector(operand(0));
    const texts = [1, 2, 3, 4].map(() => {
      expect(',');
      return unquoted(take('text'));
    });
    expect(')');
    const [label = '', value = '', from, pattern] = texts;
    return from === '' && pattern === '' ? { kind: 'label-replace', of, label, value } : fail();
  }

  function selector(name: string | null): SelectorExpression {
    const matchers = name === null ? [] : [matcherOf('__name__', '=', name)];
    if (skip('{'))
      while (!skip('}')) {
        const label = take('name');
        matchers.push(matcherOf(label, take('sign'), unquoted(take('text'))));
        if (peek().text !== '}') expect(',');
      }
    return { kind: 'selector', matchers, offsetMs: 0 };
  }

  return {
    operand,
    expectEnd: () => (peek().kind === 'end' ? undefined : fail()),
  };
}

function unquoted(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one));
}

const UNITS: Record<string, number> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
  y: 365 * DAY_MS,
};

/** `90s`, `1h30m`. */
export function durationMs(text: string): number {
  return [...text.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
}
