import type { DeliveryNews, RaisedFinding, TraitSize } from '../../domain/delivery.ts';
import type { FindingChange, FindingDraft } from '../../domain/judgement.ts';
import { DAY_MS, HOUR_MS, tickAtOrAfter } from '../../domain/time.ts';
import type { FindingKind, SharedTrait } from '../../domain/words.ts';
import { ownFigures } from '../fleet/raised.ts';
import { countWell, lastWellOf } from './ended-well.ts';
import type { InventoryIndex } from './inventory.ts';
import type { JobBook } from './job-book.ts';
import { volumeJobId } from './job-inputs.ts';
import type { JobNews } from './job-inputs.ts';
import { clusterTraits, jobTraits, visitTraits } from './job-traits.ts';
import type { RunMemory } from './run-memory.ts';

/** What a pass has found out, as far as delivery needs it. */
export interface RaisedInput {
  clusterId: string;
  at: Date;
  /** When the pass before was; null: this is the first contact. */
  before: Date | null;
  changes: readonly FindingChange[];
  /** Those of them that rules about jobs decided. */
  jobChanges: readonly FindingChange[];
  runs: RunMemory;
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

function raisedBy(book: JobBook, index: InventoryIndex, input: RaisedInput): RaisedFinding[] {
  const { clusterId, changes, jobChanges, runs, tests } = input;
  const ofJobs = new Set(jobChanges);
  const trips = changes.flatMap((change) => {
    if (change.change !== 'raised') return [];
    const { at, finding } = change;
    const isOfJob = ofJobs.has(change) || OF_ITS_JOB.has(finding.kind);
    const jobId = isOfJob ? jobOf(book, finding) : null;
    const traits =
      jobId === null
        ? clusterTraits(index, clusterId, finding)
        : jobTraits(index, clusterId, jobId);
    return [{ at, finding, jobId, traits }];
  });
  if (trips.length === 0) return [];
  const last = lastWellOf(book, runs);
  const ofSeveral = trips.flatMap(({ jobId, traits }) => (jobId === null ? [] : [traits]));
  const oldest = trips.reduce((least, { at }) => Math.min(least, at.getTime()), Infinity);
  const wellBefore = countWell(last, index, clusterId, ofSeveral, oldest);
  return trips.map(({ at, finding, jobId, traits }) => {
    const didWell = jobId === null ? {} : wellBefore(traits, at.getTime());
    const wellAt = jobId === null ? undefined : last.get(jobId);
    const lastWellAt = wellAt === undefined ? null : new Date(wellAt);
    const raised = { ...ownFigures(finding), traits, didWell, lastWellAt };
    const compared = tests.get(tickAtOrAfter(at).getTime()) ?? 0;
    return { fingerprint: finding.fingerprint, at, jobId, raised, tests: compared };
  });
}

/** What a rule about the cluster finds of one job. */
const OF_ITS_JOB: ReadonlySet<FindingKind> = new Set(['schedule-stopped']);

function jobOf({ jobs }: JobBook, { kind, subject }: FindingDraft): string | null {
  const { policyId, resourceId } = subject;
  if (policyId === null) return null;
  const part = resourceId === null ? policyId : volumeJobId(policyId, resourceId);
  if (jobs.has(part)) return part;
  return jobs.has(policyId) || !OF_ITS_JOB.has(kind) ? policyId : null;
}

function sizesOf({ jobs }: JobBook, index: InventoryIndex, clusterId: string): TraitSize[] {
  const counts = new Map<SharedTrait, Map<string, TraitSize>>();
  const count = (trait: SharedTrait, value: string, bound: boolean): void => {
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
