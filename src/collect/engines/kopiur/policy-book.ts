import { selects } from '../../../analyze/selection.ts';
import type { PolicyFact } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import type { Identity } from '../../left-out.ts';
import { labelSelectorOf, policyFactOf, type Recipe } from './policy.ts';
import type { SnapshotSchedule } from './schema.ts';

/** Policies and schedules that exist, so that each policy is told with its schedules, whichever comes first. */
export interface PolicyBook {
  recipe(namespace: string, name: string): Recipe | null;
  notePolicy(recipe: Recipe, context: EngineContext): PolicyFact;
  forgetPolicy(namespace: string, name: string): void;
  /** The policies whose schedule this is or was. */
  noteSchedule(schedule: SnapshotSchedule, context: EngineContext): PolicyFact[];
  forgetSchedule(namespace: string, name: string, context: EngineContext): PolicyFact[];
  forgetGonePolicies(isGone: (policy: Identity) => boolean): void;
  /** The policies whose schedules went. */
  forgetGoneSchedules(
    isGone: (schedule: Identity) => boolean,
    context: EngineContext,
  ): PolicyFact[];
}

export function createPolicyBook(): PolicyBook {
  const recipes = new Map<string, Map<string, Recipe>>();
  const schedules = new Map<string, Map<string, SnapshotSchedule>>();

  function factOf(recipe: Recipe, context: EngineContext): PolicyFact {
    const own = [...(schedules.get(recipe.object.metadata.namespace)?.values() ?? [])];
    return policyFactOf(
      recipe,
      own.filter((one) => isFor(one, recipe)),
      context,
    );
  }

  /** Tells again what either the old or the new schedule is for. */
  function retell(
    namespace: string,
    about: (SnapshotSchedule | undefined)[],
    context: EngineContext,
  ) {
    const all = [...(recipes.get(namespace)?.values() ?? [])];
    return all
      .filter((recipe) => about.some((one) => one !== undefined && isFor(one, recipe)))
      .map((recipe) => factOf(recipe, context));
  }

  function forgetSchedule(namespace: string, name: string, context: EngineContext): PolicyFact[] {
    const before = schedules.get(namespace)?.get(name);
    schedules.get(namespace)?.delete(name);
    return retell(namespace, [before], context);
  }

  return {
    recipe: (namespace, name) => recipes.get(namespace)?.get(name) ?? null,
    notePolicy(recipe, context) {
      const { namespace, name } = recipe.object.metadata;
      placed(recipes, namespace).set(name, recipe);
      return factOf(recipe, context);
    },
    forgetPolicy: (namespace, name) => void recipes.get(namespace)?.delete(name),
    noteSchedule(schedule, context) {
      const { namespace, name } = schedule.metadata;
      const own = placed(schedules, namespace);
      const before = own.get(name);
      own.set(name, schedule);
      return retell(namespace, [before, schedule], context);
    },
    forgetSchedule,
    forgetGonePolicies(isGone) {
      for (const own of recipes.values())
        for (const [name, { object }] of own) if (isGone(object.metadata)) own.delete(name);
    },
    forgetGoneSchedules: (isGone, context) =>
      [...schedules.values()]
        .flatMap((own) => [...own.values()])
        .filter(({ metadata }) => isGone(metadata))
        .flatMap(({ metadata }) => forgetSchedule(metadata.namespace, metadata.name, context)),
  };
}

function placed<T>(places: Map<string, Map<string, T>>, namespace: string): Map<string, T> {
  const known = places.get(namespace) ?? new Map<string, T>();
  places.set(namespace, known);
  return known;
}

function isFor({ spec }: SnapshotSchedule, { object: { metadata } }: Recipe): boolean {
  if (spec?.policyRef) return spec.policyRef.name === metadata.name;
  return spec?.policySelector
    ? selects(labelSelectorOf(spec.policySelector), metadata.labels ?? {})
    : false;
}
