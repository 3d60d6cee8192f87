import { fingerprintOf } from '../../domain/id.ts';
import type { RestoreRunFact } from '../../domain/facts.ts';
import type { Engine, Severity } from '../../domain/words.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector } from './cluster-detector.ts';
import type { CoveredView } from './view.ts';
import { atText, nameOf } from './words.ts';

/** FM-05, FM-21: a restore that reports success and brought nothing back. The next backup saves the emptiness. */
export const emptyRestore: ClusterDetector = {
  kind: 'empty-restore',
  holdSeconds: 0,
  recovery: 'a later restore through it brought data back, or it is gone',
  detect: (view) =>
    view.index.inventory.restoreRuns
      .filter(broughtNothing)
      .map((restore) => ({ finding: describe(view, restore), since: restore.endedAt })),
};

function broughtNothing({ outcome, restoredBytes }: RestoreRunFact): boolean {
  return outcome === 'empty' || (outcome === 'success' && restoredBytes === 0);
}

/** How engines come to restore nothing, and what to do then. */
interface Words {
  code: string;
  title: string;
  severity: Severity;
  nextStep: string;
}

const FOUND_NOTHING: Words = {
  code: 'FM-05',
  title: 'The restore found no snapshot',
  severity: 'critical',
  nextStep:
    'Pause the backup of this claim first, so that the empty state does not displace good restore points; then check repository address, credentials and restoreAsOf, and restore again.',
};
const WORDS: Partial<Record<Engine, Words>> = {
  velero: {
    code: 'FM-21',
    title: 'The restore completed and filled no volume',
    severity: 'high',
    nextStep:
      'Velero never fills a claim that exists: restore into a new namespace (namespaceMapping) and look at the data there, or scale the app to 0, take a last backup, delete the claim and restore again. Volumes saved by file system come back with their pods only: let the restore take those too. If objects alone were meant, acknowledge this.',
  },
};

function describe(view: CoveredView, restore: RestoreRunFact) {
  const name = nameOf(restore);
  const claim =
    restore.resourceId === null ? undefined : view.index.claimById.get(restore.resourceId);
  const when = restore.endedAt === null ? '' : ` at ${atText(restore.endedAt)}`;
  const into = claim === undefined ? '' : ` into ${nameOf(claim)}`;
  const { code, title, severity, nextStep } = WORDS[restore.engine] ?? FOUND_NOTHING;
  const shownBy = restore.message?.trim().slice(0, 200) || 'success with 0 bytes restored';
  const finding = draft(view.clusterId, {
    kind: 'empty-restore',
    severity,
    subject: subjectFor({ claim, namespace: restore.namespace }),
    observed: { value: 0, unit: 'B', text: 'nothing was restored' },
    expected: { value: null, unit: 'B', text: 'the data of the restore point' },
    cause: { code, title, shownBy },
    evidence: [
      {
        label: 'restored',
        value: restore.restoredBytes,
        unit: 'B',
        table: 'restore_runs',
        source: `${restore.kind} ${name} status`,
        at: restore.endedAt,
        rowId: restore.restoreRunId,
      },
    ],
    sentence: `The restore through ${restore.kind} ${name}${into}${when} says it succeeded, but brought nothing back.`,
    nextStep,
  });
  // Several restores may go into one claim, or into none we know: each is its own trouble.
  const fingerprint = fingerprintOf(view.clusterId, 'empty-restore', restore.restoreRunId, code);
  return { ...finding, fingerprint };
}
