import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FindingChange } from '../../domain/judgement.ts';
import { addSeconds, HOUR_MS } from '../../domain/time.ts';
import { defaultSettings } from '../detectors/job-detectors.ts';
import { advanceJob } from './advance-job.ts';
import type { JobAdvance } from './advance-job.ts';
import type { JobAttempt, JobFacts, JobInput, JobRun } from './job-facts.ts';
import { parseJobState, writeJobState } from './job-state.ts';
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
  schedule: { type: 'cron', expression: '0 */6 * * *', timeZone: 'UTC', dialect: 'volsync' },
  scheduleSince: new Date('2026-10-01T00:00:00Z'),
  pausedSince: null,
  removedAt: null,
  problem: null,
  lastSuccessAt: null,
  rpoSeconds: null,
  claimCreatedAt: null,
};
const at = (hours: number): Date => new Date(Date.UTC(2026, 9, 1) + hours * HOUR_MS);

/** The run due at an hour: 40 s later, ten minutes long. */
function run(hour: number, fields: Partial<JobRun> = {}): JobRun {
  const startedAt = addSeconds(at(hour), 40);
  return {
    runId: `run-${hour}`,
    table: 'runs',
    startedAt,
    endedAt: addSeconds(startedAt, 600),
    outcome: 'success',
    durationSeconds: 600,
    logicalBytes: 50e9,
    addedBytes: 1e8,
    files: 1_000,
    dedupRatio: null,
    errorText: null,
    fullRead: false,
    dueAt: null,
    volumesFailed: false,
    ...fields,
  };
}
const runs = (from: number, to: number): JobRun[] =>
  Array.from({ length: (to - from) / 6 + 1 }, (_, index) => run(from + index * 6));

function failedAttempt(runHour: number, seconds: number, log: string | null = null): JobAttempt {
  const endedAt = addSeconds(at(runHour), seconds);
  return {
    runId: `run-${runHour}`,
    attemptKey: endedAt.toISOString(),
    endedAt,
    outcome: 'failed',
    log,
  };
}

const watched = [{ from: at(0), until: at(2_000) }];
function input(fields: Partial<JobInput> = {}, facts: Partial<JobFacts> = {}): JobInput {
  return {
    job: { ...job, ...facts },
    runs: [],
    attempts: [],
    observedWindows: watched,
    ...fields,
  };
}
const advance = (state: JobState | null, news: JobInput, until: Date): JobAdvance =>
  advanceJob(state, news, until, defaultSettings);
const told = (changes: readonly FindingChange[]): string[] =>
  changes.map((c) =>
    c.change === 'resolved' ? 'resolved' : `${c.change} ${c.finding.kind} ${c.finding.severity}`,
  );

const running = { outcome: 'running', endedAt: null, durationSeconds: null } as const;

/** What is told of a run that began at hour 72 and has not ended by then. */
function toldOfRunAt72(history: JobRun[], until: Date): string[] {
  const { state } = advance(null, input({ runs: history }), at(71));
  return told(advance(state, input({ runs: [run(72, running)] }), until).changes);
}

