import type { ClusterCheck } from '../port.ts';
import type { QueryReply } from './reply.ts';

/** How many series there are of each name, now or at an offset. */
export type Families = ReadonlyMap<string, number>;
export type Ask = (query: string) => Promise<QueryReply>;

export function hasAny(families: Families, names: readonly string[]): boolean {
  return names.some((name) => families.has(name));
}

export function good(check: string, text: string): ClusterCheck {
  return { check, ok: true, text, nextStep: null };
}

export function bad(check: string, text: string, nextStep: string): ClusterCheck {
  return { check, ok: false, text, nextStep };
}
