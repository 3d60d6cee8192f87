import { describe, expect, it } from 'vitest';
import type { FindingChange } from '../../domain/judgement.ts';
import { addSeconds, DAY_MS } from '../../domain/time.ts';
import { defaultSettings } from '../detectors/job-detectors.ts';
import { advanceJob } from './advance-job.ts';
import type { JobFacts, JobInput, JobRun } from './job-facts.ts';
import type { JobState } from './job-state.ts';

const job: JobFacts = {
  clusterId: 'c1',
  jobId: 'p1',
  scope: 'whole',
  engine: 'volsync',
  policyId: 'p1',
  resourceId: 'r1',
  repositoryId: null,
  policy: 'media/photos',
  resource: 'media/photos',
  namespace: 'media',
  source: 'ReplicationSource media/photos',
  schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC', dialect: 'volsync' },
  scheduleSince: new Date('2026-10-01T00:00:00Z'),
  pausedSince: null,
  removedAt: null,
  problem: null,
  lastSuccessAt: null,
  rpoSeconds: null,
  claimCreatedAt: null,
};
const night = (index: number): Date => new Date(Date.UTC(2026, 9, 1, 2) + index * DAY_MS);

function run(index: number, logicalBytes: number, seconds = 600): JobRun {
  const startedAt = addSeconds(night(index), 30);
  return {
    runId: `run-${index}`,
    table: 'runs',
    startedAt,
    endedAt: addSeconds(startedAt, seconds),
    outcome: 'success',
    durationSeconds: null,
    logicalBytes,
    addedBytes: 1e8,
    files: 1_000,
    dedupRatio: null,
    errorText: null,
    fullRead: false,
    dueAt: null,
    volumesFailed: false,
  };
}

/** Advances to an hour after a night, with what is new since the last. */
function advance(state: JobState | null, index: number, news: Partial<JobInput>) {
  const until = addSeconds(night(index), 3_600);
  const observedWindows = [{ from: night(0), until }];
  const input = { job, runs: [], attempts: [], observedWindows, ...news };
  return advanceJob(state, input, until, defaultSettings);
}
const told = (changes: readonly FindingChange[]): string[] =>
  changes.map((one) => (one.change === 'resolved' ? one.reason : one.finding.kind));

const shrunk = () => {
  const nights = Array.from({ length: 15 }, (_, index) => run(index, 50e9));
  const usual = advance(null, 14, { runs: nights }).state;
  return advance(usual, 15, { runs: [run(15, 10e9)] });
};

describe('a finding marked as expected', () => {
  const at = addSeconds(night(15), 7_200);

  it('ends, and its level is the usual one from then on', () => {
    const first = shrunk();
    expect(told(first.changes)).toEqual(['size-drop']);
    const mark = { kind: 'size-drop', at, undone: false } as const;
    const marked = advance(first.state, 16, { marks: [mark], runs: [run(16, 10e9)] });
    expect(told(marked.changes)).toEqual(['the size has held as the new level']);
    expect(told(advance(marked.state, 17, { runs: [run(17, 10.2e9)] }).changes)).toEqual([]);
    const lost = advance(marked.state, 17, { runs: [run(17, 1e9)] });
    expect(told(lost.changes)).toEqual(['size-drop']);
  });

  it('takes what changed with it along: less data takes less time', () => {
    const nights = Array.from({ length: 15 }, (_, index) => run(index, 50e9));
    const usual = advance(null, 14, { runs: nights }).state;
    const first = advance(usual, 15, { runs: [run(15, 5e9, 60)] });
    expect(told(first.changes)).toEqual(['size-drop']);
    const mark = { kind: 'size-drop', at, undone: false } as const;
    const marked = advance(first.state, 16, { marks: [mark], runs: [run(16, 5e9, 61)] });
    expect(told(marked.changes)).toEqual(['the size has held as the new level']);
    const back = { kind: 'size-drop', at: addSeconds(night(16), 7_200), undone: true } as const;
    const undone = advance(marked.state, 17, { marks: [back], runs: [run(17, 5e9, 62)] });
    expect(told(undone.changes)).toEqual(['size-drop']);
  });

  it('comes back when the mark is taken back', () => {
    const mark = { kind: 'size-drop', at, undone: false } as const;
    const undone = { kind: 'size-drop', at: addSeconds(at, 600), undone: true } as const;
    const { changes } = advance(shrunk().state, 15.5, { marks: [undone, mark] });
    expect(told(changes)).toEqual(['the size has held as the new level', 'size-drop']);
  });

  it('is left alone by a mark of another kind, or of one that is no level', () => {
    const marks = [
      { kind: 'duration-anomaly', at, undone: false },
      { kind: 'missed-run', at, undone: false },
    ] as const;
    expect(advance(shrunk().state, 15.5, { marks }).changes).toEqual([]);
  });
});
