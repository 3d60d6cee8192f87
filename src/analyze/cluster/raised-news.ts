import type { DeliveryNews, RaisedFinding, TraitSize, Traits } from '../../domain/delivery.ts';
import type { FindingChange, FindingDraft } from '../../domain/judgement.ts';
import { DAY_MS, HOUR_MS, tickAtOrAfter } from '../../domain/time.ts';
import { raisedOf } from '../fleet/raised.ts';
import { countTraits, startMinute } from '../fleet/trait-sizes.ts';
import type { TraitCounts } from '../fleet/trait-sizes.ts';
import type { JobFacts } from '../job/job-facts.ts';
import type { InventoryIndex } from './inventory.ts';
import { factsOf } from './job-book.ts';
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
 * nothing to tell. Sizes come with what is raised, and once a day.
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
  if (raised.length + tested.length === 0 && !isNewDay) return null;
  const sizes = raised.length > 0 || isNewDay ? sizesOf(book, index, input.clusterId) : null;
  return { raised, tested, sizes };
}

const dayOf = (at: Date | null): number => Math.floor((at?.getTime() ?? -DAY_MS) / DAY_MS);

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
    const facts = jobId === null ? null : factsOf(book, clusterId, index, jobId);
    const traits =
      facts === null ? clusterTraits(index, clusterId, finding) : jobTraits(index, facts);
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

/** What a job shares with others, as far as the inventory tells: on which node it runs, it does not. */
export function jobTraits(index: InventoryIndex, job: JobFacts): Traits {
  const { clusterId, schedule, engine } = job;
  const claim = job.resourceId === null ? undefined : index.claimById.get(job.resourceId);
  const storageClass = claim?.claim.storageClass ?? null;
  return {
    ...repositoryTrait(index, clusterId, job.repositoryId),
    ...(storageClass !== null && { storageClass: { value: storageClass, clusterId } }),
    engine: { value: engine, clusterId },
    ...(schedule.type === 'cron' && {
      startMinute: {
        value: startMinute(schedule.expression, schedule.timeZone),
        clusterId: null,
      },
    }),
    cluster: { value: clusterId, clusterId },
  };
}

/** A Secret that is the repository (VolSync) names its credential; where it stores is not read. */
function repositoryTrait(
  index: InventoryIndex,
  clusterId: string,
  repositoryId: string | null,
): Traits {
  const repository = repositoryId === null ? undefined : index.repositoryById.get(repositoryId);
  if (repository === undefined) return {};
  const thing = { value: `${repository.kind} ${nameOf(repository)}`, clusterId };
  return repository.kind === 'Secret' ? { credential: thing } : { target: thing };
}

/** What is found of the cluster as a whole: the rule that finds it, and the repository it is about. */
function clusterTraits(
  index: InventoryIndex,
  clusterId: string,
  { kind, subject }: FindingDraft,
): Traits {
  const policy = subject.policyId === null ? undefined : index.policyById.get(subject.policyId);
  const repositoryId = subject.repositoryId ?? policy?.repositoryId ?? null;
  const rule = { value: kind, clusterId };
  return { ...repositoryTrait(index, clusterId, repositoryId), rule };
}

/** Found out once for each inventory. */
function sizesOf(book: JobBook, index: InventoryIndex, clusterId: string): TraitSize[] {
  const counts: TraitCounts = new Map();
  for (const jobId of book.jobs.keys()) {
    const job = factsOf(book, clusterId, index, jobId);
    if (job !== null) countTraits(counts, jobTraits(index, job));
  }
  return [...counts.values()].flatMap(({ trait, thing, jobs }) => {
    const bound = thing.clusterId !== null;
    const tells = !bound || jobs >= LEAST_SHARED || trait === 'cluster';
    return tells ? [{ trait, value: thing.value, bound, jobs }] : [];
  });
}
