import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { sayTimes } from '../job/phrases.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector } from './cluster-detector.ts';
import type { JudgedRepository } from './inventory.ts';
import type { CoveredView } from './view.ts';
import { nameOf } from './words.ts';

/** FM-20: a storage location that the engine cannot reach. It is checked once a minute, so one bad check may pass. */
export const locationUnavailable: ClusterDetector = {
  kind: 'location-unavailable',
  holdSeconds: (5 * MINUTE_MS) / SECOND_MS,
  recovery: 'the storage location is available again',
  detect: (view) =>
    view.index.inventory.repositories
      .filter((repository) => repository.availability === 'unavailable')
      .map((repository) => ({
        finding: describe(view, repository),
        since: repository.availabilitySince,
      })),
};

function describe(view: CoveredView, repository: JudgedRepository) {
  const { repositoryId, message, kind } = repository;
  const name = nameOf(repository);
  const policies = view.index.policies.filter((one) => one.repositoryId === repositoryId);
  const told = message?.trim() ?? '';
  const used = sayTimes(policies.length, 'policy', 'policies');
  return draft(view.clusterId, {
    kind: 'location-unavailable',
    severity: 'critical',
    subject: subjectFor({ repositoryId, namespace: repository.namespace }),
    observed: { value: 'Unavailable', unit: 'text', text: `${kind} ${name} is unavailable` },
    expected: { value: 'Available', unit: 'text', text: 'available' },
    cause: {
      code: 'FM-20',
      title: 'The storage location is unavailable',
      shownBy: told === '' ? `${kind} says so` : told.slice(0, 200),
    },
    evidence: [
      {
        label: 'availability',
        value: 'Unavailable',
        unit: 'text',
        table: 'repositories',
        source: `${kind} ${name} status`,
        at: repository.checkedAt ?? repository.availabilitySince,
        rowId: repositoryId,
      },
    ],
    sentence: `Storage location ${name} is unavailable: ${used} can neither back up to it nor restore from it.${told === '' ? '' : ` It says: ${told.slice(0, 300)}`}`,
    nextStep:
      'Check the location’s credentials, endpoint and bucket; when it is available again, start a backup by hand.',
  });
}
