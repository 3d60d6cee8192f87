import type {
  CollectProblem,
  PolicyFact,
  RepositoryFact,
  ResourceFact,
  RestorePointFact,
  RestoreRunFact,
} from '../../domain/facts.ts';
import type { Objective } from '../../domain/judgement.ts';
import { DEFAULT_VOCABULARY, type LabelVocabulary } from '../../domain/label-vocabulary.ts';
import {
  labelWords,
  NO_LABELS,
  readClaimLabels,
  selectedValues,
  type ClaimLabels,
  type LabelWords,
} from '../claim-labels.ts';
import { criticalityOf, type SaidCriticality } from '../criticality.ts';
import { inheritObjectives, type ClaimObjectives } from '../objectives.ts';
import { isClaim, takingOf, takingOfEach } from '../selection.ts';
import type { Claim, Taking } from '../selection.ts';
import { blindSpot } from '../coverage-sight.ts';
import { misnamedVolumes, volumeListsOf } from '../pod-volume-lists.ts';

export type JudgedPolicy = PolicyFact & {
  scheduleSince: Date;
  pausedSince: Date | null;
  removedAt: Date | null;
};
export type JudgedRepository = RepositoryFact & { availabilitySince: Date };

/** All that is known of a cluster but its runs; what the store's judge input carries. */
export interface Inventory {
  resources: ResourceFact[];
  policies: JudgedPolicy[];
  repositories: JudgedRepository[];
  /** The newest restore point per resource and policy. */
  newestPoints: RestorePointFact[];
  restoreRuns: RestoreRunFact[];
  exemptions: { resourceId: string; reason: string; expiresAt: Date | null }[];
  objectives: Objective[];
  problems: CollectProblem[];
}

/** A policy's word about a claim. */
export interface Declaration {
  policy: JudgedPolicy;
  taking: Taking;
}

/** The inventory with its look-ups; built once per inventory, not per pass. */
export interface InventoryIndex {
  /** Without its resources: of tens of thousands only the claims are looked at again. */
  inventory: Omit<Inventory, 'resources'>;
  claims: Claim[];
  claimById: Map<string, Claim>;
  /** Ids of all resources, temporary claims too. */
  known: ReadonlySet<string>;
  /** Policies that are not removed. */
  policies: JudgedPolicy[];
  policyById: Map<string, JudgedPolicy>;
  /** Policies that are removed, by id. */
  gonePolicies: Map<string, JudgedPolicy>;
  repositoryById: Map<string, JudgedRepository>;
  /** Per claim, every living policy whose scope holds it, paused ones too. */
  declarations: Map<string, Declaration[]>;
  /** Per policy, the claims it takes. */
  claimsOf: Map<string, Claim[]>;
  exemptions: Map<string, Inventory['exemptions'][number]>;
  /** What people ask of each claim; claims of which nothing is asked are not in it. */
  objectives: ReadonlyMap<string, ClaimObjectives>;
  pointsOfClaim: Map<string, RestorePointFact[]>;
  /** Points that hold several resources, by policy. */
  pointOfPolicy: Map<string, RestorePointFact>;
  restoresOf: Map<string, RestoreRunFact[]>;
  /** How much people say a claim matters; claims of which nobody says anything are not in it. */
  criticality: ReadonlyMap<string, SaidCriticality>;
  /** What each claim's labels and annotations say; claims that say nothing are not in it. */
  labels: ReadonlyMap<string, ClaimLabels>;
}

const byId = (a: { resourceId: string }, b: { resourceId: string }) =>
  a.resourceId < b.resourceId ? -1 : 1;

