import type { Objective } from '../domain/judgement.ts';
import type { ObjectiveLevel } from '../domain/words.ts';
import type { Claim } from './selection.ts';

export interface ObjectiveTarget {
  seconds: number;
  /** Where it is set, in words. */
  why: string;
}

/** What people ask of a claim: how old its newest copy, and how long its restore, may be. Null: nobody said. */
export interface ClaimObjectives {
  rpo: ObjectiveTarget | null;
  rto: ObjectiveTarget | null;
}

const WHY: Record<ObjectiveLevel, (claim: Claim) => string> = {
  tenant: () => 'an objective for all clusters',
  cluster: () => 'an objective for the cluster',
  namespace: ({ namespace }) => `an objective for namespace ${namespace}`,
  resource: () => 'an objective of its own',
};

/**
 * The objectives each claim inherits: RPO and RTO each from the narrowest scope that sets it. Claims of which nothing is
 * asked are left out; the order of the objectives does not matter.
 */
export function inheritObjectives(
  claims: readonly Claim[],
  objectives: readonly Objective[],
): Map<string, ClaimObjectives> {
  const inherited = new Map<string, ClaimObjectives>();
  if (objectives.length === 0) return inherited;
  const byPlace = new Map(objectives.map((one) => [placeOf(one), one]));
  for (const claim of claims) {
    const found = { rpo: null, rto: null } as ClaimObjectives;
    for (const place of placesOf(claim)) {
      const objective = byPlace.get(place);
      if (objective === undefined) continue;
      const why = WHY[objective.level](claim);
      if (objective.rpoSeconds !== null) found.rpo = { seconds: objective.rpoSeconds, why };
      if (objective.rtoSeconds !== null) found.rto = { seconds: objective.rtoSeconds, why };
    }
    if (found.rpo !== null || found.rto !== null) inherited.set(claim.resourceId, found);
  }
  return inherited;
}

function placeOf({ level, namespace, resourceId }: Objective): string {
  return JSON.stringify([level, resourceId ?? namespace]);
}

/** From the widest to the narrowest: a later one overrides. */
function placesOf({ namespace, resourceId }: Claim): string[] {
  return [
    ['tenant', null],
    ['cluster', null],
    ['namespace', namespace],
    ['resource', resourceId],
  ].map((place) => JSON.stringify(place));
}
