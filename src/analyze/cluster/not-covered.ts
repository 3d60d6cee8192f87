import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { sayBytes } from '../job/phrases.ts';
import { impactOf } from '../risk-impact.ts';
import type { Claim } from '../selection.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector } from './cluster-detector.ts';
import type { CoveredView } from './view.ts';
import { nameOf } from './words.ts';

/** From this impact on an unprotected claim is a high finding, below a medium one. */
const HEAVY = 0.6;

/** FM-34: a claim that no running policy takes. A claim and its policy often arrive some minutes apart. */
export const notCovered: ClusterDetector = {
  kind: 'not-covered',
  holdSeconds: (60 * MINUTE_MS) / SECOND_MS,
  recovery: 'a policy covers it now, it is exempt, or it is gone',
  detect: (view) =>
    view.index.claims
      .filter((claim) => view.coverage.get(claim.resourceId)?.state === 'uncovered')
      .map((claim) => ({ finding: describe(view, claim), since: claim.createdAt })),
};

function describe(view: CoveredView, claim: Claim) {
  const { reason } = view.coverage.get(claim.resourceId)!;
  const bytes = claim.claim.capacityBytes ?? claim.claim.requestedBytes;
  const size = bytes === null ? '' : ` of ${sayBytes(bytes)}`;
  const name = nameOf(claim);
  const criticality = view.index.criticality.get(claim.resourceId) ?? null;
  const { impact } = impactOf({ claim, criticality, changedBytes: null });
  return draft(view.clusterId, {
    kind: 'not-covered',
    severity: impact >= HEAVY ? 'high' : 'medium',
    subject: subjectFor({ claim }),
    observed: { value: 0, unit: '1', text: 'no policy takes its data' },
    expected: { value: 1, unit: '1', text: 'a policy that takes its data, or a stated exemption' },
    cause: { code: 'FM-34', title: 'The claim is not covered at all', shownBy: reason },
    evidence: [
      {
        label: 'claim',
        value: bytes,
        unit: 'B',
        table: 'resources',
        source: `PersistentVolumeClaim ${name}`,
        at: claim.createdAt,
        rowId: claim.resourceId,
      },
    ],
    sentence: `Claim ${name}${size} is not backed up: ${reason}.`,
    nextStep: `${remedyOf(view, claim)}, or say why it needs none: \`plimsoll exempt ${name}\` or the annotation plimsoll.dev/exempt.`,
  });
}

function remedyOf(view: CoveredView, claim: Claim): string {
  const takers = view.index.declarations.get(claim.resourceId) ?? [];
  const paused = takers.find(({ policy, taking }) => policy.paused && taking.take === 'taken');
  if (paused === undefined) return 'Add a backup policy for it';
  return `Let ${paused.policy.kind} ${nameOf(paused.policy)} run again`;
}
