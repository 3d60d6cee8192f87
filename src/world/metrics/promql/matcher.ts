import { QueryError, type Matcher } from './expression.ts';

/** What a label must be; regular expressions cover the whole value, as in PromQL. */
export function matcherOf(label: string, sign: string, value: string): Matcher {
  switch (sign) {
    case '=':
      return { label, equals: value, matches: (given) => given === value };
    case '!=':
      return { label, equals: null, matches: (given) => given !== value };
    case '=~': {
      const pattern = wholly(value);
      return { label, equals: null, matches: (given) => pattern.test(given) };
    }
    case '!~': {
      const pattern = wholly(value);
      return { label, equals: null, matches: (given) => !pattern.test(given) };
    }
    default:
      throw new QueryError('bad_data', `unknown matcher ${sign} of label ${label}`);
  }
}

function wholly(value: string): RegExp {
  try {
    return new RegExp(`^(?:${value})$`);
  } catch {
    throw new QueryError('bad_data', `${JSON.stringify(value)} is no regular expression`);
  }
}
