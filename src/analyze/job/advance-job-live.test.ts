import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../detectors/job-detectors.ts';
import { advanceJob } from './advance-job.ts';
import type { JobFacts, JobInput, JobRun } from './job-facts.ts';

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
  schedule: { type: 'cron', expression: '0 * * * *', timeZone: 'UTC', dialect: 'volsync' },
  scheduleSince: new Date('2026-10-01T00:00:00Z'),
  pausedSince: null,
  removedAt: null,
  problem: null,
  lastSuccessAt: new Date('2026-10-08T00:05:00Z'),
  rpoSeconds: null,
  claimCreatedAt: null,
};
/** Seen once, for a second, between two ticks; the newest copy is two days old. */
const glimpse: JobInput = {
  job,
  runs: [],
  attempts: [],
  observedWindows: [
    { from: new Date('2026-10-10T10:02:30Z'), until: new Date('2026-10-10T10:02:31Z') },
  ],
};
const now = new Date('2026-10-10T10:02:31Z');

describe('news at the present', () => {
  it('is judged at once, without waiting for a tick', () => {
    const { changes } = advanceJob(null, { ...glimpse, live: true }, now, defaultSettings);
    expect(changes).toMatchObject([{ change: 'raised', at: now, finding: { kind: 'rpo-breach' } }]);
  });

  it('waits for its tick in a replay', () => {
    expect(advanceJob(null, glimpse, now, defaultSettings).changes).toEqual([]);
  });

  it('leaves a breach open when a run starts, or fails: the copy is no newer', () => {
    const first = advanceJob(null, { ...glimpse, live: true }, now, defaultSettings);
    const later = new Date('2026-10-10T11:12:00Z');
    const run: JobRun = {
      runId: 'r1',
      table: 'runs',
      dueAt: null,
      startedAt: new Date('2026-10-10T11:00:10Z'),
      endedAt: new Date('2026-10-10T11:05:00Z'),
      outcome: 'failed',
      durationSeconds: 290,
      logicalBytes: null,
      addedBytes: null,
      files: null,
      dedupRatio: null,
      fullRead: false,
      volumesFailed: false,
      errorText: null,
    };
    const observedWindows = [{ from: now, until: later }];
    const failed = { ...glimpse, observedWindows, runs: [run], live: true };
    const { changes } = advanceJob(first.state, failed, later, defaultSettings);
    expect(changes.filter(({ change }) => change === 'resolved')).toEqual([]);
  });

  it('is not told again at the next tick', () => {
    const first = advanceJob(null, { ...glimpse, live: true }, now, defaultSettings);
    const later = new Date('2026-10-10T10:12:00Z');
    const watched = { ...glimpse, observedWindows: [{ from: now, until: later }] };
    expect(advanceJob(first.state, watched, later, defaultSettings).changes).toEqual([]);
  });
});
