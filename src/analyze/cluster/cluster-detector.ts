import type { FindingDraft, FindingSubject } from '../../domain/judgement.ts';
import type { FindingKind } from '../../domain/words.ts';
import { fingerprintOf } from '../../domain/id.ts';
import type { Claim } from '../selection.ts';
import type { JudgedPolicy } from './inventory.ts';
import type { CoveredView } from './view.ts';
import { nameOf } from './words.ts';

/** Something a rule sees in the cluster now. */
export interface Sighting {
  finding: FindingDraft;
  /** Since when it has been so, where a source tells; null: since we first saw it. */
  since: Date | null;
}

/**
 * One rule about the whole of a cluster. Pure: it says what holds at the view's instant. A sighting becomes a
 * finding when it has lasted `holdSeconds`, and ends when the rule no longer sees it.
 */
export interface ClusterDetector {
  kind: FindingKind;
  /** How long it must last before anyone is told, so that things under way are left alone. */
  holdSeconds: number;
  detect(view: CoveredView): Sighting[];
  /** True while nobody can tell whether this open finding still holds: it then stays as it is. */
  isBlind?(view: CoveredView, finding: Pick<FindingDraft, 'subject'>): boolean;
  /** Why an open finding of this kind ends when it is no longer seen. */
  recovery: string;
}

/** The subject of a finding, from what it is about. */
export function subjectFor(about: {
  policy?: JudgedPolicy | undefined;
  claim?: Claim | undefined;
  repositoryId?: string;
  namespace?: string;
}): FindingSubject {
  const { policy, claim, repositoryId, namespace } = about;
  return {
    policyId: policy?.policyId ?? null,
    resourceId: claim?.resourceId ?? null,
    repositoryId: repositoryId ?? null,
    policy: policy === undefined ? null : nameOf(policy),
    resource: claim === undefined ? null : nameOf(claim),
    namespace: namespace ?? claim?.namespace ?? policy?.namespace ?? '',
  };
}

/** Completes a finding with the fingerprint of its kind, subject and cause. */
export function draft(clusterId: string, finding: Omit<FindingDraft, 'fingerprint'>): FindingDraft {
  const { policyId, resourceId, repositoryId } = finding.subject;
  const subject = [policyId, resourceId, repositoryId].map((id) => id ?? '').join('/');
  const cause = finding.cause?.code ?? '';
  return { fingerprint: fingerprintOf(clusterId, finding.kind, subject, cause), ...finding };
}
