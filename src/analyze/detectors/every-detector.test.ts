import { describe, expect, it } from 'vitest';
import { nightly, seeded } from '../../../test/support/run-lines.ts';
import type { LineFields } from '../../../test/support/run-lines.ts';
import type { FindingDraft } from '../../domain/judgement.ts';
import { RuleSource } from '../../domain/rule.ts';
import { RunLine } from '../../domain/run-line.ts';
import { addSeconds, DAY_MS, HOUR_MS } from '../../domain/time.ts';
import type { FindingKind } from '../../domain/words.ts';
import { advanceJob } from '../job/advance-job.ts';
import type { JobFacts, JobRun } from '../job/job-facts.ts';
import { segmentsOf } from '../replay/segments.ts';
import { defaultSettings } from './job-detectors.ts';
import type { JudgeSettings } from './job-detectors.ts';
import { readSettings } from './read-settings.ts';

/** What a rule is shown: runs by their number, night or quarter of a day, and what else is known of their job. */
interface Shown {
  runs: string[];
  until: Date;
  facts?: Partial<JobFacts>;
  settings?: JudgeSettings;
}

/** What a rule must tell, and the nearest to it of which it must not. */
interface Pair {
  tells: Shown;
  severity: FindingDraft['severity'];
  /** Hours after the first run. */
  at: number;
  says: string;
  quiet: Shown;
}

const read = (text: string): RunLine => RunLine.parse(JSON.parse(text));
const FROM = Date.parse('2026-09-01T02:00:00Z');
const wobble = (index: number): number => 1 + 0.04 * Math.sin(index * 12.9898);

/** The run of one night, half an hour long; figures that are not given are as usual, `seconds` its length. */
function night(index: number, { seconds = 1_800 * wobble(index), ...fields }: LineFields = {}) {
  const due = new Date(FROM + index * DAY_MS);
  const startedAt = addSeconds(due, 30);
  return nightly(1, {
    dueAt: due.toISOString(),
    startedAt: startedAt.toISOString(),
    endedAt: addSeconds(startedAt, Number(seconds)).toISOString(),
    logicalBytes: Math.round(400e9 * wobble(index + 3)),
    addedBytes: Math.round(900e6 * wobble(index + 5)),
    files: Math.round(120_000 * wobble(index + 7)),
    dedupRatio: 8 * wobble(index + 9),
    ...fields,
  });
}

const nights = (
  from: number,
  count: number,
  fieldsOf: (index: number) => LineFields = () => ({}),
) => Array.from({ length: count }, (_, i) => night(from + i, fieldsOf(from + i)));
const hours = (count: number): Date => new Date(FROM + count * HOUR_MS);
const USUAL = 30;
const usual = nights(0, USUAL);
const after = (...runs: string[]): Shown => ({
  runs: [...usual, ...runs],
  until: hours(24 * (USUAL + runs.length - 1) + 8),
});
const failing = (error: string) => ({ outcome: 'failed', error });
const failures = (count: number, error = 'exit status 1') =>
  nights(USUAL, count, () => failing(error));
const TURNS = (index: number): LineFields => (index % 2 === 0 ? failing('exit status 1') : {});
const LOCKED =
  'unable to create lock in backend: repository is already locked exclusively by PID 48 on volsync-src-x by  (UID 0, GID 0)\nlock was created at 2026-09-30 23:00:00 (3h0m30s ago)';
const running = night(USUAL, { outcome: 'running' });
const unended = JSON.stringify({ ...read(running), endedAt: null });
const quarters = (hoursEach: number): string[] =>
  Array.from({ length: 30 }, (_, index) => {
    const startedAt = new Date(FROM + index * 6 * HOUR_MS);
    const endedAt = addSeconds(startedAt, hoursEach * 3_600 * wobble(index)).toISOString();
    const schedule = '0 2,8,14,20 * * *';
    return night(index, { schedule, dueAt: startedAt, startedAt, endedAt });
  });
const rule = readSettings({}, [
  RuleSource.parse({
    name: 'large',
    when: 'logicalBytes > 2 * median(logicalBytes, 5)',
    severity: 'low',
  }),
]);

