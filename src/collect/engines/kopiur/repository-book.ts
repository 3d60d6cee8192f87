import type { RepositoryFact } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import type { Identity } from '../../left-out.ts';
import { referredRepository, repositoryId } from './ids.ts';
import { repositoryFactOf } from './repository.ts';
import type { Maintenance, Repository } from './schema.ts';

/** Repositories and what looks after them, whichever comes first. */
export interface RepositoryBook {
  note(kind: string, object: Repository, context: EngineContext): RepositoryFact;
  forget(id: string): void;
  /** The repository as it looks with this Maintenance; none when it is not known, or not ours to tell. */
  noteMaintenance(object: Maintenance, context: EngineContext): RepositoryFact[];
  forgetMaintenance(object: Maintenance, context: EngineContext): RepositoryFact[];
  forgetGone(kind: string, isGone: (repository: Identity) => boolean): void;
  /** The repositories that nobody looks after any more, or fewer. */
  forgetGoneMaintenances(
    isGone: (maintenance: Identity) => boolean,
    context: EngineContext,
  ): RepositoryFact[];
}

export function createRepositoryBook(): RepositoryBook {
  const known = new Map<string, { kind: string; object: Repository }>();
  const care = new Map<string, Map<string, Maintenance>>();

  function factsOf(id: string, context: EngineContext): RepositoryFact[] {
    const found = known.get(id);
    if (found === undefined) return [];
    const maintenance = [...(care.get(id)?.values() ?? [])].sort((a, b) =>
      a.metadata.uid < b.metadata.uid ? -1 : 1,
    );
    return [repositoryFactOf(found.kind, found.object, maintenance, context)];
  }

  function forgetMaintenance(object: Maintenance, context: EngineContext): RepositoryFact[] {
    const id = idOf(object, context);
    if (id === null || !care.get(id)?.delete(object.metadata.uid)) return [];
    return factsOf(id, context);
  }

  return {
    note(kind, object, context) {
      const { name, namespace } = object.metadata;
      const id = repositoryId(context, { kind, namespace: namespace ?? '', name });
      known.set(id, { kind, object });
      return factsOf(id, context)[0]!;
    },
    forget: (id) => void known.delete(id),
    noteMaintenance(object, context) {
      const id = idOf(object, context);
      if (id === null) return [];
      care.set(
        id,
        (care.get(id) ?? new Map<string, Maintenance>()).set(object.metadata.uid, object),
      );
      return factsOf(id, context);
    },
    forgetMaintenance,
    forgetGone(kind, isGone) {
      for (const [id, one] of known) {
        const { uid, namespace } = one.object.metadata;
        if (one.kind === kind && isGone({ uid, namespace: namespace ?? '' })) known.delete(id);
      }
    },
    forgetGoneMaintenances: (isGone, context) =>
      [...care.values()]
        .flatMap((own) => [...own.values()])
        .filter(({ metadata }) => isGone(metadata))
        .flatMap((one) => forgetMaintenance(one, context)),
  };
}

function idOf({ metadata, spec }: Maintenance, context: EngineContext): string | null {
  const place = referredRepository(spec?.repository, metadata.namespace);
  return place === null ? null : repositoryId(context, place);
}
