import { describe, expect, it } from 'vitest';
import { nightly, nights } from '../../../test/support/run-lines.ts';
import type { FindingLine } from '../../domain/run-line.ts';
import { RuleSource } from '../../domain/rule.ts';
import { replayRuns } from '../replay/replay-runs.ts';
import { advanceJob } from '../job/advance-job.ts';
import type { JobState } from '../job/job-state.ts';
import { RunLine } from '../../domain/run-line.ts';
import { segmentsOf } from '../replay/segments.ts';
import { defaultSettings } from './job-detectors.ts';
import { readSettings } from './read-settings.ts';

const rules = (...whens: string[]) =>
  whens.map((when, index) => RuleSource.parse({ name: `rule-${index}`, when, severity: 'high' }));

async function found(lines: readonly string[], ...whens: string[]): Promise<FindingLine[]> {
  const findings: FindingLine[] = [];
  const settings = readSettings({}, rules(...whens));
  for await (const one of replayRuns(lines, { settings })) findings.push(one);
  return findings.filter(({ kind }) => kind === 'custom-rule');
}

const at = (day: number) => `2026-11-${String(day).padStart(2, '0')}T02:35:00Z`;

describe('a rule of one’s own', () => {
  it('is seen at the tick after the run that meets it, and ends with one that does not', async () => {
    const lines = [...nights(1, 5), nightly(6, { addedBytes: 20 * 2 ** 30 }), ...nights(7, 8)];
    const [finding, ...more] = await found(lines, 'addedBytes > 3 * median(addedBytes, 5)');
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      severity: 'high',
      raisedAt: at(6),
      resolvedAt: at(7),
      resolvedBy: 'a run no longer meets the rule',
      observed: { value: 20 * 2 ** 30, unit: 'B', text: 'addedBytes 20.0 GiB' },
      cause: { code: 'rule:rule-0' },
    });
    expect(finding?.sentence).toContain('addedBytes 20.0 GiB, median(addedBytes, 5) 87.0 MiB');
  });

  it('neither begins nor ends with a run that does not say enough', async () => {
    const lines = [...nights(1, 2), nightly(3, { files: 5 }), nightly(4, { files: null })];
    const [finding] = await found([...lines, nightly(5)], 'files < 10');
    expect(finding).toMatchObject({ raisedAt: at(3), resolvedAt: at(5) });
    const silent = nights(1, 6).map((_, index) => nightly(index + 1, { files: null }));
    expect(await found(silent, 'files < 10', 'not (files < 10)')).toEqual([]);
    expect(await found(silent, 'files < 10 or duration > 1 min')).toHaveLength(1);
  });

  it('has findings apart from other rules of the same job', async () => {
    const lines = [...nights(1, 3), nightly(4, { files: 5 }), ...nights(5, 6)];
    const findings = await found(lines, 'files < 10', 'startDelaySeconds > 30 s', 'hour == 3');
    expect(
      findings.map(({ cause, raisedAt, resolvedAt }) => [cause?.code, raisedAt, resolvedAt]),
    ).toEqual([
      ['rule:rule-1', at(1), null],
      ['rule:rule-0', at(4), at(5)],
    ]);
    expect(new Set(findings.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  });

  it('ends its findings when it is removed', () => {
    const runs = nights(1, 3).map((line) => RunLine.parse(JSON.parse(line)));
    const until = new Date('2026-11-03T12:00:00Z');
    const { input } = segmentsOf(runs, until)[0]!;
    const raised = advanceJob(null, input, until, readSettings({}, rules('hour == 2')));
    expect(raised.changes.map(({ change }) => change)).toEqual(['raised']);
    const state: JobState = { ...raised.state, wake: until.getTime() };
    const nothing = { ...input, runs: [], live: true };
    const { changes } = advanceJob(
      state,
      nothing,
      new Date(until.getTime() + 60_000),
      defaultSettings,
    );
    expect(changes).toMatchObject([{ change: 'resolved', reason: 'the rule was removed' }]);
  });
});
