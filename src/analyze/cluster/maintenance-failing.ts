import type { Cause } from '../../domain/judgement.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { Engine } from '../../domain/words.ts';
import { sayTimes } from '../job/phrases.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector } from './cluster-detector.ts';
import type { JudgedRepository } from './inventory.ts';
import type { CoveredView } from './view.ts';
import { nameOf } from './words.ts';

/** Engines whose repositories carry a message only when prune, check or maintenance does not do its work. */
const LOOKS: Partial<Record<Engine, (repository: JudgedRepository) => string | undefined>> = {
  velero: ({ kind, namespace, name }) =>
    kind === 'BackupRepository'
      ? `kubectl -n ${namespace} describe backuprepositories.velero.io ${name}, and the log of its last maintenance job`
      : undefined,
  k8up: ({ namespace }) =>
    `kubectl -n ${namespace} get prunes.k8up.io,checks.k8up.io -o wide, and the log of the failed one’s pod`,
  kopiur: ({ namespace, kind, name }) =>
    namespace === ''
      ? `kubectl describe ${kind.toLowerCase()}.kopiur.home-operations.com ${name}`
      : `kubectl -n ${namespace} describe maintenances.kopiur.home-operations.com`,
};

/** FM-09, FM-10: backups go on, while the repository grows, keeps what has expired, and may hide damage. */
export const maintenanceFailing: ClusterDetector = {
  kind: 'maintenance-failing',
  holdSeconds: (5 * MINUTE_MS) / SECOND_MS,
  recovery: 'maintenance has succeeded again',
  detect: (view) =>
    view.index.inventory.repositories.flatMap((repository) => {
      const look = LOOKS[repository.engine]?.(repository);
      // What cannot be reached has a finding of its own.
      if (look === undefined || repository.availability === 'unavailable') return [];
      const told = repository.message?.trim() ?? '';
      return told === '' ? [] : [{ finding: describe(view, repository, told, look), since: null }];
    }),
};

function causeOf(told: string): Cause {
  const shownBy = told.slice(0, 200);
  return /index ?blob/i.test(told)
    ? { code: 'FM-10', title: 'The repository’s index is not being compacted', shownBy }
    : { code: 'FM-09', title: 'Maintenance of the repository fails', shownBy };
}

function describe(view: CoveredView, repository: JudgedRepository, told: string, look: string) {
  const { repositoryId, kind, engine } = repository;
  const name = nameOf(repository);
  const policies = view.index.policies.filter((one) => one.repositoryId === repositoryId);
  // A Velero Schedule names a storage location, not the repositories in it.
  const whose =
    policies.length === 0 ? '' : ` of ${sayTimes(policies.length, 'policy', 'policies')}`;
  const cause = causeOf(told);
  return draft(view.clusterId, {
    kind: 'maintenance-failing',
    severity: cause.code === 'FM-10' ? 'medium' : 'high',
    subject: subjectFor({ repositoryId, namespace: repository.namespace }),
    observed: { value: told.slice(0, 500), unit: 'text', text: told.slice(0, 500) },
    expected: { value: null, unit: 'text', text: 'maintenance that succeeds' },
    cause,
    evidence: [
      {
        label: 'maintenance',
        value: told.slice(0, 500),
        unit: 'text',
        table: 'repositories',
        source: `${engine} ${kind} ${name}`,
        at: repository.checkedAt ?? repository.availabilitySince,
        rowId: repositoryId,
      },
    ],
    sentence: `The repository ${name}${whose} is not looked after: ${told.slice(0, 300)}`,
    nextStep: `Look at ${look}; usual causes are too little memory for the maintenance pod, a stale lock, and credentials that may not delete.`,
  });
}
