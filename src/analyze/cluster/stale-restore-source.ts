import { DAY_MS } from '../../domain/time.ts';
import type { RestoreRunFact } from '../../domain/facts.ts';
import { newestPointOf, takersOf } from '../rpo.ts';
import type { Claim } from '../selection.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import type { CoveredView } from './view.ts';
import { atText, nameOf } from './words.ts';

/** FM-06: a claim that, created anew, would be filled from a copy much older than the newest backup. */
export const staleRestoreSource: ClusterDetector = {
  kind: 'stale-restore-source',
  holdSeconds: 0,
  recovery: 'the restore source holds a recent copy, or is gone',
  detect: (view) => view.index.claims.flatMap((claim) => sight(view, claim)),
};

function sight(view: CoveredView, claim: Claim): Sighting[] {
  const source = claim.claim.dataSource;
  if (source === null || source.kind !== 'ReplicationDestination') return [];
  // By the name the claim gives: a restore that only fills new claims names none itself.
  const { kind, name } = source;
  const restore = view.index.inventory.restoreRuns.find(
    (one) => one.kind === kind && one.name === name && one.namespace === claim.namespace,
  );
  const imageAt = restore?.imageTakenAt ?? null;
  const newest = newestOf(view, claim);
  if (restore === undefined || imageAt === null || newest === null) return [];
  if (newest.getTime() - imageAt.getTime() <= DAY_MS) return [];
  return [{ finding: describe(view, claim, restore, imageAt), since: null }];
}

function newestOf(view: CoveredView, claim: Claim): Date | null {
  let newest: Date | null = null;
  for (const policy of takersOf(view, claim)) {
    const at = newestPointOf(view, policy, claim);
    if (at !== null && (newest === null || at > newest)) newest = at;
  }
  return newest;
}

function describe(view: CoveredView, claim: Claim, restore: RestoreRunFact, imageAt: Date) {
  const name = nameOf(restore);
  return draft(view.clusterId, {
    kind: 'stale-restore-source',
    severity: 'medium',
    subject: subjectFor({ claim }),
    observed: {
      value: imageAt.toISOString(),
      unit: 'time',
      text: `its image was taken at ${atText(imageAt)}`,
    },
    expected: { value: 86_400, unit: 's', text: 'at most a day behind the newest backup' },
    cause: {
      code: 'FM-06',
      title: 'A restore would use an old image',
      shownBy: `${restore.kind} ${name} status.latestImage of ${atText(imageAt)}`,
    },
    evidence: [
      {
        label: 'image taken',
        value: imageAt.toISOString(),
        unit: 'time',
        source: `${restore.kind} ${name} status.latestImage`,
        at: imageAt,
        table: 'restore_runs',
        rowId: restore.restoreRunId,
      },
    ],
    sentence: `If claim ${nameOf(claim)} were created anew it would be filled with data of ${atText(imageAt)}, though newer backups exist.`,
    nextStep: `Before deleting the claim give ${restore.kind} ${name} a new spec.trigger.manual and wait until status.lastManualSync equals it.`,
  });
}
