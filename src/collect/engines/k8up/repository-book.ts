import type { RepositoryFact } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import type { Identity } from '../../left-out.ts';
import { repositoryId } from './ids.ts';
import type { WorkEnd } from './outcome.ts';

/** One Backup, Check or Prune on a repository. */
export interface RepositoryWork {
  kind: string;
  uid: string;
  name: string;
  startedAt: Date;
  end: WorkEnd;
}

/**
 * What the objects there are say about each repository: K8up has no object for one. Bounded by the history limits
 * that K8up keeps its own objects to.
 */
export interface RepositoryBook {
  /** Notes how a piece of work stands and gives the repository as it looks then. */
  note(context: EngineContext, place: Place, work: RepositoryWork): RepositoryFact;
  /** The repository without that piece of work; null when nothing else is known of it. */
  forget(context: EngineContext, place: Place, uid: string): RepositoryFact | null;
  /** The repositories without the work of that kind that went while nobody watched. */
  forgetGone(
    context: EngineContext,
    kind: string,
    isGone: (work: Identity) => boolean,
  ): RepositoryFact[];
}

interface Place {
  namespace: string;
  address: string;
}

const MAINTENANCE = ['Prune', 'Check'];

const idOf = (context: EngineContext, { namespace, address }: Place): string =>
  repositoryId(context, { namespace, name: address });

export function createRepositoryBook(): RepositoryBook {
  const repositories = new Map<string, { place: Place; works: Map<string, RepositoryWork> }>();

  function forget(context: EngineContext, place: Place, uid: string): RepositoryFact | null {
    const id = idOf(context, place);
    const works = repositories.get(id)?.works;
    if (!works?.delete(uid)) return null;
    if (works.size > 0) return factOf(id, place, [...works.values()]);
    repositories.delete(id);
    return null;
  }

  return {
    note(context, place, work) {
      const id = idOf(context, place);
      const { works } = repositories.get(id) ?? { works: new Map<string, RepositoryWork>() };
      repositories.set(id, { place, works: works.set(work.uid, work) });
      return factOf(id, place, [...works.values()]);
    },
    forget,
    forgetGone: (context, kind, isGone) =>
      [...repositories.values()].flatMap(({ place, works }) => {
        const { namespace } = place;
        const gone = [...works.values()].filter(
          (work) => work.kind === kind && isGone({ namespace, uid: work.uid }),
        );
        return gone.map(({ uid }) => forget(context, place, uid)).at(-1) ?? [];
      }),
  };
}

/** Reachable when the newest work that ended did so well; nothing says for certain that it is not. */
function factOf(id: string, place: Place, works: RepositoryWork[]): RepositoryFact {
  const ended = works
    .filter(({ end }) => end.endedAt !== null)
    .sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime() || (a.uid < b.uid ? -1 : 1));
  const newest = (kind: string) => ended.find((work) => work.kind === kind);
  const checked = ended.find(({ kind, end }) => kind === 'Check' && end.outcome === 'success');
  const failures = MAINTENANCE.map(newest).filter((work) => work?.end.outcome === 'failed');
  return {
    repositoryId: id,
    engine: 'k8up',
    kind: 'Repository',
    namespace: place.namespace,
    name: place.address,
    uid: '',
    availability: ended[0]?.end.outcome === 'success' ? 'available' : 'unknown',
    message:
      failures
        .map((work) => (work ? sayFailure(work) : ''))
        .join(' ')
        .slice(0, 2_048) || null,
    checkedAt: checked?.end.endedAt ?? null,
    readOnly: false,
  };
}

function sayFailure({ kind, name, end }: RepositoryWork): string {
  return `The last ${kind.toLowerCase()} (${name}) failed: ${end.words ?? 'it does not say why'}.`;
}