const PAIRS: Record<keyof JudgeSettings, Pair> = {
  'missed-run': {
    tells: { runs: usual, until: hours(24 * USUAL + 2) },
    severity: 'high',
    at: 24 * USUAL + 13 / 12,
    says: 'due 2026-10-01 02:00 UTC has not started',
    quiet: { runs: usual, until: hours(24 * USUAL + 0.5) },
  },
  'failed-run': {
    tells: after(...failures(1, 'no space left on device')),
    severity: 'low',
    at: 24 * USUAL + 7 / 12,
    says: 'failed: no space is left',
    quiet: after(...failures(1), ...nights(USUAL + 1, 2)),
  },
  'failure-streak': {
    tells: after(...failures(3)),
    severity: 'high',
    at: 24 * (USUAL + 1) + 7 / 12,
    says: 'failed at least 2 times in a row',
    quiet: after(...failures(1), ...nights(USUAL + 1, 6), ...nights(USUAL + 7, 1, TURNS)),
  },
  'repository-locked': {
    tells: after(...failures(1, LOCKED)),
    severity: 'high',
    at: 24 * USUAL + 7 / 12,
    says: 'its repository has been locked for at least',
    quiet: after(...failures(1, 'exit status 1')),
  },
  'rpo-breach': {
    tells: { runs: nights(0, USUAL, () => ({ rpoSeconds: 72_000 })), until: hours(24 * USUAL - 2) },
    severity: 'high',
    at: 20 + 1 / 12,
    says: 'the target is 20 h',
    quiet: { runs: nights(0, USUAL, () => ({ rpoSeconds: 100_000 })), until: hours(24 * USUAL) },
  },
  'stuck-run': {
    tells: { runs: [...usual, unended], until: hours(24 * USUAL + 8) },
    severity: 'medium',
    at: 24 * USUAL + 13 / 3,
    says: 'is still running after more than',
    quiet: { runs: [...usual, unended], until: hours(24 * USUAL + 3) },
  },
  'empty-run': {
    tells: after(night(USUAL, { logicalBytes: 0, addedBytes: 0, files: 0 })),
    severity: 'critical',
    at: 24 * USUAL + 7 / 12,
    says: 'found nothing to save',
    quiet: after(night(USUAL, { logicalBytes: null, addedBytes: 0, files: null })),
  },
  flapping: {
    tells: after(...nights(USUAL, 9, TURNS)),
    severity: 'medium',
    at: 24 * (USUAL + 4) + 7 / 12,
    says: 'fails and recovers by turns',
    quiet: after(...nights(USUAL, 3, TURNS), ...nights(USUAL + 3, 6)),
  },
  'size-drop': {
    tells: after(night(USUAL, { logicalBytes: 100e9, files: 30_000 })),
    severity: 'high',
    at: 24 * USUAL + 7 / 12,
    says: '76 % less than the usual',
    quiet: after(night(USUAL, { logicalBytes: 280e9, files: 84_000 })),
  },
  'size-spike': {
    tells: after(night(USUAL, { logicalBytes: 1.6e12 })),
    severity: 'low',
    at: 24 * USUAL + 7 / 12,
    says: '4.0 times the usual',
    quiet: after(night(USUAL, { logicalBytes: 800e9 })),
  },
  'added-surge': {
    tells: after(night(USUAL, { addedBytes: 18e9, dedupRatio: 1.3 })),
    severity: 'critical',
    at: 24 * USUAL + 7 / 12,
    says: 'typical of rewritten or encrypted data',
    quiet: after(night(USUAL, { addedBytes: 18e9 })),
  },
  'duration-anomaly': {
    tells: after(night(USUAL, { seconds: 9_000 })),
    severity: 'low',
    at: 24 * USUAL + 31 / 12,
    says: '5.1 times longer than the usual',
    quiet: after(night(USUAL, { seconds: 3_600 })),
  },
  'duration-creep': {
    tells: after(...nights(USUAL, 50, (i) => ({ seconds: 1_800 * 1.02 ** (i - USUAL) }))),
    severity: 'low',
    at: 24 * 64 + 1,
    says: 'take longer and longer',
    quiet: after(...nights(USUAL, 50, () => ({ seconds: 2_400 }))),
  },
  overrun: {
    tells: { runs: quarters(5.4), until: hours(100) },
    severity: 'medium',
    at: 29 + 2 / 3,
    says: 'are due every 6 h',
    quiet: { runs: quarters(4), until: hours(100) },
  },
  'policy-error': {
    tells: { runs: usual, until: hours(24 * USUAL), facts: { problem: 'secret "s" not found' } },
    severity: 'high',
    at: 24 * USUAL + 1 / 6,
    says: 'secret "s" not found',
    quiet: { runs: usual, until: hours(24 * USUAL), facts: { problem: null } },
  },
  'custom-rule': {
    tells: { ...after(night(USUAL, { logicalBytes: 1.2e12 })), settings: rule },
    severity: 'low',
    at: 24 * USUAL + 7 / 12,
    says: 'meets the rule large',
    quiet: { ...after(night(USUAL)), settings: rule },
  },
};

