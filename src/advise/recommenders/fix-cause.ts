import { textFor } from '../../domain/engine-text.ts';
import type { FindingDraft } from '../../domain/judgement.ts';
import type { Engine } from '../../domain/words.ts';
import { adviceFingerprint } from '../advice-input.ts';
import type { Advice, AdviceInput, AdvisedPolicy, AdvisedRisk } from '../advice-input.ts';
import { riskEffect } from '../effects.ts';
import { CAUSE_FIXES } from './cause-fixes.ts';
import type { CauseFix } from './cause-fixes.ts';

/** What remains once a cause is gone and runs succeed again. */
const LEFT = new Set(['unproven', 'one-repository', 'uncovered', 'unseen']);

const LOCATION = 'FM-20';

/** What findings are looked up in: of a large cluster every policy may have one. */
interface Known {
  input: AdviceInput;
  policies: ReadonlyMap<string, AdvisedPolicy>;
  /** Policies by repository, in the order given. */
  at: ReadonlyMap<string, AdvisedPolicy[]>;
  /** A claim's place in the input. */
  places: ReadonlyMap<string, number>;
}

function indexed(input: AdviceInput): Known {
  const at = new Map<string, AdvisedPolicy[]>();
  for (const policy of input.policies) {
    const { repositoryId } = policy.fact;
    if (repositoryId !== null && !at.get(repositoryId)?.push(policy))
      at.set(repositoryId, [policy]);
  }
  return {
    input,
    policies: new Map(input.policies.map((policy) => [policy.fact.policyId, policy])),
    at,
    places: new Map(input.claims.map(({ resourceId }, place) => [resourceId, place])),
  };
}

/** For each known cause that open findings show, its fix; one per thing it is about, however many findings show it. */
export function fixCause(input: AdviceInput): Advice[] {
  const known = indexed(input);
  const groups = new Map<string, FindingDraft[]>();
  for (const finding of input.findings) {
    if (finding.cause === null || CAUSE_FIXES[finding.cause.code] === undefined) continue;
    const key = JSON.stringify([finding.cause.code, aboutOf(known, finding)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].map((findings) => advise(known, findings));
}

/** A location is one thing for all policies that use it; a skipped volume is its own; else the policy. */
function aboutOf({ policies }: Known, finding: FindingDraft): string {
  const { subject, kind, cause } = finding;
  if (isLocation(finding)) return subject.repositoryId ?? subject.namespace;
  if (cause?.code === LOCATION) {
    const policy = policies.get(subject.policyId ?? '');
    const location = subject.repositoryId ?? policy?.fact.repositoryId ?? null;
    if (location !== null) return location;
  }
  if (kind === 'volume-skipped' || kind === 'detached-volume')
    return `${subject.policyId}/${subject.resourceId}`;
  return subject.policyId ?? subject.resourceId ?? subject.repositoryId ?? subject.namespace;
}

function advise(known: Known, findings: FindingDraft[]): Advice {
  const ordered = findings.toSorted(
    (a, b) =>
      Number(isLocation(b)) - Number(isLocation(a)) || (a.fingerprint < b.fingerprint ? -1 : 1),
  );
  const first = ordered[0]!;
  const cause = first.cause!;
  const fix: CauseFix = CAUSE_FIXES[cause.code]!;
  const { subject } = first;
  const of = nameOf(first);
  return {
    fingerprint: adviceFingerprint(
      known.input.clusterId,
      'fix-cause',
      cause.code,
      aboutOf(known, first),
    ),
    kind: 'fix-cause',
    subject,
    title: fix.title(of),
    current: `${cause.title}: ${cause.shownBy}`,
    proposed: textFor(fix.proposed, engineOf(known, first)),
    effects: riskEffect(risksTouched(known, ordered), (term) => LEFT.has(term)),
    confidence: fix.confidence,
    reason: first.sentence,
    findingFingerprints: ordered.map((finding) => finding.fingerprint),
  };
}

/** Of the policy it is about, else of those that use the place; null: neither is known. */
function engineOf({ policies, at }: Known, { subject }: FindingDraft): Engine | null {
  const policy = policies.get(subject.policyId ?? '') ?? at.get(subject.repositoryId ?? '')?.[0];
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

function risksTouched({ input, policies, at, places }: Known, findings: FindingDraft[]) {
  const touched = new Set<number>();
  const touch = (resourceId: string): void => {
    const place = places.get(resourceId);
    if (place !== undefined) touched.add(place);
  };
  for (const { subject } of findings) {
    if (subject.resourceId !== null) {
      touch(subject.resourceId);
      continue;
    }
    const own = policies.get(subject.policyId ?? '');
    for (const policy of [...(own ? [own] : []), ...(at.get(subject.repositoryId ?? '') ?? [])])
      policy.resourceIds.forEach(touch);
  }
  return [...touched].sort((a, b) => a - b).map((place): AdvisedRisk => input.claims[place]!.risk);
}
