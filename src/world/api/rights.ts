import { WORLD_KINDS } from './kinds.ts';

/** What a user may do; `*` stands for all. Without `namespaces` the rule holds in the whole cluster. */
export interface Rule {
  verbs: string[];
  groups: string[];
  /** Plurals, with subresource as `plural/status`. */
  resources: string[];
  namespaces?: string[];
}

export interface User {
  name: string;
  rules: Rule[];
}

/** Bearer token → user. Without a token one is `anonymous`; null = `system:anonymous`, who may do nothing. */
export interface Rights {
  tokens: Record<string, User>;
  anonymous: User | null;
}

export interface Attempt {
  verb: string;
  group: string;
  resource: string;
  /** Null: the whole cluster. */
  namespace: string | null;
}

const readable = WORLD_KINDS.map((kind) => kind.plural).filter((plural) => plural !== 'secrets');

/** Get, list and watch of everything but Secrets: what Plimsoll's own RBAC manifest grants. */
export const READER_RULES: Rule[] = [
  { verbs: ['get', 'list', 'watch'], groups: ['*'], resources: readable },
];
export const ADMIN_RULES: Rule[] = [{ verbs: ['*'], groups: ['*'], resources: ['*'] }];

/** Anyone may read; nobody may write. */
export const READ_ONLY: Rights = {
  tokens: {},
  anonymous: { name: 'plimsoll', rules: READER_RULES },
};
/** Anyone may do anything: for tests that drive the world. */
export const OPEN: Rights = { tokens: {}, anonymous: { name: 'admin', rules: ADMIN_RULES } };

const holds = (list: string[], value: string): boolean =>
  list.includes('*') || list.includes(value);

function permits(rule: Rule, attempt: Attempt): boolean {
  const inScope =
    rule.namespaces === undefined ||
    (attempt.namespace !== null && holds(rule.namespaces, attempt.namespace));
  return (
    inScope &&
    holds(rule.verbs, attempt.verb) &&
    holds(rule.groups, attempt.group) &&
    holds(rule.resources, attempt.resource)
  );
}

export function allows(user: User, attempt: Attempt): boolean {
  return user.rules.some((rule) => permits(rule, attempt));
}

/** Null: the token is not known (401). */
export function userOf(rights: Rights, authorization: string | undefined): User | null {
  if (authorization === undefined || authorization === '') {
    return rights.anonymous ?? { name: 'system:anonymous', rules: [] };
  }
  const token = /^Bearer\s+(.+)$/i.exec(authorization)?.[1] ?? '';
  return Object.hasOwn(rights.tokens, token) ? (rights.tokens[token] ?? null) : null;
}
