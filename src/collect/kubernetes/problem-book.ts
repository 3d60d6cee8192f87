import type { Clock } from '../../domain/time.ts';
import type { CollectProblem } from '../../domain/facts.ts';

type Problem = Omit<CollectProblem, 'since' | 'namespaces'> & { namespaces?: string[] | null };

/** The problems a cluster has now. */
export interface ProblemBook {
  /** One problem per key; the same code again keeps its `since`. */
  report(key: string, problem: Problem): void;
  clear(key: string): void;
  /** All that is wrong with one holder now, in place of what was told of it before; what is the same is no change. */
  replace(holder: string, found: readonly Problem[]): void;
  /** Clears every key that begins so, and of which the rest fulfils the condition, if there is one. */
  clearAll(prefix: string, condition?: (rest: string) => boolean): void;
  current(): CollectProblem[];
  /** True once after each change. */
  takeChanged(): boolean;
}

/** Beyond so many of a kind, malformed objects are counted, not listed. */
const LISTED_PER_SOURCE = 20;

export function createProblemBook(clock: Clock): ProblemBook {
  const problems = new Map<string, CollectProblem>();
  /** How many problems each holder has. */
  const held = new Map<string, number>();
  let changed = true;
  return {
    replace(holder, found) {
      for (const [index, problem] of found.entries()) this.report(`${holder}:${index}`, problem);
      const before = held.get(holder) ?? 0;
      for (let index = found.length; index < before; index += 1) this.clear(`${holder}:${index}`);
      if (found.length === 0) held.delete(holder);
      else held.set(holder, found.length);
    },
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
    clearAll(prefix, condition = () => true) {
      for (const key of problems.keys())
        if (key.startsWith(prefix) && condition(key.slice(prefix.length))) this.clear(key);
    },
    current: () => shorten(withoutEchoes(problems)),
    takeChanged() {
      const was = changed;
      changed = false;
      return was;
    },
  };
}

/** When the whole API is out of reach, what that keeps from answering adds nothing. */
function withoutEchoes(problems: ReadonlyMap<string, CollectProblem>): CollectProblem[] {
  const all = [...problems.values()];
  const lost = all.some(({ source, code }) => source === 'cluster' && isOutage(code));
  return lost ? [...problems].filter((one) => !isEcho(one)).map(([, problem]) => problem) : all;
}

/** A kind that answers 5xx is `broken` by itself, and unanswered like every other while the API is. */
function isEcho([key, { source, code }]: [string, CollectProblem]): boolean {
  if (source === 'cluster') return false;
  return isOutage(code) || (code === 'broken' && /^(?:kind|discovery):/.test(key));
}

function isOutage(code: CollectProblem['code']): boolean {
  return code === 'unreachable' || code === 'unauthorized';
}

/** One more entry of a kind with too many says how many are not listed. */
function shorten(problems: CollectProblem[]): CollectProblem[] {
  const counts = new Map<string, number>();
  const listed = problems.filter(({ source, code }) => {
    if (code !== 'invalid') return true;
    const count = (counts.get(source) ?? 0) + 1;
    counts.set(source, count);
    return count <= LISTED_PER_SOURCE;
  });
  const rest = [...counts].filter(([, count]) => count > LISTED_PER_SOURCE);
  return [...listed, ...rest.map(([source, count]) => restOf(source, count, problems))];
}

function restOf(source: string, count: number, problems: CollectProblem[]): CollectProblem {
  const unlisted = problems
    .filter((problem) => problem.source === source && problem.code === 'invalid')
    .slice(LISTED_PER_SOURCE);
  return {
    source,
    code: 'invalid',
    message: `${count - LISTED_PER_SOURCE} more of ${source} are malformed`,
    nextStep: 'Correct the listed ones first; then these are listed.',
    namespaces: null,
    since: new Date(Math.min(...unlisted.map(({ since }) => since.getTime()))),
  };
}
