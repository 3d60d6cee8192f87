import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { RestorePointFact } from '../../domain/facts.ts';
import { sayBytes } from '../job/phrases.ts';
import type { Claim } from '../selection.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector } from './cluster-detector.ts';
import type { CoveredView } from './view.ts';
import { nameOf } from './words.ts';

/**
 * FM-30: a claim that is to be filled from a VolumeSnapshot and asks for less than that needs: it stays Pending for
 * ever. Only the newest snapshot of each claim is known here.
 */
export const claimTooSmall: ClusterDetector = {
  kind: 'claim-too-small',
  holdSeconds: (5 * MINUTE_MS) / SECOND_MS,
  recovery: 'it is bound, or it is gone',
  detect(view) {
    const points = view.index.inventory.newestPoints.filter(({ engine }) => engine === 'csi');
    const byName = new Map(points.map((point) => [nameOfPoint(view, point), point]));
    return view.index.claims.flatMap((claim) => {
      const { phase, dataSource, requestedBytes } = claim.claim;
      if (phase !== 'Pending' || dataSource?.kind !== 'VolumeSnapshot') return [];
      const point = byName.get(`${claim.namespace}/${dataSource.name}`);
      const needed = point?.logicalBytes ?? null;
      if (point === undefined || needed === null || requestedBytes === null) return [];
      if (requestedBytes >= needed) return [];
      const sizes = { requested: requestedBytes, needed };
      return [{ finding: describe(view, claim, point, sizes), since: claim.createdAt }];
    });
  },
};

/** A snapshot lies beside the claim it was taken of. */
function nameOfPoint(view: CoveredView, { resourceId, handle }: RestorePointFact): string | null {
  const source = view.index.claimById.get(resourceId ?? '');
  return source === undefined ? null : `${source.namespace}/${handle}`;
}

function describe(
  view: CoveredView,
  claim: Claim,
  point: RestorePointFact,
  { requested, needed }: { requested: number; needed: number },
) {
  const name = nameOf(claim);
  return draft(view.clusterId, {
    kind: 'claim-too-small',
    severity: 'high',
    subject: subjectFor({ claim }),
    observed: { value: requested, unit: 'B', text: `it asks for ${sayBytes(requested)}` },
    expected: { value: needed, unit: 'B', text: `at least ${sayBytes(needed)}` },
    cause: {
      code: 'FM-30',
      title: 'The restored claim is smaller than its snapshot',
      shownBy: `VolumeSnapshot ${point.handle} status.restoreSize`,
    },
    evidence: [
      {
        label: 'requested',
        value: requested,
        unit: 'B',
        table: 'resources',
        source: `PersistentVolumeClaim ${name} spec.resources.requests.storage`,
        at: claim.createdAt,
        rowId: claim.resourceId,
      },
      {
        label: 'restore size',
        value: needed,
        unit: 'B',
        table: 'restore_points',
        source: `VolumeSnapshot ${point.handle} status.restoreSize`,
        at: point.takenAt,
        rowId: point.restorePointId,
      },
    ],
    sentence: `Claim ${name} is to be filled from VolumeSnapshot ${point.handle} and stays Pending: it asks for ${sayBytes(requested)} where the snapshot needs ${sayBytes(needed)}.`,
    nextStep: `Make the claim anew with at least ${needed} bytes; claims cannot be changed while they wait.`,
  });
}
