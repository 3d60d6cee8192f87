import { defaultSettings } from '../analyze/detectors/job-detectors.ts';
import { parseJobState, writeJobState } from '../analyze/job/job-state.ts';
import { digestOf } from './judge-memory.ts';
import type { JudgeMemory } from './judge-memory.ts';

/**
 * When settings or rules are not those of the last pass, every job is asked again, now, about what it remembers; no
 * history is read. Returns whether they are. Before the first pass they were the defaults.
 */
export function judgeAfresh(memory: JudgeMemory, judgedBy: string, at: Date): boolean {
  const before = memory.digests.settings || digestOf(defaultSettings);
  if (before === judgedBy) return false;
  const now = at.getTime();
  for (const job of memory.book.jobs.values()) {
    const state = job.text === '' ? null : parseJobState(job.text);
    if (state === null) continue;
    state.wake = Math.min(state.wake ?? now, now);
    job.text = writeJobState(state);
    job.wakeAt = Math.min(job.wakeAt ?? now, now);
  }
  return true;
}
