import type { Traits } from '../../domain/delivery.ts';
import type { FindingDraft } from '../../domain/judgement.ts';
import type { FindingLine, RunLine } from '../../domain/run-line.ts';
import { tickAtOrAfter } from '../../domain/time.ts';
import { countedThingsOf } from '../fleet/cause-groups.ts';
import { defaultDelivery, deliverTick } from '../fleet/deliver.ts';
import type { Raised } from '../fleet/deliver.ts';
import { emptyDesk } from '../fleet/desk.ts';
import { ownFigures } from '../fleet/raised.ts';
import type { SizeOf } from '../fleet/likely-cause.ts';
import type { SharedCause } from '../fleet/shared-cause.ts';
import { countTraits, thingKey, startMinute } from '../fleet/trait-sizes.ts';
import type { TraitCounts } from '../fleet/trait-sizes.ts';
import { troubleOf } from '../fleet/trouble.ts';
import { createEndedWell } from './ended-well.ts';
import type { EndedWell, WellEnd } from './ended-well.ts';
import type { ReplayJob } from './replay-job.ts';

export type Delivered = Pick<FindingLine, 'delivery' | 'incident'>;

/** How each finding was delivered, by the change that raised it; the whole file is one fleet. */
export function deliverLines(jobs: readonly ReplayJob[]): Map<FindingDraft, Delivered> {
  const desk = emptyDesk();
  const sizes = sizesOf(jobs);
  const tests = testsByTick(jobs);
  const sizeOf: SizeOf = (trait, thing) => sizes.get(thingKey(trait, thing))?.jobs ?? 0;
  const drafts = new Map<string, FindingDraft>();
  const delivered = new Map<FindingDraft, Delivered>();
  const well = createEndedWell(wellEnds(jobs));
  for (const [at, news] of [...raisedByTick(jobs)].sort(([a], [b]) => a - b)) {
    for (const { draft, key } of news) drafts.set(key, draft);
    const raised = news.map((one) => raisedOf(one, at, well));
    const tick = { at: new Date(at), raised, tests: tests.get(at) ?? 0, jobs: jobs.length, sizeOf };
    const { deliveries, linked } = deliverTick(desk, tick, defaultDelivery);
    for (const { key, as, incident } of deliveries)
      note(key, { delivery: as, incident: incident && shown(incident) });
    for (const [key, incident] of linked) note(key, { incident: shown(incident) });
  }
  return delivered;

  function note(key: string, news: Partial<Delivered>): void {
    const draft = drafts.get(key);
    if (draft === undefined) return;
    const known = delivered.get(draft) ?? { delivery: 'page', incident: null };
    delivered.set(draft, { ...known, ...news });
  }
}

function shown({ incidentId, trait, value, of }: SharedCause): Delivered['incident'] {
  return { id: incidentId, shared: trait, value, of: of ?? 0 };
}

interface News {
  /** By its place among the jobs. */
  job: number;
  jobId: string;
  key: string;
  traits: Traits;
  draft: FindingDraft;
}

function raisedOf({ job, jobId, key, traits, draft }: News, at: number, well: EndedWell): Raised {
  const { kind, ...own } = ownFigures(draft);
  const didWell = well.before(traits, at);
  const last = well.lastOf(job);
  const lastWellAt = last === null ? null : new Date(last);
  const trip = { key, jobId, trouble: troubleOf(kind), traits, didWell, lastWellAt };
  return { ...trip, ...own, fingerprint: draft.fingerprint };
}

/** Every run that ended well, by time. */
function wellEnds(jobs: readonly ReplayJob[]): WellEnd[] {
  const ends = jobs.flatMap(({ runs }, job) => {
    let known: { run: RunLine; things: string[] } | null = null;
    return runs.flatMap((run): WellEnd[] => {
      if (run.endedAt === null || run.outcome !== 'success') return [];
      if (known === null || !sharesSame(known.run, run)) known = { run, things: thingsOf(run) };
      return [{ at: tickOf(run.endedAt), job, things: known.things }];
    });
  });
  return ends.sort((a, b) => a.at - b.at || a.job - b.job);
}

function thingsOf(run: RunLine): string[] {
  return countedThingsOf(traitsOfRun(run)).map(([trait, thing]) => thingKey(trait, thing));
}

const sharesSame = (a: RunLine, b: RunLine): boolean =>
  a.engine === b.engine && NAMED.every((trait) => trait === 'startMinute' || a[trait] === b[trait]);

const tickOf = (endedAt: string): number => tickAtOrAfter(new Date(endedAt)).getTime();

function raisedByTick(jobs: readonly ReplayJob[]): Map<number, News[]> {
  const ticks = new Map<number, News[]>();
  for (const [job, { changes, runs }] of jobs.entries()) {
    for (const change of changes) {
      if (change.change !== 'raised') continue;
      const at = change.at.getTime();
      const { finding: draft } = change;
      const { policy, resource } = draft.subject;
      const jobId = `${runs[0]?.cluster} ${policy} ${resource}`;
      const key = `${draft.fingerprint} ${at}`;
      const known = ticks.get(at) ?? [];
      known.push({ job, jobId, key, traits: traitsOf(runs, at), draft });
      ticks.set(at, known);
    }
  }
  return ticks;
}

/** What the job shared with others at an instant; jobs with the same schedule share their start minute. */
function traitsOf(runs: readonly RunLine[], at: number): Traits {
  const run = runs.findLast(({ startedAt }) => Date.parse(startedAt) <= at) ?? runs[0];
  return run ? traitsOfRun(run) : {};
}

function traitsOfRun(run: RunLine): Traits {
  const { schedule, timeZone, cluster, engine } = run;
  const named = { ...run, startMinute: schedule === null ? null : startMinute(schedule, timeZone) };
  const own = NAMED.flatMap((trait) => {
    const value = named[trait];
    const clusterId = trait === 'node' ? cluster : null;
    return value === null ? [] : [[trait, { value, clusterId }] as const];
  });
  return {
    ...Object.fromEntries(own),
    engine: { value: engine, clusterId: cluster },
    cluster: { value: cluster, clusterId: cluster },
  };
}

/** What a line names means the same in every cluster of the file, but for nodes. */
const NAMED = [
  'node',
  'target',
  'credential',
  'storageClass',
  'engineVersion',
  'startMinute',
] as const;

/** Jobs by what they share, as their first runs say. */
function sizesOf(jobs: readonly ReplayJob[]): TraitCounts {
  const sizes: TraitCounts = new Map();
  for (const { runs } of jobs) countTraits(sizes, traitsOf(runs, -Infinity));
  return sizes;
}

/** Runs that could be compared with their history, by the tick that judged them. */
function testsByTick(jobs: readonly ReplayJob[]): Map<number, number> {
  const ticks = new Map<number, number>();
  for (const { runs } of jobs) {
    for (const { endedAt, outcome } of runs) {
      if (endedAt === null || outcome !== 'success') continue;
      const tick = tickOf(endedAt);
      ticks.set(tick, (ticks.get(tick) ?? 0) + 1);
    }
  }
  return ticks;
}
