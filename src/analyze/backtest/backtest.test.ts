import { describe, expect, it } from 'vitest';
import { healthyHistory, nightly, nights } from '../../../test/support/run-lines.ts';
import type { BacktestReport } from '../../domain/backtest.ts';
import { RunLine } from '../../domain/run-line.ts';
import { JudgeSettings, defaultSettings } from '../detectors/job-detectors.ts';
import { readRunLines } from '../replay/read-run-lines.ts';
import { backtest } from './backtest.ts';
import type { BacktestInput } from './backtest.ts';

const failed = { outcome: 'failed', error: 'Fatal: wrong password or no key found' };
const UNTIL = new Date('2026-11-20T12:00:00Z');

async function run(
  lines: readonly string[],
  proposed: object,
  parts: Partial<BacktestInput> = {},
): Promise<BacktestReport> {
  const work = backtest({
    jobs: await readRunLines(lines, {}),
    today: defaultSettings,
    proposed: JudgeSettings.parse(proposed),
    since: new Date('2026-11-01T00:00:00Z'),
    until: UNTIL,
    marks: [],
    truncated: false,
    ...parts,
  });
  let share = 0;
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    expect(step.value).toBeGreaterThanOrEqual(share);
    expect(step.value).toBeLessThanOrEqual(1);
    share = step.value;
  }
}

const troubled = [
  ...nights(1, 9),
  ...[10, 11, 12].map((day) => nightly(day, failed)),
  ...nights(13, 14),
  nightly(15, { outcome: 'empty', logicalBytes: 0, addedBytes: 0, files: 0 }),
  // The night of the 16th is missed.
  ...nights(17, 20),
];

const watch = (from: string, until: string) => ({
  from: new Date(from),
  until: new Date(until),
});

const watched = () => [
  watch('2026-11-01T00:00:00Z', '2026-11-09T12:00:00Z'),
  watch('2026-11-17T01:00:00Z', '2026-11-20T12:00:00Z'),
];

