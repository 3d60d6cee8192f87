import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { ClaimLabels } from '../claim-labels.ts';
import { nearestWord } from '../nearest-word.ts';
import type { Claim } from '../selection.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector } from './cluster-detector.ts';
import type { CoveredView } from './view.ts';
import { nameOf } from './words.ts';

/** A label of the vocabulary with a value that is none of its own: what its author meant does not happen. */
export const labelUnknown: ClusterDetector = {
  kind: 'label-unknown',
  holdSeconds: (10 * MINUTE_MS) / SECOND_MS,
  recovery: 'the label has a right value, or is gone',
  detect: (view) =>
    [...view.index.labels].flatMap(([resourceId, { unknown }]) => {
      const claim = view.index.claimById.get(resourceId);
      return claim === undefined || unknown.length === 0
        ? []
        : [{ finding: describe(view, claim, unknown), since: null }];
    }),
};

function describe(view: CoveredView, claim: Claim, unknown: ClaimLabels['unknown']) {
  const name = nameOf(claim);
  const said = unknown.map((one) => one.said).join(', ');
  const meant = unknown.map(meantBy).join('; ');
  return draft(view.clusterId, {
    kind: 'label-unknown',
    severity: 'low',
    subject: subjectFor({ claim }),
    observed: { value: said, unit: 'text', text: said },
    expected: { value: null, unit: 'text', text: meant },
    cause: null,
    evidence: unknown.map((one) => ({
      label: one.said.slice(0, 200),
      value: one.value.slice(0, 200),
      unit: 'text',
      table: 'resources',
      source: `PersistentVolumeClaim ${name} metadata`,
      at: claim.createdAt,
      rowId: claim.resourceId,
    })),
    sentence: `Claim ${name} says ${said}, which means nothing: ${meant}.`,
    nextStep:
      'Correct the value where the claim is declared, or add it to the vocabulary (setting BACKUP_LABELS).',
  });
}

function meantBy({ value, allowed }: ClaimLabels['unknown'][number]): string {
  const words = allowed.filter((word) => word !== '*');
  const nearest = nearestWord(value, words);
  return nearest === null ? `right would be ${words.join(', ')}` : `“${nearest}” is nearest`;
}
