import { leftOutOf } from './left-out.ts';
import { field, textOf } from './kubernetes/object-meta.ts';
import type { ProblemBook } from './kubernetes/problem-book.ts';

/** Who tells of an object, and its kind: `about` of the functions below. */
export type ProblemHolder = `object:${string}` | `facts:${string}`;

/** Under which key a problem with one object is kept; one without a UID goes by its name. */
export function holderOf(about: ProblemHolder, object: unknown): string {
  const [uid, name, namespace] = ['uid', 'name', 'namespace'].map((key) =>
    textOf(field(object, 'metadata', key)),
  );
  return `${about}:${namespace ?? ''}:${uid ?? `?${name ?? 'unnamed'}`}`;
}

/** Ends what was told of objects that a complete list, of one namespace or of all (null), leaves out. */
export function forgetLeftOut(
  problems: ProblemBook,
  about: ProblemHolder,
  namespace: string | null,
  uids: ReadonlySet<string>,
): void {
  const isGone = leftOutOf(namespace, uids);
  problems.clearAll(`${about}:`, (rest) => {
    const [within = '', uid = ''] = rest.split(':');
    return !uid.startsWith('?') && isGone({ namespace: within, uid });
  });
}
