import type { DeliveryNews, RaisedFinding, TraitSize, Traits } from '../../domain/delivery.ts';
import type { FindingChange, FindingDraft } from '../../domain/judgement.ts';
import { DAY_MS, HOUR_MS, tickAtOrAfter } from '../../domain/time.ts';
import type { SharedTrait } from '../../domain/words.ts';
import { raisedOf } from '../fleet/raised.ts';
import { startMinute } from '../fleet/trait-sizes.ts';
import type { InventoryIndex, JudgedPolicy } from './inventory.ts';
import type { JobBook } from './job-book.ts';
import { volumeJobId } from './job-inputs.ts';
import type { JobNews } from './job-inputs.ts';
import { nameOf } from './words.ts';

/** What a pass has found out, as far as delivery needs it. */
export interface RaisedInput {
  clusterId: string;
  at: Date;
  /** When the pass before was; null: this is the first contact. */
  before: Date | null;
  changes: readonly FindingChange[];
  /** Those of them that rules about jobs decided. */
  jobChanges: readonly FindingChange[];
  tests: RunTests;
}

/** How many runs could be compared with their history, by the tick that judges them. */
export type RunTests = ReadonlyMap<number, number>;

/** Names that fewer jobs of a cluster share can be no incident. */
const LEAST_SHARED = 3;

/**
 * What a pass raised, with what each finding shares with others, and how many jobs share that; null when there is
 * nothing to tell. Sizes come with what is raised, once an hour at most, and once a day.
 */
export function raisedNews(
  book: JobBook,
  index: InventoryIndex,
  input: RaisedInput,
): DeliveryNews | null {
  const { tests } = input;
  const raised = raisedBy(book, index, input);
  const recent = input.at.getTime() - HOUR_MS;
  const tested = [...tests].filter(([tick]) => tick >= recent);
  const isNewDay = dayOf(input.before) !== dayOf(input.at);
  if (raised.length === 0 && !isNewDay)
    return tested.length === 0 ? null : { raised, tested, sizes: null };
  const isCounted = book.countedAt > recent;
  if (!isCounted) book.countedAt = input.at.getTime();
  const sizes = isCounted ? null : sizesOf(book, index, input.clusterId);
  return { raised, tested, sizes };
}

const dayOf = (at: Date | null): number => Math.floor((at?.getTime() ?? -DAY_MS) / DAY_MS);

/** Runs are compared when they end well. */
export function testsByTick(news: ReadonlyMap<string, JobNews>): RunTests {
  const ticks = new Map<number, number>();
  for (const { runs } of news.values())
    for (const { endedAt, outcome } of runs) {
      if (endedAt === null || outcome !== 'success') continue;
      const tick = tickAtOrAfter(endedAt).getTime();
      ticks.set(tick, (ticks.get(tick) ?? 0) + 1);
    }
  return ticks;
}

function raisedBy(
  book: JobBook,
  index: InventoryIndex,
  { clusterId, changes, jobChanges, tests }: RaisedInput,
): RaisedFinding[] {
  const ofJobs = new Set(jobChanges);
  return changes.flatMap((change): RaisedFinding[] => {
    if (change.change !== 'raised') return [];
    const { at, finding } = change;
    const jobId = ofJobs.has(change) ? jobOf(book, finding) : null;
    const traits =
      jobId === null
        ? clusterTraits(index, clusterId, finding)
        : jobTraits(index, clusterId, jobId);
    const { severity, probability, factor } = raisedOf(finding, { key: '', jobId, traits });
    const figures = { severity, probability, factor, traits };
    const { fingerprint } = finding;
    const compared = tests.get(tickAtOrAfter(at).getTime()) ?? 0;
    return [{ fingerprint, at, jobId, raised: figures, tests: compared }];
  });
}

function jobOf({ jobs }: JobBook, { subject }: FindingDraft): string | null {
  const { policyId, resourceId } = subject;
  if (policyId === null) return null;
  const part = resourceId === null ? policyId : volumeJobId(policyId, resourceId);
  return jobs.has(part) ? part : policyId;
}

type Visit = (trait: SharedTrait, value: string, bound: boolean) => void;

/** What a job shares with others, as far as the inventory tells; on which node it runs, nothing does. */
function visitTraits(index: InventoryIndex, clusterId: string, jobId: string, visit: Visit): void {
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

function jobTraits(index: InventoryIndex, clusterId: string, jobId: string): Traits {
  return collected(clusterId, (visit) => visitTraits(index, clusterId, jobId, visit));
}

/** What is found of the cluster as a whole: the rule that finds it, and the repository it is about. */
function clusterTraits(
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

function sizesOf({ jobs }: JobBook, index: InventoryIndex, clusterId: string): TraitSize[] {
  const counts = new Map<SharedTrait, Map<string, TraitSize>>();
  const count: Visit = (trait, value, bound) => {
    const own = counts.get(trait) ?? new Map<string, TraitSize>();
    counts.set(trait, own);
    const known = own.get(value);
    if (known === undefined) own.set(value, { trait, value, bound, jobs: 1 });
    else known.jobs += 1;
  };
  for (const jobId of jobs.keys()) visitTraits(index, clusterId, jobId, count);
  const sizes = [...counts.values()].flatMap((own) => [...own.values()]);
  return sizes.filter(canTrip);
}

/** Others may share in another cluster what is not bound; all of a cluster's jobs tell how large the fleet is. */
function canTrip({ trait, bound, jobs }: TraitSize): boolean {
  return !bound || jobs >= LEAST_SHARED || trait === 'cluster';
}
