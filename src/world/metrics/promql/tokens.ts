import { QueryError } from './expression.ts';

export interface Token {
  kind: 'name' | 'number' | 'duration' | 'text' | 'sign' | 'end';
  text: string;
}

const PATTERNS: readonly [Token['kind'] | null, RegExp][] = [
  [null, /\s+/y],
  ['duration', /(?:\d+(?:ms|[smhdwy]))+/y],
  ['number', /\d+(?:\.\d+)?/y],
  ['name', /[a-zA-Z_][a-zA-Z0-9_:]*/y],
  ['text', /"(?:[^"\\]|\\.)*"/y],
  ['sign', /==|!=|>=|<=|=~|!~|[-+*/%^=<>(){}[\],:@]/y],
];

/** Throws QueryError `bad_data` at the first thing that is no token. */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < query.length;) {
    const found = tokenAt(query, at);
    if (found === null)
      throw new QueryError('bad_data', `unexpected character: ${JSON.stringify(query[at])}`);
    if (found.kind !== null) tokens.push({ kind: found.kind, text: found.text });
    at += found.text.length;
  }
  return [...tokens, { kind: 'end', text: '' }];
}

function tokenAt(query: string, at: number): { kind: Token['kind'] | null; text: string } | null {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const text = pattern.exec(query)?.[0];
    if (text !== undefined) return { kind, text };
  }
  return null;
}
