import { describe, expect, it } from 'vitest';
import { healthyHistory, nightly, nights } from '../../../test/support/run-lines.ts';
import { RunLine } from '../../domain/run-line.ts';
import { DAY_MS } from '../../domain/time.ts';
import { defaultSettings } from '../detectors/job-detectors.ts';
import { advanceJob } from '../job/advance-job.ts';
import { daysUntil, noDay, parseDayPriors, priorsAt, writeDayPriors } from '../job/day-priors.ts';
import { parseJobState, parseMember, writeJobState } from '../job/job-state.ts';
import { segmentsOf } from './segments.ts';
import { replayRuns } from './replay-runs.ts';

const lines = [
  ...nights(1, 12),
  nightly(13, { logicalBytes: 20e9 }),
  nightly(14, { outcome: 'failed', error: 'no space left on device' }),
  ...nights(15, 20),
  nightly(21, { endedAt: '2026-11-21T06:00:00Z' }),
  ...healthyHistory(5, 4, 12),
].map((line) => RunLine.parse(JSON.parse(line)));
const from = Math.min(...lines.map((line) => Date.parse(line.startedAt)));
const until = new Date('2026-11-22T00:00:00Z');

/** Jobs kept only as stored text, judged in short passes: what a process does that dies after each of them. */
function live(passMs: number): string[] {
  const jobs = [...Map.groupBy(lines, (line) => line.policy).values()].map((runs) => ({
    segment: segmentsOf(runs, until)[0]!,
    text: '',
  }));
  const told: string[] = [];
  let priors = writeDayPriors({ ...noDay, day: 0 });
  let last = from - 1;
  const passes: number[] = [];
  for (let at = from + passMs; at < until.getTime() + passMs; at += passMs)
    passes.push(...daysUntil(passes.at(-1) ?? from, Math.min(at, until.getTime())));
  for (const at of passes) {
    const members = jobs.flatMap(({ text }) => (text === '' ? [] : (parseMember(text) ?? [])));
    const usual = priorsAt(parseDayPriors(priors) ?? noDay, at, () => members);
    priors = writeDayPriors(usual);
    for (const job of jobs) {
      const runs = job.segment.input.runs.filter(
        (run) => run.startedAt.getTime() <= at && run.startedAt.getTime() > last,
      );
      if (job.text === '' && runs.length === 0) continue;
      const state = job.text === '' ? null : parseJobState(job.text);
      const input = { ...job.segment.input, runs, priors: usual.priors };
      const advanced = advanceJob(state, input, new Date(at), defaultSettings);
      job.text = writeJobState(advanced.state);
      for (const change of advanced.changes)
        if (change.change === 'raised')
          told.push(`${change.at.toISOString()} ${change.finding.fingerprint}`);
    }
    last = at;
  }
  return told.sort();
}

async function replayed(): Promise<string[]> {
  const told: string[] = [];
  const source = lines.map((line) => JSON.stringify(line));
  for await (const { raisedAt, fingerprint } of replayRuns(source, { until }))
    told.push(`${new Date(raisedAt).toISOString()} ${fingerprint}`);
  return told.sort();
}

describe('a process that dies after every pass', () => {
  it('finds what a replay finds, whatever a pass is', async () => {
    const expected = await replayed();
    expect(expected.length).toBeGreaterThanOrEqual(3);
    expect(live(DAY_MS / 24)).toEqual(expected);
    expect(live(DAY_MS / 6)).toEqual(expected);
  });
});
