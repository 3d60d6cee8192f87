import type { FindingDraft } from '../../domain/judgement.ts';
import type { FindingLine, RunLine } from '../../domain/run-line.ts';
import { tickAtOrAfter } from '../../domain/time.ts';
import { defaultDelivery, deliverTick, emptyDesk } from '../fleet/deliver.ts';
import type { Raised } from '../fleet/deliver.ts';
import { TRAITS } from '../fleet/shared-cause.ts';
import type { Traits } from '../fleet/shared-cause.ts';
import type { ReplayJob } from './replay-job.ts';

export type Delivered = Pick<FindingLine, 'delivery' | 'incident'>;

/** How each finding was delivered, by the change that raised it; the whole file is one fleet. */
export function deliverLines(jobs: readonly ReplayJob[]): Map<FindingDraft, Delivered> {
  const desk = emptyDesk();
  const sizes = sizesOf(jobs);
  const tests = testsByTick(jobs);
  const sizeOf = (trait: string, value: string): number => sizes.get(`${trait} ${value}`) ?? 0;
  const delivered = new Map<FindingDraft, Delivered>();
  for (const [at, news] of [...raisedByTick(jobs)].sort(([a], [b]) => a - b)) {
    const raised = news.map(({ raised: one }) => one);
    const tick = { at: new Date(at), raised, tests: tests.get(at) ?? 0, jobs: jobs.length, sizeOf };
    const byFingerprint = new Map(news.map((one) => [one.raised.fingerprint, one.draft]));
    for (const { fingerprint, as, incident } of deliverTick(desk, tick, defaultDelivery)) {
      const draft = byFingerprint.get(fingerprint);
      if (draft === undefined) continue;
      const shared = incident && {
        id: incident.incidentId,
        shared: incident.trait,
        value: incident.value,
        of: incident.of,
      };
      delivered.set(draft, { delivery: as, incident: shared });
    }
  }
  return delivered;
}

interface News {
  raised: Raised;
  draft: FindingDraft;
}

function raisedByTick(jobs: readonly ReplayJob[]): Map<number, News[]> {
  const ticks = new Map<number, News[]>();
  for (const { changes, runs } of jobs) {
    for (const change of changes) {
      if (change.change !== 'raised') continue;
      const at = change.at.getTime();
      const { finding: draft } = change;
      const known = ticks.get(at) ?? [];
      known.push({ draft, raised: raisedOf(draft, runs, at) });
      ticks.set(at, known);
    }
  }
  return ticks;
}

function raisedOf(draft: FindingDraft, runs: readonly RunLine[], at: number): Raised {
  const { fingerprint, severity, observed, expected, probability = null } = draft;
  const { policy, resource } = draft.subject;
  const [seen, usual] = [observed.value, expected.value];
  const numbers = typeof seen === 'number' && typeof usual === 'number' && seen > 0 && usual > 0;
  const factor = numbers ? Math.max(seen / usual, usual / seen) : null;
  const jobId = `${runs[0]?.cluster} ${policy} ${resource}`;
  const traits = traitsOf(runs, at);
  return { jobId, fingerprint, severity, probability, factor, traits };
}

/** What the job shared with others at an instant; jobs with the same schedule share their start minute. */
function traitsOf(runs: readonly RunLine[], at: number): Traits {
  const run = runs.findLast(({ startedAt }) => Date.parse(startedAt) <= at) ?? runs[0];
  if (!run) return {};
  const { schedule, timeZone } = run;
  const given = { ...run, startMinute: schedule === null ? null : `${schedule} ${timeZone}` };
  const own = TRAITS.flatMap((trait) => {
    const value = given[trait];
    return value === null ? [] : [[trait, value] as const];
  });
  return Object.fromEntries(own);
}

/** Jobs by what they share, as their first runs say. */
function sizesOf(jobs: readonly ReplayJob[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { runs } of jobs) {
    for (const [trait, value] of Object.entries(traitsOf(runs, -Infinity))) {
      const key = `${trait} ${value}`;
      sizes.set(key, (sizes.get(key) ?? 0) + 1);
    }
  }
  return sizes;
}

/** Runs that could be compared with their history, by the tick that judged them. */
function testsByTick(jobs: readonly ReplayJob[]): Map<number, number> {
  const ticks = new Map<number, number>();
  for (const { runs } of jobs) {
    for (const { endedAt, outcome } of runs) {
      if (endedAt === null || outcome !== 'success') continue;
      const tick = tickAtOrAfter(new Date(endedAt)).getTime();
      ticks.set(tick, (ticks.get(tick) ?? 0) + 1);
    }
  }
  return ticks;
}
