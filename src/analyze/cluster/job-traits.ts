import type { Traits } from '../../domain/delivery.ts';
import type { FindingDraft } from '../../domain/judgement.ts';
import type { SharedTrait } from '../../domain/words.ts';
import { startMinute } from '../fleet/trait-sizes.ts';
import type { InventoryIndex, JudgedPolicy } from './inventory.ts';
import { nameOf } from './words.ts';

type Visit = (trait: SharedTrait, value: string, bound: boolean) => void;

/** What a job shares with others, as far as the inventory tells; on which node it runs, nothing does. */
export function visitTraits(
  index: InventoryIndex,
  clusterId: string,
  jobId: string,
  visit: Visit,
): void {
  const [policyId = '', resourceId] = jobId.split(':');
  const policy = index.policyById.get(policyId);
  if (policy === undefined) return;
  visitRepository(index, policy.repositoryId, visit);
  const claim =
    resourceId === undefined ? soleClaim(index, policy) : index.claimById.get(resourceId);
  const storageClass = claim?.claim.storageClass ?? null;
  if (storageClass !== null) visit('storageClass', storageClass, true);
  visit('engine', policy.engine, true);
  const { schedule } = policy;
  if (schedule.type === 'cron')
    visit('startMinute', startMinute(schedule.expression, schedule.timeZone), false);
  visit('cluster', clusterId, true);
}

function soleClaim(index: InventoryIndex, { policyId, selection }: JudgedPolicy) {
  const names = selection.type === 'claims' && selection.names.length === 1;
  return names ? index.claimsOf.get(policyId)?.[0] : undefined;
}

/** A Secret that is the repository (VolSync) names its credential; where it stores is not read. */
function visitRepository(index: InventoryIndex, repositoryId: string | null, visit: Visit): void {
  const repository = repositoryId === null ? undefined : index.repositoryById.get(repositoryId);
  if (repository === undefined) return;
  const { kind } = repository;
  visit(kind === 'Secret' ? 'credential' : 'target', `${kind} ${nameOf(repository)}`, true);
}

function collected(clusterId: string, visitAll: (visit: Visit) => void): Traits {
  const traits: Traits = {};
  visitAll((trait, value, bound) => {
    traits[trait] = { value, clusterId: bound ? clusterId : null };
  });
  return traits;
}

export function jobTraits(index: InventoryIndex, clusterId: string, jobId: string): Traits {
  return collected(clusterId, (visit) => visitTraits(index, clusterId, jobId, visit));
}

/** What is found of the cluster as a whole: the rule that finds it, and the repository it is about. */
export function clusterTraits(
  index: InventoryIndex,
  clusterId: string,
  { kind, subject }: FindingDraft,
): Traits {
  const policy = subject.policyId === null ? undefined : index.policyById.get(subject.policyId);
  const repositoryId = subject.repositoryId ?? policy?.repositoryId ?? null;
  return collected(clusterId, (visit) => {
    visitRepository(index, repositoryId, visit);
    visit('rule', kind, true);
  });
}
