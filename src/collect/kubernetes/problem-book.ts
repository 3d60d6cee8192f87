import type { Clock } from '../../domain/time.ts';
import type { CollectProblem } from '../../domain/facts.ts';

type Problem = Omit<CollectProblem, 'since' | 'namespaces'> & { namespaces?: string[] | null };

/** The problems a cluster has now. */
export interface ProblemBook {
  /** One problem per key; the same code again keeps its `since`. */
  report(key: string, problem: Problem): void;
  clear(key: string): void;
  /** Clears every key that begins so. */
  clearAll(prefix: string): void;
  current(): CollectProblem[];
  /** True once after each change. */
  takeChanged(): boolean;
}

/** Beyond this a kind's malformed objects are counted, not listed. */
const LISTED_PER_SOURCE = 20;

export function createProblemBook(clock: Clock): ProblemBook {
  const problems = new Map<string, CollectProblem>();
  let changed = true;
  return {
    report(key, problem) {
      const old = problems.get(key);
      const since = old?.code === problem.code ? old.since : clock.now();
      const next = { namespaces: null, ...problem, since };
      changed ||= old === undefined || JSON.stringify(old) !== JSON.stringify(next);
      problems.set(key, next);
    },
    clear(key) {
      changed = problems.delete(key) || changed;
    },
    clearAll(prefix) {
      for (const key of problems.keys()) if (key.startsWith(prefix)) this.clear(key);
    },
    current: () => shorten(withoutEchoes([...problems.values()])),
    takeChanged() {
      const was = changed;
      changed = false;
      return was;
    },
  };
}

/** When the whole API is out of reach, each kind's own complaint of it adds nothing. */
function withoutEchoes(problems: CollectProblem[]): CollectProblem[] {
  const whole = problems.filter(({ source, code }) => source === 'cluster' && isOutage(code));
  return whole.length === 0
    ? problems
    : problems.filter(({ source, code }) => source === 'cluster' || !isOutage(code));
}

function isOutage(code: CollectProblem['code']): boolean {
  return code === 'unreachable' || code === 'unauthorized';
}

function shorten(problems: CollectProblem[]): CollectProblem[] {
  const seen = new Map<string, number>();
  return problems.filter(({ source, code }) => {
    if (code !== 'invalid') return true;
    const count = (seen.get(source) ?? 0) + 1;
    seen.set(source, count);
    return count <= LISTED_PER_SOURCE;
  });
}
