import type { RecommendationDraft } from '../domain/judgement.ts';
import type { AdviceInput, Recommender } from './advice-input.ts';
import { changeSchedule } from './recommenders/change-schedule.ts';
import { coverClaim } from './recommenders/cover-claim.ts';
import { fixCause } from './recommenders/fix-cause.ts';
import { spreadStarts } from './recommenders/spread-starts.ts';

const RECOMMENDERS: readonly Recommender[] = [coverClaim, fixCause, changeSchedule, spreadStarts];

/** All recommendations for a cluster, each once, in the order of their fingerprints. */
export function advise(input: AdviceInput): RecommendationDraft[] {
  const drafts = new Map<string, RecommendationDraft>();
  for (const recommend of RECOMMENDERS)
    for (const draft of recommend(input)) drafts.set(draft.fingerprint, draft);
  return [...drafts.values()].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
}
