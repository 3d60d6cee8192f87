import type { ResourceFact } from '../domain/facts.ts';
import type { Criticality } from '../domain/label-vocabulary.ts';
import type { LabelWords } from './claim-labels.ts';
import type { Claim } from './selection.ts';

/** How much somebody says a claim matters, and where they say it. */
export interface SaidCriticality {
  level: Criticality;
  said: string;
}

const RANKS: readonly Criticality[] = ['low', 'normal', 'high'];

/**
 * What labels and annotations say of each claim: its own, else its app's, else its namespace's; of several in one place
 * the highest. Claims of which nobody says anything are left out.
 */
export function criticalityOf(
  words: LabelWords,
  claims: readonly Claim[],
  resources: readonly ResourceFact[],
): Map<string, SaidCriticality> {
  const carriers = new Map<string, SaidCriticality>();
  for (const resource of resources) {
    const said = saidBy(words, resource);
    if (said !== null) carriers.set(keyOf(resource.kind, resource.namespace, resource.name), said);
  }
  const found = new Map<string, SaidCriticality>();
  if (carriers.size === 0) return found;
  for (const claim of claims) {
    const { namespace } = claim;
    const [kind = '', name = ''] = claim.app?.split('/') ?? [];
    const said =
      carriers.get(keyOf(claim.kind, namespace, claim.name)) ??
      carriers.get(keyOf(kind, namespace, name)) ??
      carriers.get(keyOf('Namespace', '', namespace));
    if (said !== undefined) found.set(claim.resourceId, said);
  }
  return found;
}

const keyOf = (...parts: string[]) => JSON.stringify(parts);

function saidBy(words: LabelWords, resource: ResourceFact): SaidCriticality | null {
  let highest: SaidCriticality | null = null;
  for (const [on, pairs] of [
    ['label', resource.labels],
    ['annotation', resource.annotations],
  ] as const)
    for (const [key, value] of Object.entries(pairs)) {
      const level = words(on, key)?.values[value.trim()]?.criticality;
      if (level === undefined) continue;
      if (highest === null || RANKS.indexOf(level) > RANKS.indexOf(highest.level))
        highest = { level, said: `${on} ${key}: ${level} of ${resource.kind} ${resource.name}` };
    }
  return highest;
}
