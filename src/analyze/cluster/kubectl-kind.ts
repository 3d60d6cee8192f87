import type { Engine } from '../../domain/words.ts';

/** Of the engines that have a reader. */
const GROUPS: Readonly<Partial<Record<Engine, string>>> = {
  volsync: 'volsync.backube',
  velero: 'velero.io',
  k8up: 'k8up.io',
  kopiur: 'kopiur.home-operations.com',
  longhorn: 'longhorn.io',
  cnpg: 'postgresql.cnpg.io',
  csi: 'snapshot.storage.k8s.io',
  cronjob: 'batch',
};

/**
 * A policy's kind as kubectl cannot mistake it (`schedules.k8up.io`): of `schedule`, `backup` and `cluster` alone it
 * takes whichever group it finds first.
 */
export function kubectlKind({ engine, kind }: { engine: Engine; kind: string }): string {
  const plural = `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
  const group = GROUPS[engine];
  return group === undefined ? plural : `${plural}.${group}`;
}
