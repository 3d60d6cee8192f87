import { HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import type { Engine } from '../../domain/words.ts';
import { policiesUnseen } from '../coverage-sight.ts';
import { takersOf } from '../rpo.ts';
import type { Claim } from '../selection.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import type { JudgedPolicy } from './inventory.ts';
import type { CoveredView } from './view.ts';
import { nameOf } from './words.ts';

/** The label by which CloudNativePG, whose own base backups are safe, marks the claims of a database. */
const DATABASE_LABEL = 'cnpg.io/cluster';
/** Engines that copy a volume as it lies, with no way to tell the database first. */
const COPIERS = new Set<Engine>(['volsync', 'longhorn', 'csi']);

/** FM-37: a database whose volume is copied while it writes, and which has no backup of its own. */
export const crashConsistent: ClusterDetector = {
  kind: 'crash-consistent',
  holdSeconds: (3 * HOUR_MS) / SECOND_MS,
  recovery: 'the database has base backups, or its volume is no longer copied',
  detect: (view) => view.index.claims.flatMap((claim) => sight(view, claim)),
};

function sight(view: CoveredView, claim: Claim): Sighting[] {
  const database = claim.labels[DATABASE_LABEL];
  if (database === undefined || view.coverage.get(claim.resourceId)?.state === 'exempt') return [];
  if (policiesUnseen(view.index.inventory.problems, claim.namespace) !== null) return [];
  const takers = takersOf(view, claim);
  if (takers.length === 0 || !takers.every(({ engine }) => COPIERS.has(engine))) return [];
  return [{ finding: describe(view, claim, database, takers), since: null }];
}

function describe(view: CoveredView, claim: Claim, database: string, takers: JudgedPolicy[]) {
  const name = nameOf(claim);
  const who = takers.map((policy) => `${policy.kind} ${nameOf(policy)}`).join(', ');
  const shownBy = `label ${DATABASE_LABEL}: ${database}; taken by ${who} alone`.slice(0, 300);
  return draft(view.clusterId, {
    kind: 'crash-consistent',
    severity: 'medium',
    subject: subjectFor({ claim }),
    observed: { value: who, unit: 'text', text: `its volume is copied as it lies, by ${who}` },
    expected: { value: null, unit: 'text', text: 'base backups that the database knows of' },
    cause: { code: 'FM-37', title: 'Crash-consistent copies of a database', shownBy },
    evidence: [
      {
        label: 'database',
        value: database,
        unit: 'text',
        table: 'resources',
        source: `PersistentVolumeClaim ${name} metadata.labels`,
        at: claim.createdAt,
        rowId: claim.resourceId,
      },
    ],
    sentence: `Claim ${name} belongs to database ${database} and is only copied as it lies, by ${who}: a restore is at best what a crash would leave, at worst torn.`,
    nextStep:
      'Give the database base backups of its own (a ScheduledBackup and an archive for its WAL), or snapshot all of its volumes at one instant.',
  });
}