interface Told {
  job: string;
  kind: FindingKind;
  severity: FindingDraft['severity'];
  at: number;
  sentence: string;
}

/** Runs of a job in the order in which they come in. */
type Order = (runs: readonly JobRun[]) => readonly JobRun[];

/** What all rules raise about these runs, each job by itself, and once more twenty minutes later. */
function judge(shown: Shown, order: Order = (runs) => runs): Told[] {
  const { runs, until, facts = {}, settings = defaultSettings } = shown;
  const lines = runs.map(read);
  return [...Map.groupBy(lines, ({ policy }) => policy)].flatMap(([job, own]) => {
    const { input } = segmentsOf(own, until)[0]!;
    const given = { ...input, job: { ...input.job, ...facts }, runs: order(input.runs) };
    const first = advanceJob(null, given, until, settings);
    const later = advanceJob(
      first.state,
      { ...given, runs: [] },
      addSeconds(until, 1_200),
      settings,
    );
    return [...first.changes, ...later.changes].flatMap((change) => {
      if (change.change !== 'raised') return [];
      const { kind, severity, sentence } = change.finding;
      return [{ job, kind, severity, at: (change.at.getTime() - FROM) / HOUR_MS, sentence }];
    });
  });
}

const KINDS = Object.keys(defaultSettings) as (keyof JudgeSettings)[];
const of = (kind: FindingKind, told: readonly Told[]): Told[] =>
  told.filter((one) => one.kind === kind);
const verdicts = (told: readonly Told[]): string[] =>
  told.map((one) => `${one.job} ${one.kind} ${one.severity} ${one.at}`).sort();

const times = (value: number | null, factor: number): number | null =>
  value === null ? null : value * factor;

/** The same in another unit of size. */
function inUnit(runs: readonly string[], factor: number): string[] {
  return runs.map((text) => {
    const { logicalBytes, addedBytes, ...line } = read(text);
    return JSON.stringify({
      ...line,
      logicalBytes: times(logicalBytes, factor),
      addedBytes: times(addedBytes, factor),
    });
  });
}

const other = nights(0, USUAL).map((text) => {
  return JSON.stringify({ ...read(text), policy: 'media/other', resource: 'media/other' });
});

describe.each(KINDS)('%s', (kind) => {
  const pair = PAIRS[kind];

  it('tells what it is for, when and how gravely', () => {
    const [first] = of(kind, judge(pair.tells));
    expect(first?.sentence ?? '').toContain(pair.says);
    expect(first?.severity).toBe(pair.severity);
    expect(first?.at).toBeCloseTo(pair.at, 1);
  });

  it('is quiet about what only looks like it', () => {
    expect(of(kind, judge(pair.quiet))).toEqual([]);
  });

  it('has nothing to say of one more normal run', () => {
    for (let count = 4; count <= USUAL; count += 1) {
      const runs = usual.slice(0, count);
      const until = hours(24 * (count - 1) + 3);
      expect(of(kind, judge({ ...pair.quiet, runs, until }))).toEqual([]);
    }
  });

  it('judges the same in any unit of size', () => {
    const expected = verdicts(of(kind, judge(pair.tells)));
    const scaled = { ...pair.tells, runs: inUnit(pair.tells.runs, 1_024) };
    expect(verdicts(of(kind, judge(scaled)))).toEqual(expected);
  });

  it('does not depend on other jobs, nor on the order in which all come', () => {
    const expected = verdicts(judge(pair.tells)).filter((one) => one.startsWith('media/photos'));
    const random = seeded(kind.length);
    const shuffled: Order = (runs) =>
      runs
        .map((run) => ({ run, place: random() }))
        .sort((a, b) => a.place - b.place)
        .map(({ run }) => run);
    const told = verdicts(judge({ ...pair.tells, runs: [...other, ...pair.tells.runs] }, shuffled));
    expect(told.filter((one) => one.startsWith('media/photos'))).toEqual(expected);
  });
});
