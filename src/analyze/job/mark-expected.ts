import type { FindingKind } from '../../domain/words.ts';
import { channels } from './baseline.ts';
import type { ChannelName } from './baseline.ts';
import type { JobState } from './job-state.ts';

/** A person said that a finding is as it should be, or took that back. */
export interface ExpectedMark {
  kind: FindingKind;
  at: Date;
  /** True: no longer expected. */
  undone: boolean;
}

/** What a rule that is marked as expected has found changed, and what changes with it: less data takes less time. */
const MEASURED_BY: Partial<Record<FindingKind, readonly ChannelName[]>> = {
  'size-drop': ['logical', 'files', 'added', 'duration'],
  'size-spike': ['logical', 'files', 'added', 'duration'],
  'added-surge': ['added', 'dedup', 'duration'],
  'duration-anomaly': ['duration'],
};

/** True when the mark is about a level, so that taking it changes what is usual. */
export function isAboutLevel({ kind }: ExpectedMark): boolean {
  return MEASURED_BY[kind] !== undefined;
}

/**
 * Adopts the level of the newest runs as the usual one, in one step, or goes back to the one before. Rules are asked
 * anew. Without an odd level, or one to go back to, nothing changes.
 */
export function takeMark(state: JobState, { kind, undone }: ExpectedMark): void {
  const { baseline } = state;
  const changed = (MEASURED_BY[kind] ?? []).filter((name) =>
    undone ? channels[name].revert(baseline) : channels[name].adopt(baseline),
  );
  const last = state.runs.findLastIndex((run) => run.judged && run.outcome === 'success');
  const run = state.runs[last];
  if (!run || changed.length === 0) return;
  const others = run.adopted.filter((name) => !changed.includes(name));
  state.runs[last] = { ...run, adopted: undone ? others : [...others, ...changed] };
  state.unspoken = true;
}
