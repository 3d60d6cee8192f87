import { idOf } from '../domain/id.ts';
import type { RecommendationDraft } from '../domain/judgement.ts';
import type { Advice, AdviceInput, Recommender } from './advice-input.ts';
import { changeSchedule } from './recommenders/change-schedule.ts';
import { coverClaim } from './recommenders/cover-claim.ts';
import { fixCause } from './recommenders/fix-cause.ts';
import { spreadStarts } from './recommenders/spread-starts.ts';

const RECOMMENDERS: readonly Recommender[] = [coverClaim, fixCause, changeSchedule, spreadStarts];

/** All recommendations for a cluster, each once, in the order of their fingerprints. */
export function advise(input: AdviceInput): RecommendationDraft[] {
  const severities = new Map(input.findings.map((one) => [one.fingerprint, one.severity]));
  const drafts = new Map<string, RecommendationDraft>();
  for (const recommend of RECOMMENDERS)
    for (const advice of recommend(input)) {
      const evidence = evidenceOf(advice, severities);
      drafts.set(advice.fingerprint, { options: [], ...advice, evidence });
    }
  return [...drafts.values()].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
}

/**
 * What a recommendation rests on: what it proposes, what it would replace, and its findings with their severity. The
 * line that shows a cause is another in each run, so that there the cause's own fingerprint stands for it.
 */
function evidenceOf(advice: Advice, severities: ReadonlyMap<string, string>): string {
  const { kind, current, proposed, findingFingerprints } = advice;
  const replaced = kind === 'fix-cause' ? '' : current;
  const findings = findingFingerprints.map((one) => `${one} ${severities.get(one) ?? ''}`).sort();
  return idOf('evidence', kind, replaced, proposed, ...findings);
}
