import type { PolicyFact } from '../../domain/facts.ts';
import { HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import type { JudgedPolicy } from './inventory.ts';
import type { CoveredView } from './view.ts';
import { nameOf } from './words.ts';

/** FM-33: retention that leaves one copy, so that a bad run replaces the only good one; or that counts others' copies. */
export const retentionRisk: ClusterDetector = {
  kind: 'retention-risk',
  holdSeconds: HOUR_MS / SECOND_MS,
  recovery: 'it keeps more than one copy of its own',
  detect(view) {
    const policies = view.index.policies.filter((policy) => isInUse(view, policy));
    const sharing = Map.groupBy(policies.filter(countsWhatItFinds), (one) => one.repositoryId);
    return policies.flatMap((policy) => [
      ...(keptBy(policy) === 1 ? [single(view, policy)] : []),
      ...shared(view, policy, sharing.get(policy.repositoryId) ?? []),
    ]);
  },
};

function isInUse(view: CoveredView, { paused, policyId }: JudgedPolicy): boolean {
  const claims = view.index.claimsOf.get(policyId) ?? [];
  const meant = claims.some((one) => view.coverage.get(one.resourceId)?.state !== 'exempt');
  return !paused && meant;
}

/** How many copies the rules keep when they go by number alone; null: by age, or not said. */
function keptBy({ keep }: Pick<PolicyFact, 'keep'>): number | null {
  const counts = Object.values(keep ?? {}).map((rule) =>
    /^\d+$/.test(String(rule)) ? Number(rule) : null,
  );
  if (counts.length === 0 || counts.includes(null)) return null;
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/** VolSync's restic writes every claim under the same path, and forgets by namespace and path. */
function countsWhatItFinds({ engine, method, repositoryId }: JudgedPolicy): boolean {
  return engine === 'volsync' && method === 'restic' && repositoryId !== null;
}

const CAUSE = { code: 'FM-33', title: 'Retention deletes more than intended' };

function single(view: CoveredView, policy: JudgedPolicy): Sighting {
  const name = nameOf(policy);
  const rules = JSON.stringify(policy.keep);
  const finding = draft(view.clusterId, {
    kind: 'retention-risk',
    severity: 'high',
    subject: subjectFor({ policy }),
    observed: { value: 1, unit: '1', text: `it keeps one copy (${rules})` },
    expected: { value: 2, unit: '1', text: 'copies of several days at least' },
    cause: { ...CAUSE, shownBy: `keep rules ${rules}` },
    evidence: [evidenceOf(policy, 'keep rules', rules)],
    sentence: `${policy.kind} ${name} keeps a single copy: the next run replaces the only good one, whatever it has found.`,
    nextStep: 'Keep several days and weeks, e.g. seven daily and four weekly copies.',
  });
  return { finding, since: null };
}

function shared(
  view: CoveredView,
  policy: JudgedPolicy,
  users: readonly JudgedPolicy[],
): Sighting[] {
  const others = users.filter((one) => one !== policy && one.namespace === policy.namespace);
  if (!users.includes(policy) || others.length === 0) return [];
  const name = nameOf(policy);
  const names = others.map(nameOf).join(', ');
  const finding = draft(view.clusterId, {
    kind: 'retention-risk',
    severity: 'high',
    // Apart from the same policy's single copy.
    subject: { ...subjectFor({ policy }), repositoryId: policy.repositoryId },
    observed: {
      value: others.length + 1,
      unit: '1',
      text: `${others.length + 1} policies write to one repository`,
    },
    expected: { value: 1, unit: '1', text: 'a repository, or a path in it, for each claim' },
    cause: { ...CAUSE, shownBy: `${names} use the same repository` },
    evidence: [policy, ...others].map((one) => evidenceOf(one, 'repository', one.repositoryId)),
    sentence: `${policy.kind} ${name} shares its repository with ${names}: each one's retention counts and deletes the other's copies, for all lie under the same path.`,
    nextStep:
      'Give each ReplicationSource a repository address of its own, such as a path ending in the claim’s name.',
  });
  return [{ finding, since: null }];
}

function evidenceOf(policy: JudgedPolicy, label: string, value: string | null) {
  const source = `${policy.kind} ${nameOf(policy)} spec`;
  return {
    label,
    value,
    unit: 'text',
    table: 'policies',
    source,
    at: null,
    rowId: policy.policyId,
  };
}