export function indexInventory(
  inventory: Inventory,
  vocabulary: LabelVocabulary = DEFAULT_VOCABULARY,
): InventoryIndex {
  const { resources: _all, ...others } = inventory;
  const claims = inventory.resources.filter(isClaim).sort(byId);
  const policies = inventory.policies
    .filter((policy) => policy.removedAt === null)
    .sort((a, b) => (a.policyId < b.policyId ? -1 : 1));
  const words = labelWords(vocabulary);
  const { declarations, claimsOf } = declare(inventory, claims, policies);
  return {
    inventory: others,
    claims,
    claimById: new Map(claims.map((claim) => [claim.resourceId, claim])),
    known: new Set(inventory.resources.map((resource) => resource.resourceId)),
    policies,
    policyById: new Map(policies.map((policy) => [policy.policyId, policy])),
    gonePolicies: new Map(
      inventory.policies.flatMap((policy) =>
        policy.removedAt === null ? [] : [[policy.policyId, policy] as const],
      ),
    ),
    repositoryById: new Map(inventory.repositories.map((one) => [one.repositoryId, one])),
    declarations,
    claimsOf,
    exemptions: new Map(inventory.exemptions.map((one) => [one.resourceId, one])),
    objectives: inheritObjectives(claims, inventory.objectives),
    ...indexPoints(inventory.newestPoints),
    restoresOf: groupBy(inventory.restoreRuns, (restore) => restore.resourceId),
    criticality: criticalityOf(words, claims, inventory.resources),
    labels: labelsOf(inventory, claims, policies, words),
  };
}

function labelsOf(
  { resources }: Inventory,
  claims: Claim[],
  policies: JudgedPolicy[],
  words: LabelWords,
): Map<string, ClaimLabels> {
  const selected = selectedValues(policies.map(({ selection }) => selection));
  const lists = volumeListsOf(resources);
  const labels = new Map<string, ClaimLabels>();
  for (const claim of claims) {
    const read = readClaimLabels(words, claim, selected);
    const misnamed = misnamedVolumes(claim, lists);
    if (read !== NO_LABELS || misnamed.length > 0)
      labels.set(claim.resourceId, { ...read, unknown: [...read.unknown, ...misnamed] });
  }
  return labels;
}

function declare(inventory: Inventory, claims: Claim[], policies: JudgedPolicy[]) {
  const declarations = new Map<string, Declaration[]>();
  const claimsOf = new Map<string, Claim[]>();
  const inNamespace = groupBy(claims, (claim) => claim.namespace);
  const podsSeen = new Map<string, boolean>();
  for (const namespace of inNamespace.keys())
    podsSeen.set(namespace, blindSpot(inventory.problems, ['pods'], namespace) === null);
  const byName = new Map(claims.map((claim) => [`${claim.namespace}/${claim.name}`, claim]));
  const declareOne = (policy: JudgedPolicy, claim: Claim, taking: Taking): void => {
    push(declarations, claim.resourceId, { policy, taking });
    if (taking.take === 'taken') push(claimsOf, policy.policyId, claim);
  };
  for (const policy of policies) {
    const { selection } = policy;
    if (selection.type === 'each-claim') {
      for (const chosen of selection.claims) {
        const claim = byName.get(`${chosen.namespace}/${chosen.name}`);
        if (claim !== undefined) declareOne(policy, claim, takingOfEach(selection, chosen));
      }
      continue;
    }
    const candidates =
      'namespace' in selection ? (inNamespace.get(selection.namespace) ?? []) : claims;
    for (const claim of candidates) {
      const taking = takingOf(selection, claim, podsSeen.get(claim.namespace) ?? false);
      if (taking !== null) declareOne(policy, claim, taking);
    }
  }
  return { declarations, claimsOf };
}

function indexPoints(points: RestorePointFact[]) {
  const pointOfPolicy = new Map<string, RestorePointFact>();
  for (const point of points) {
    if (point.resourceId !== null || point.policyId === null) continue;
    const known = pointOfPolicy.get(point.policyId);
    if (known === undefined || known.takenAt < point.takenAt)
      pointOfPolicy.set(point.policyId, point);
  }
  return { pointsOfClaim: groupBy(points, (point) => point.resourceId), pointOfPolicy };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string | null): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== null) push(groups, key, item);
  }
  return groups;
}

function push<T>(groups: Map<string, T[]>, key: string, item: T): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [item]);
  else group.push(item);
}
