import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { channels } from './baseline.ts';
import { parseJobState, parseMember, writeJobState } from './job-state.ts';
import { termsOf } from './schedule-terms.ts';

/** Written by the second version: a success, a failure and a success of a daily job. */
const path = new URL('../../../test/support/job-state-2.txt', import.meta.url);
const row = readFileSync(path, 'utf8').trimEnd();

describe('a row of the version before', () => {
  it('is read whole', () => {
    const state = parseJobState(row);
    expect(state).toMatchObject({
      classKey: 'volsync/daily/10',
      tick: Date.UTC(2026, 10, 3, 2, 15),
      lastGood: { runId: 'run-3' },
      dues: [{ runId: 'run-1' }, { runId: 'run-2' }, { runId: 'run-3', state: 'met' }],
      runs: [
        { id: 'run-1', outcome: 'success', seconds: 600, delay: 40, judged: true, oddSize: false },
        { id: 'run-2', outcome: 'failed', text: 'Fatal: wrong password' },
        { id: 'run-3', logical: 50e9, readings: { files: { basis: 1, odd: false } } },
      ],
    });
    expect(channels.logical.recent(state!.baseline, 1)).toBeCloseTo(Math.log(50e9), 2);
  });

  it('says the same once it was written anew, in less than two thirds of the room', () => {
    const state = parseJobState(row)!;
    const text = writeJobState(state);
    expect(text.slice(text.indexOf('\n')).length).toBeLessThan(
      (2 * row.slice(row.indexOf('\n')).length) / 3,
    );
    expect(parseJobState(text)).toEqual(state);
    expect(parseMember(row)).toEqual(parseMember(text));
  });

  it('knows its schedule again', () => {
    const schedule = { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC' } as const;
    const { key } = termsOf({ ...schedule, dialect: 'volsync' });
    expect(parseJobState(row)?.scheduleKey).toBe(key);
  });

  it('is not read when it was cut in half', () => {
    expect(parseJobState(row.slice(0, row.length / 2))).toBeNull();
    expect(parseMember(row.slice(0, row.length / 2))).toBeNull();
  });
});
