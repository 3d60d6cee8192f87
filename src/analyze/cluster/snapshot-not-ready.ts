import { MINUTE_MS } from '../../domain/time.ts';
import type { Claim } from '../selection.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector } from './cluster-detector.ts';
import type { PendingRun } from './pending-runs.ts';
import type { CoveredView } from './view.ts';
import { hasPassed } from './view-time.ts';
import { atText, nameOf } from './words.ts';

/** Storage that answers cuts a snapshot in seconds; Velero gives up after as long as this. */
const READY_WITHIN_MS = 10 * MINUTE_MS;

/** FM-07: a volume snapshot that does not become ready. There is no failed pod, and its error may be that of a try. */
export const snapshotNotReady: ClusterDetector = {
  kind: 'snapshot-not-ready',
  holdSeconds: 0,
  recovery: 'the snapshot or a newer one is ready, or it is gone',
  detect(view) {
    const late = [...view.runs.pending.values()].filter(
      ({ engine, open, startedAt }) =>
        engine === 'csi' && open && hasPassed(view, startedAt + READY_WITHIN_MS),
    );
    const byClaim = Map.groupBy(late, ({ resourceId }) => resourceId);
    return [...byClaim].flatMap(([resourceId, runs]) => {
      const claim = view.index.claimById.get(resourceId);
      if (claim === undefined) return [];
      const [oldest] = runs.toSorted((a, b) => a.startedAt - b.startedAt);
      const since = new Date(oldest!.startedAt + READY_WITHIN_MS);
      return [{ finding: describe(view, claim, oldest!, runs.length), since }];
    });
  },
};

function describe(view: CoveredView, claim: Claim, oldest: PendingRun, count: number) {
  const startedAt = new Date(oldest.startedAt);
  const protectedElsewhere = view.coverage.get(claim.resourceId)?.state === 'protected';
  const others = count === 1 ? '' : ` and ${count - 1} more`;
  const told = oldest.errorText ?? '';
  return draft(view.clusterId, {
    kind: 'snapshot-not-ready',
    severity: protectedElsewhere ? 'medium' : 'high',
    subject: subjectFor({ claim }),
    observed: {
      value: count,
      unit: '1',
      text: `VolumeSnapshot ${oldest.name}${others} not ready since ${atText(startedAt)}`,
    },
    expected: { value: READY_WITHIN_MS / 1_000, unit: 's', text: 'ready within 10 minutes' },
    cause: {
      code: 'FM-07',
      title: 'A snapshot never becomes ready',
      shownBy: told === '' ? 'status.readyToUse is not true' : told.slice(0, 200),
    },
    evidence: [
      {
        label: 'made, not ready',
        value: startedAt.toISOString(),
        unit: 'time',
        table: 'runs',
        source: `VolumeSnapshot ${oldest.namespace}/${oldest.name} status.readyToUse`,
        at: startedAt,
        rowId: oldest.runId,
      },
    ],
    sentence: `VolumeSnapshot ${oldest.namespace}/${oldest.name} of ${nameOf(claim)} was made at ${atText(startedAt)} and is still not ready${others === '' ? '' : `,${others} neither`}.${told === '' ? '' : ` The storage says: ${told.slice(0, 300)}`}`,
    nextStep:
      'Check the VolumeSnapshotClass, that its driver supports snapshots, the storage’s health and snapshot quota; then delete the stuck VolumeSnapshot so that it is made anew.',
  });
}