describe('a backtest', () => {
  it('counts what the history itself confirms, by kind of trouble', async () => {
    const report = await run(troubled, {});
    expect(report.today.troubles).toEqual({
      failure: { caught: 0, missed: 0 },
      streak: { caught: 1, missed: 0 },
      empty: { caught: 1, missed: 0 },
      missed: { caught: 1, missed: 0 },
    });
    expect(report.today.noise).toBe(0);
    expect(report.today.confirmed).toBe(report.today.findings);
    expect(report.proposed).toEqual(report.today);
    expect([report.added, report.removed]).toEqual([0, 0]);
    expect([report.jobs, report.runs]).toEqual([1, 19]);
  });

  it('shows what settings that wait too long would no longer tell', async () => {
    const patient = { 'failed-run': { longestHoldSeconds: 9e6, rareFromIntervalSeconds: 9e6 } };
    const lines = [...nights(1, 9), nightly(10, failed), ...nights(11, 20)];
    const report = await run(lines, patient);
    expect(report.today.troubles.failure).toEqual({ caught: 1, missed: 0 });
    expect(report.proposed.troubles.failure).toEqual({ caught: 0, missed: 1 });
    expect(report.removed).toBe(1);
    expect(report.examples.removed[0]).toMatchObject({
      kind: 'failed-run',
      policy: 'media/photos',
    });
    expect(report.examples.missed).toEqual([
      {
        from: '2026-11-10T02:31:10.000Z',
        sentence: 'A run of media/photos failed, from 2026-11-10 02:31 UTC on.',
      },
    ]);
    expect(report.kinds).toEqual([
      {
        kind: 'failed-run',
        rule: null,
        today: { findings: 1, confirmed: 1, marked: 0, noise: 0 },
        proposed: { findings: 0, confirmed: 0, marked: 0, noise: 0 },
        added: 0,
        removed: 1,
      },
    ]);
  });

  it('calls an odd size noise unless trouble follows or somebody marked it', async () => {
    const lines = [...nights(1, 12), nightly(13, { logicalBytes: 150e9 }), ...nights(14, 20)];
    const alone = await run(lines, {});
    expect(alone.today).toMatchObject({ findings: 1, confirmed: 0, marked: 0, noise: 1 });
    const mark = {
      cluster: 'home',
      kind: 'size-drop',
      policy: 'media/photos',
      resource: 'media/photos',
      from: Date.parse('2026-11-13T02:35:00Z'),
      until: Date.parse('2026-11-14T02:35:00Z'),
    } as const;
    expect((await run(lines, {}, { marks: [mark] })).today).toMatchObject({ marked: 1, noise: 0 });
    const before = [...lines.slice(0, 13), nightly(14, failed), ...nights(15, 20)];
    expect((await run(before, {})).today).toMatchObject({ noise: 0, marked: 0 });
  });

  it('learns from runs before the range and counts none of them', async () => {
    const report = await run(troubled, {}, { since: new Date('2026-11-15T12:00:00Z') });
    expect(report.today.troubles).toMatchObject({
      streak: { caught: 0, missed: 0 },
      empty: { caught: 0, missed: 0 },
      missed: { caught: 1, missed: 0 },
    });
    expect(report.runs).toBe(19);
    const rules = [{ name: 'always', when: 'hour == 2' }];
    const since = new Date('2026-11-15T12:00:00Z');
    const always = await run(troubled, { 'custom-rule': { rules } }, { since });
    expect([always.added, always.warnings]).toEqual([1, []]);
  });

  it('holds nothing against anybody for times that nobody watched', async () => {
    const { today } = await run(troubled, {}, { watched });
    const told = { caught: 0, missed: 0 };
    expect(today.troubles).toEqual({
      failure: told,
      streak: told,
      empty: { caught: 1, missed: 0 },
      missed: told,
    });
    expect(today.noise).toBe(0);
  });

  it('tells apart the findings of people’s rules', async () => {
    const rules = [
      { name: 'failed-twice', when: 'outcome == "failed"', sentence: 'Call the team.' },
      { name: 'very-big', when: 'addedBytes > 1 TiB' },
      { name: 'impossible', when: 'hour > 3 and hour < 2' },
      { name: 'late', when: 'startDelaySeconds > 10 s and weekday == "tuesday"' },
    ];
    const report = await run(troubled, { 'custom-rule': { rules } });
    const own = report.kinds.filter(({ kind }) => kind === 'custom-rule');
    expect(own.map(({ rule, added, proposed }) => [rule, added, proposed.confirmed])).toEqual([
      ['failed-twice', 1, 1],
      ['late', 3, 1],
    ]);
    expect(report.warnings).toEqual([
      { rule: 'very-big', reason: 'none of the 19 runs meets it' },
      { rule: 'impossible', reason: 'no run can: hour cannot be > 3 and < 2' },
    ]);
    expect(report.examples.added.find(({ rule }) => rule === 'failed-twice')?.sentence).toBe(
      'The backup of media/photos that ended 2026-11-10 02:31 UTC meets the rule failed-twice (outcome == "failed"): outcome failed. Call the team.',
    );
  });

  it('says when no run says what a rule asks', async () => {
    const lines = nights(1, 5).map((line) => JSON.stringify({ ...JSON.parse(line), files: null }));
    const rules = [{ name: 'many-files', when: 'files > 3' }];
    const report = await run(lines, { 'custom-rule': { rules } });
    expect(report.warnings).toEqual([
      { rule: 'many-files', reason: 'none of the 5 runs says files' },
    ]);
  });

  it('of a healthy fleet knows no trouble, and finds next to nothing', async () => {
    const lines = healthyHistory(5, 12, 60);
    const last = lines.map((line) => RunLine.parse(JSON.parse(line)).startedAt).sort();
    const report = await run(lines, {}, { until: new Date(last.at(-1)!), since: new Date(0) });
    const { failure, streak, empty, missed } = report.today.troubles;
    expect([failure, streak, empty, missed].map((told) => told.caught + told.missed)).toEqual([
      0, 0, 0, 0,
    ]);
    expect(report.today.findings).toBeLessThanOrEqual(1);
  });
});
