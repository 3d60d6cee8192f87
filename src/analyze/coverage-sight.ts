import type { CollectProblem } from '../domain/facts.ts';
import type { Engine } from '../domain/words.ts';

/** Kinds in which an engine declares what it protects, and those that tell what it did. */
const POLICY_KINDS: { engine: Engine; plural: string; elsewhere: boolean }[] = [
  // A ReplicationSource lives beside its claim; a Velero Schedule lives in Velero's namespace.
  { engine: 'volsync', plural: 'volsync.backube/replicationsources', elsewhere: false },
  { engine: 'velero', plural: 'velero.io/schedules', elsewhere: true },
  { engine: 'cnpg', plural: 'postgresql.cnpg.io/scheduledbackups', elsewhere: false },
  { engine: 'cnpg', plural: 'postgresql.cnpg.io/clusters', elsewhere: false },
  { engine: 'cronjob', plural: 'batch/cronjobs', elsewhere: false },
  { engine: 'k8up', plural: 'k8up.io/schedules', elsewhere: false },
  { engine: 'longhorn', plural: 'longhorn.io/recurringjobs', elsewhere: true },
  { engine: 'longhorn', plural: 'longhorn.io/volumes', elsewhere: true },
  // A SnapshotPolicy may select claims of other namespaces.
  { engine: 'kopiur', plural: 'kopiur.home-operations.com/snapshotpolicies', elsewhere: true },
];
const OUTCOME_KINDS: Partial<Record<Engine, string[]>> = {
  volsync: ['volsync.backube/replicationsources'],
  velero: ['velero.io/backups', 'velero.io/podvolumebackups', 'velero.io/datauploads'],
  cnpg: ['postgresql.cnpg.io/backups'],
  cronjob: ['batch/jobs'],
  k8up: ['k8up.io/backups', 'k8up.io/snapshots'],
  kopiur: ['kopiur.home-operations.com/snapshots'],
  longhorn: ['longhorn.io/backups'],
};

/** Codes that mean "not read"; `invalid` objects are reported one by one, `not-installed` has nothing to read. */
const BLINDING = new Set<CollectProblem['code']>([
  'unreachable',
  'unauthorized',
  'forbidden',
  'broken',
]);

/**
 * The problem that kept one of these kinds (`group/plural`, or a core plural) from being read in the namespace; null
 * when all were read. A problem's `namespaces` are those that could be read. `namespace` null asks about the whole
 * cluster: one unread namespace is enough.
 */
export function blindSpot(
  problems: readonly CollectProblem[],
  plurals: readonly string[],
  namespace: string | null,
): CollectProblem | null {
  const about = (source: string) =>
    source === 'cluster' ||
    plurals.some((plural) => source === plural || source.endsWith(`/${plural}`));
  return (
    problems.find(
      (problem) =>
        BLINDING.has(problem.code) &&
        about(problem.source) &&
        (problem.namespaces === null ||
          namespace === null ||
          !problem.namespaces.includes(namespace)),
    ) ?? null
  );
}

/** Why we cannot say that nothing covers a claim of this namespace; null when every policy was seen. */
export function policiesUnseen(
  problems: readonly CollectProblem[],
  namespace: string,
): CollectProblem | null {
  for (const { plural, elsewhere } of POLICY_KINDS) {
    const spot = blindSpot(problems, [plural], elsewhere ? null : namespace);
    if (spot !== null) return spot;
  }
  return null;
}

/** Why we cannot say what this engine's runs came to; null when they could be read. */
export function outcomesUnseen(
  problems: readonly CollectProblem[],
  engine: Engine,
  namespace: string,
): CollectProblem | null {
  return blindSpot(problems, OUTCOME_KINDS[engine] ?? [], namespace);
}
