import { textFor } from '../../domain/engine-text.ts';
import type { FindingDraft } from '../../domain/judgement.ts';
import type { Engine } from '../../domain/words.ts';
import { adviceFingerprint } from '../advice-input.ts';
import type { Advice, AdviceInput, AdvisedRisk } from '../advice-input.ts';
import { riskEffect } from '../effects.ts';
import { CAUSE_FIXES } from './cause-fixes.ts';
import type { CauseFix } from './cause-fixes.ts';

/** What remains once a cause is gone and runs succeed again. */
const LEFT = new Set(['unproven', 'one-repository', 'uncovered', 'unseen']);

const LOCATION = 'FM-20';

/** For each known cause that open findings show, its fix; one per thing it is about, however many findings show it. */
export function fixCause(input: AdviceInput): Advice[] {
  const groups = new Map<string, FindingDraft[]>();
  for (const finding of input.findings) {
    if (finding.cause === null || CAUSE_FIXES[finding.cause.code] === undefined) continue;
    const key = JSON.stringify([finding.cause.code, aboutOf(input, finding)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].map((findings) => advise(input, findings));
}

/** A location is one thing for all policies that use it; a skipped volume is its own; else the policy. */
function aboutOf({ policies }: AdviceInput, { subject, kind, cause }: FindingDraft): string {
  if (kind === 'location-unavailable') return subject.repositoryId ?? subject.namespace;
  if (cause?.code === LOCATION) {
    const policy = policies.find(({ fact }) => fact.policyId === subject.policyId);
    const location = subject.repositoryId ?? policy?.fact.repositoryId ?? null;
    if (location !== null) return location;
  }
  if (kind === 'volume-skipped' || kind === 'detached-volume')
    return `${subject.policyId}/${subject.resourceId}`;
  return subject.policyId ?? subject.resourceId ?? subject.repositoryId ?? subject.namespace;
}

function advise(input: AdviceInput, findings: FindingDraft[]): Advice {
  const ordered = findings.toSorted(
    (a, b) =>
      Number(isLocation(b)) - Number(isLocation(a)) || (a.fingerprint < b.fingerprint ? -1 : 1),
  );
  const first = ordered[0]!;
  const cause = first.cause!;
  const known: CauseFix = CAUSE_FIXES[cause.code]!;
  const { subject } = first;
  const of = nameOf(first);
  return {
    fingerprint: adviceFingerprint(input.clusterId, 'fix-cause', cause.code, aboutOf(input, first)),
    kind: 'fix-cause',
    subject,
    title: known.title(of),
    current: `${cause.title}: ${cause.shownBy}`,
    proposed: textFor(known.proposed, engineOf(input, first)),
    effects: riskEffect(risksTouched(input, ordered), (term) => LEFT.has(term)),
    confidence: known.confidence,
    reason: first.sentence,
    findingFingerprints: ordered.map((finding) => finding.fingerprint),
  };
}

/** Of the policy it is about, else of those that use the place; null: neither is known. */
function engineOf(input: AdviceInput, { subject }: FindingDraft): Engine | null {
  const { policyId, repositoryId } = subject;
  const policy =
    input.policies.find(({ fact }) => fact.policyId === policyId) ??
    input.policies.find(({ fact }) => isAt(fact.repositoryId, repositoryId));
  return policy?.fact.engine ?? null;
}

function nameOf(finding: FindingDraft): string {
  const { subject, observed, cause } = finding;
  if (isLocation(finding)) return observed.text.split(' ')[1] ?? subject.namespace;
  const name = subject.resource ?? subject.policy ?? subject.namespace;
  return cause?.code === LOCATION ? `of ${name}` : name;
}

function isLocation({ kind }: FindingDraft): boolean {
  return kind === 'location-unavailable';
}

function risksTouched(input: AdviceInput, findings: FindingDraft[]): AdvisedRisk[] {
  const claims = new Set<string>();
  for (const { subject } of findings) {
    if (subject.resourceId !== null) claims.add(subject.resourceId);
    else
      for (const { fact, resourceIds } of input.policies)
        if (fact.policyId === subject.policyId || isAt(fact.repositoryId, subject.repositoryId))
          for (const resourceId of resourceIds) claims.add(resourceId);
  }
  return input.claims.filter((one) => claims.has(one.resourceId)).map((one) => one.risk);
}

function isAt(repositoryId: string | null, location: string | null): boolean {
  return location !== null && repositoryId === location;
}
