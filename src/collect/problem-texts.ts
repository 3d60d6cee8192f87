import type { AppError } from '../domain/error.ts';
import type { CollectProblem } from '../domain/facts.ts';

type Problem = Omit<CollectProblem, 'since' | 'namespaces'>;

const CODES: Partial<Record<AppError['code'], CollectProblem['code']>> = {
  'source-unreachable': 'unreachable',
  'source-unauthorized': 'unauthorized',
  'source-forbidden': 'forbidden',
  'source-invalid': 'invalid',
  'not-found': 'not-installed',
};

/** A failed read as the problem people see. A kind that answers 5xx is `broken`, the API itself unreachable. */
export function problemOf(source: string, error: AppError): Problem {
  const answered = source !== 'cluster' && typeof error.details['status'] === 'number';
  const code =
    error.code === 'source-unreachable' && answered ? 'broken' : (CODES[error.code] ?? 'broken');
  return {
    source,
    code,
    message: error.message,
    nextStep: error.nextStep ?? 'It is tried again by itself; the rest is read meanwhile.',
  };
}

export function malformedProblem(source: string, object: unknown, faults: string[]): Problem {
  const name = objectName(object);
  return {
    source,
    code: 'invalid',
    message: `${source} ${name}: ${faults.join('; ')}`,
    nextStep: 'Correct the object; its other fields and every other object are read.',
  };
}

/** A kind that could be read in these namespaces only. */
export function partialProblem(
  source: string,
  namespaces: string[],
): Problem & { namespaces: string[] } {
  const where = namespaces.length === 0 ? 'nowhere' : `only in ${namespaces.join(', ')}`;
  return {
    source,
    namespaces,
    code: 'forbidden',
    message: `${source} may be read ${where}; the list of the whole cluster is forbidden`,
    nextStep:
      'Grant the ClusterRole of docs/rbac.yaml, or list the namespaces in the clusters file.',
  };
}

/** The namespace that identifies a cluster cannot be read; `why` is the API's answer. */
export function unidentifiedProblem(why: string): Problem {
  return {
    source: 'namespaces',
    code: 'forbidden',
    message: `namespace kube-system cannot be read (${why}); the cluster is known by its address instead`,
    nextStep:
      'Grant get on namespaces as docs/rbac.yaml does; the cluster’s history then starts anew.',
  };
}

export const NO_DATE_PROBLEM: Problem = {
  source: 'cluster',
  code: 'broken',
  message: 'the API’s answers carry no Date header; this machine’s clock is used instead',
  nextStep: 'Let the proxy in front of the API pass the Date header on.',
};

function objectName(object: unknown): string {
  if (typeof object !== 'object' || object === null || !('metadata' in object))
    return '(no metadata)';
  const metadata: unknown = object.metadata;
  const read = (key: string): string => {
    const value: unknown =
      typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, key) : null;
    return typeof value === 'string' ? value : '';
  };
  return [read('namespace'), read('name') || '(no name)'].filter((part) => part !== '').join('/');
}
