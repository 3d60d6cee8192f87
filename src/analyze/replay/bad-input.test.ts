import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nightly, nights } from '../../../test/support/run-lines.ts';
import { RunLine } from '../../domain/run-line.ts';
import { addSeconds, DAY_MS } from '../../domain/time.ts';
import { defaultSettings } from '../detectors/job-detectors.ts';
import { advanceJob } from '../job/advance-job.ts';
import type { JobRun } from '../job/job-facts.ts';
import type { JobState } from '../job/job-state.ts';
import { parseJobState, writeJobState } from '../job/job-state.ts';
import { replayRuns } from './replay-runs.ts';
import { segmentsOf } from './segments.ts';

const UNTIL = new Date('2026-11-21T12:00:00Z');
const lines = nights(1, 21).map((text) => RunLine.parse(JSON.parse(text)));
const { input } = segmentsOf(lines, UNTIL)[0]!;

/** Advances night by night through stored text, as a process does that dies after each. */
function play(runs: readonly JobRun[]): { told: string[]; state: JobState } {
  const told: string[] = [];
  let state: JobState | null = null;
  for (let at = Date.parse('2026-11-01T12:00:00Z'); at <= UNTIL.getTime(); at += DAY_MS) {
    const news = runs.filter(({ startedAt }) => {
      const start = startedAt.getTime();
      return Number.isNaN(start) || (start > at - DAY_MS && start <= at);
    });
    const advanced = advanceJob(state, { ...input, runs: news }, new Date(at), defaultSettings);
    for (const one of advanced.changes)
      if (one.change === 'raised') told.push(`${one.finding.kind} ${one.at.toISOString()}`);
    state = parseJobState(writeJobState(advanced.state));
  }
  return { told, state: state! };
}

async function kinds(texts: readonly string[], until?: string): Promise<string[]> {
  const found: string[] = [];
  const options = until === undefined ? {} : { until: new Date(until) };
  for await (const { kind, policy } of replayRuns(texts, options)) found.push(`${policy} ${kind}`);
  return found;
}

describe('figures that make no sense', () => {
  const nonsense = fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, 1e300, 0);

  it('leave a state that can be stored, and later nights are judged', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(19), nonsense, nonsense, nonsense, nonsense), { maxLength: 8 }),
        (bad) => {
          const runs = [...input.runs];
          for (const [index, durationSeconds, logicalBytes, addedBytes, dedupRatio] of bad)
            runs[index] = {
              ...runs[index]!,
              durationSeconds,
              logicalBytes,
              addedBytes,
              dedupRatio,
              files: durationSeconds,
            };
          const { state } = play(runs);
          expect(state.runs.at(-1)?.outcome).toBe('success');
          expect(Number.isFinite(state.runs.at(-1)?.readings?.logical?.z ?? 0)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('are as if they were not known', () => {
    const broken = { logicalBytes: Number.NaN, addedBytes: -1, dedupRatio: Infinity };
    const runs = input.runs.map((run, i) => (i === 15 ? { ...run, ...broken, files: null } : run));
    expect(play(runs).told).toEqual([]);
  });
});

describe('clocks that are wrong', () => {
  it('do not end or begin anything: a start that is none, or a year ahead', () => {
    const odd = input.runs[10]!;
    const never = { ...odd, runId: 'never', startedAt: new Date(Number.NaN) };
    const ahead = { ...odd, runId: 'ahead', startedAt: addSeconds(UNTIL, 366 * 86_400) };
    expect(play([...input.runs, never]).told).toEqual([]);
    const { changes } = advanceJob(
      play(input.runs).state,
      { ...input, runs: [ahead] },
      addSeconds(UNTIL, 3_600),
      defaultSettings,
    );
    expect(changes).toEqual([]);
  });

  it('give no duration where the end lies before the start', () => {
    const back = { ...input.runs[15]!, endedAt: addSeconds(input.runs[15]!.startedAt, -3_600) };
    const { told } = play(input.runs.map((run, i) => (i === 15 ? back : run)));
    expect(told).toEqual([]);
  });
});

describe('jobs that are unlike others', () => {
  it('that never hold a byte are told once, as holding nothing', async () => {
    const empty = { logicalBytes: 0, addedBytes: 0, files: 0 };
    const texts = nights(1, 20).map((_, index) => nightly(index + 1, empty));
    expect(await kinds(texts)).toEqual(['media/photos empty-run']);
  });

  it('that ran once are judged by their schedule alone', async () => {
    expect(await kinds([nightly(1)])).toEqual([]);
    const once = nightly(1, { schedule: null });
    expect(await kinds([once, nightly(20, { policy: 'media/other' })])).toEqual([]);
  });

  it('that are renamed begin anew, and the old name is missed', async () => {
    const renamed = [11, 12, 13, 14, 15].map((day) => nightly(day, { policy: 'media/pictures' }));
    const found = await kinds([...nights(1, 10), ...renamed]);
    expect(new Set(found)).toEqual(new Set(['media/photos missed-run', 'media/photos rpo-breach']));
  });

  it('that come a thousand at once raise nothing', async () => {
    const thousand = Array.from({ length: 1_000 }, (_, index) => {
      const logicalBytes = 1e6 * 1.01 ** index;
      return nightly(1, { policy: `apps/app-${index}`, resource: null, logicalBytes });
    });
    expect(await kinds(thousand, '2026-11-01T12:00:00Z')).toEqual([]);
  });
});