describe('a job in event time', () => {
  const history = [
    ...runs(0, 60),
    ...runs(72, 96),
    run(102, { outcome: 'failed', errorText: 'Fatal: wrong password' }),
    run(108, { outcome: 'failed', errorText: 'Fatal: wrong password' }),
    ...runs(114, 132),
    run(138, { logicalBytes: 1e9 }),
    run(144, { endedAt: addSeconds(at(144), 9 * 3_600), durationSeconds: 9 * 3_600 }),
    ...runs(156, 180),
  ];

  it('is judged the same one row at a time, in batches, and through stored text', () => {
    const end = at(200);
    const whole = advance(null, input({ runs: history }), end);
    expect(told(whole.changes).length).toBeGreaterThan(8);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 199 * 12 })), (cuts) => {
        let state: JobState | null = null;
        let from = at(-1);
        const changes: FindingChange[] = [];
        const expected: JobAdvance['expectedRuns'] = [];
        for (const cut of [...new Set(cuts)].sort((a, b) => a - b).concat(200 * 12)) {
          const until = addSeconds(at(0), cut * 300);
          const known = history.filter((r) => r.startedAt <= until);
          const news = known
            .filter((r) => r.startedAt > from || (r.endedAt ?? until) > from)
            .map((r) => ((r.endedAt ?? until) > until ? { ...r, ...running } : r));
          const observedWindows = [{ from: at(0), until }];
          const step = advance(state, input({ runs: news, observedWindows }), until);
          state = parseJobState(writeJobState(step.state));
          changes.push(...step.changes);
          expected.push(...step.expectedRuns);
          from = until;
        }
        expect(changes).toEqual(whole.changes);
        expect(expected).toEqual(whole.expectedRuns);
      }),
      { numRuns: 40 },
    );
  });

  it('needs to be advanced only when it asked to be woken or something new came', () => {
    const whole = advance(null, input({ runs: runs(0, 60) }), at(200));
    let step = advance(null, input({ runs: runs(0, 60) }), at(61));
    const changes = [...step.changes];
    for (let wakes = 0; step.wakeAt && step.wakeAt <= at(200); wakes += 1) {
      expect(wakes).toBeLessThan(200);
      step = advance(step.state, input(), step.wakeAt);
      changes.push(...step.changes);
    }
    expect(changes).toEqual(whole.changes);
  });

  it('leaves the state it was given alone', () => {
    const { state } = advance(null, input({ runs: runs(0, 24) }), at(30));
    const before = writeJobState(state);
    advance(state, input({ runs: runs(30, 60) }), at(100));
    expect(writeJobState(state)).toBe(before);
  });

  it('tells met, missed, unobserved and excused due times apart', () => {
    const gap = [
      { from: at(0), until: at(13) },
      { from: at(29), until: at(100) },
    ];
    const seen = advance(
      null,
      input({ runs: [...runs(0, 12), ...runs(30, 36)], observedWindows: gap }),
      at(54),
    );
    expect(seen.expectedRuns.map((e) => `${e.dueAt.getUTCHours()} ${e.state}`)).toEqual([
      '0 met',
      '6 met',
      '12 met',
      '18 unobserved',
      '0 unobserved',
      '6 met',
      '12 met',
      '18 missed',
      '0 missed',
    ]);
    const paused = advance(null, input({ runs: runs(0, 12) }, { pausedSince: at(14) }), at(40));
    expect(paused.expectedRuns.slice(3).map((e) => e.state)).toEqual(Array(4).fill('excused'));
    expect(paused.changes).toEqual([]);
  });

  it('raises nothing over a stretch nobody watched', () => {
    const gap = [{ from: at(0), until: at(13) }];
    expect(
      advance(null, input({ runs: runs(0, 12), observedWindows: gap }), at(500)).changes,
    ).toEqual([]);
  });

  it('resolves a missed run when a run that explains it comes in late', () => {
    const missed = advance(null, input({ runs: runs(0, 24) }), at(32));
    expect(told(missed.changes)).toEqual(['raised missed-run high']);
    const late = advance(missed.state, input({ runs: [run(30)] }), at(33));
    expect(told(late.changes)).toEqual(['resolved']);
    expect(late.expectedRuns).toMatchObject([{ state: 'met', runId: 'run-30' }]);
  });

  it('keeps quiet about attempts that a retry repairs, and tells of those that go on', () => {
    const attempts = [failedAttempt(30, 1_200), failedAttempt(30, 2_400)];
    const open = run(30, running);
    const before = advance(null, input({ runs: [...runs(0, 24), open], attempts }), at(31));
    expect(before.changes).toEqual([]);
    const repaired = run(30, { endedAt: addSeconds(at(30), 5_000), durationSeconds: 4_960 });
    // Nor is it called slow: waiting for a second try is not speed.
    const after = advance(before.state, input({ runs: [repaired] }), at(36));
    expect(told(after.changes)).toEqual([]);
    const unaided = advance(null, input({ runs: [...runs(0, 24), repaired] }), at(36));
    expect(told(unaided.changes)).toContain('raised duration-anomaly low');
    const lasting = advance(before.state, input(), at(35));
    expect(told(lasting.changes)).toContain('raised failed-run medium');
  });

  it('knows since when attempts fail, however many there were', () => {
    const open = run(30, { outcome: 'running', endedAt: null, durationSeconds: null });
    const attempts = Array.from({ length: 30 }, (_, hour) => failedAttempt(30, (hour + 1) * 3_600));
    const { changes } = advance(null, input({ runs: [...runs(0, 24), open], attempts }), at(61));
    const streaks = changes.flatMap((one) =>
      one.change !== 'resolved' && one.finding.kind === 'failure-streak' ? [one.finding] : [],
    );
    expect(streaks.at(-1)?.sentence).toContain('first 2026-10-02 07:00 UTC');
  });

  it('names a lock that attempts fail on, once it is no overlap', () => {
    const log =
      'unable to create lock in backend: repository is already locked exclusively by PID 48 on volsync-src-x by  (UID 0, GID 0)\nlock was created at 2026-10-02 00:36:27 (5h24m12.5s ago)\nERROR: failure locking repository';
    const attempts = [failedAttempt(30, 1_200, log), failedAttempt(30, 2_400, log)];
    const locked = advance(
      null,
      input({ runs: [...runs(0, 24), run(30, running)], attempts }),
      at(31),
    );
    expect(told(locked.changes)).toEqual(['raised repository-locked high']);
    expect(locked.changes[0]).toMatchObject({ finding: { cause: { code: 'FM-01' } } });
  });

  it('tells what the engine complains of, and nothing of the runs that this stops', () => {
    const first = advance(null, input({ runs: runs(0, 24) }), at(25));
    const facts = { problem: 'secret "restic" not found' };
    const soon = advance(first.state, input({}, facts), at(26));
    expect(soon.changes).toEqual([]);
    expect(soon.wakeAt?.getTime()).toBe(at(26).getTime() + 600_000);
    const later = advance(soon.state, input({}, facts), at(33));
    expect(told(later.changes)).toEqual(['raised policy-error high']);
    const refused = advance(soon.state, input({ runs: [run(30, running)] }, facts), at(35));
    expect(told(refused.changes)).toEqual(['raised policy-error high']);
    const healed = advance(later.state, input({ runs: [run(30)] }), at(34));
    expect(told(healed.changes)).toContain('resolved');
  });

  it('leaves the given state alone', () => {
    const { state } = advance(null, input({ runs: history }), at(149));
    const text = writeJobState(state);
    const facts = { problem: 'secret "restic" not found' };
    const next = advance(
      state,
      input({ runs: [run(150)], attempts: [failedAttempt(144, 60)] }),
      at(170),
    );
    advance(next.state, input({}, facts), at(200));
    expect(writeJobState(next.state)).not.toBe(text);
    expect(writeJobState(state)).toBe(text);
  });

  it('does not call a run stuck that takes no longer than those just before', () => {
    const ends = { endedAt: addSeconds(at(66), 2 * 3_600), durationSeconds: 2 * 3_600 };
    const grown = [...runs(0, 60), run(66, ends)];
    expect(toldOfRunAt72(runs(0, 66), at(74.5))).toEqual(['raised stuck-run medium']);
    expect(toldOfRunAt72(grown, at(74.5))).toEqual([]);
    expect(toldOfRunAt72(grown, at(76))).toEqual(['raised stuck-run medium']);
  });

  it('ends everything when its policy is gone', () => {
    const missed = advance(null, input({ runs: runs(0, 24) }), at(32));
    const gone = advance(missed.state, input({}, { removedAt: at(33) }), at(34));
    expect(told(gone.changes)).toEqual(['resolved']);
    expect(advance(gone.state, input({}, { removedAt: at(33) }), at(900))).toMatchObject({
      changes: [],
      wakeAt: null,
    });
  });

  it('speaks of a volume only what its policy’s job does not', () => {
    const facts: Partial<JobFacts> = { scope: 'volume', schedule: { type: 'manual' } };
    const empty = advance(
      null,
      input({ runs: [...runs(0, 24), run(30, { outcome: 'empty' })] }, facts),
      at(200),
    );
    expect(told(empty.changes)).toEqual(['raised empty-run critical']);
  });

  it('knows a claim created anew from one that lost its data', () => {
    const collapsed = [...runs(0, 60), run(66, { logicalBytes: 4_096, files: 3 })];
    const facts = { claimCreatedAt: at(63) };
    expect(advance(null, input({ runs: collapsed }, facts), at(67)).changes).toMatchObject([
      { finding: { kind: 'size-drop', severity: 'critical', cause: { code: 'FM-05' } } },
    ]);
  });
});

describe('a job’s state', () => {
  it('stays below 16 KB whatever comes in', () => {
    const text = 'error: read /data/x: permission denied '.repeat(60);
    const many = Array.from({ length: 300 }, (_, index) =>
      run(index * 6, index % 3 === 0 ? { outcome: 'failed', errorText: text } : {}),
    );
    const attempts = many.map((_, index) => failedAttempt(index * 6, 300, text));
    const facts = { problem: text };
    const { state } = advance(null, input({ runs: many, attempts }, facts), at(1_800));
    expect(Buffer.byteLength(writeJobState(state))).toBeLessThan(16 * 1024);
    expect(parseJobState(writeJobState(state))).toEqual(state);
  });

  it('starts anew when it is of another version or damaged', () => {
    expect(parseJobState('{"v":0}')).toBeNull();
    expect(parseJobState('{"v":1,"runs":')).toBeNull();
    expect(parseJobState('[]')).toBeNull();
  });
});
