import type { FindingDraft } from '../../domain/judgement.ts';
import type { MetricValue } from '../../domain/metrics.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import type { JudgedRepository } from './inventory.ts';
import type { CoveredView } from './view.ts';
import { blindWithout, disagreement, metricEvidence, witnessOf, wrongSince } from './witness.ts';
import { nameOf } from './words.ts';

const HOLD_SECONDS = (15 * MINUTE_MS) / SECOND_MS;

/** FM-13: the metric of a storage location and its object contradict each other on whether it can be reached. */
export const locationDisagrees: ClusterDetector = {
  kind: 'location-disagrees',
  holdSeconds: HOLD_SECONDS,
  isBlind: blindWithout('location-available'),
  recovery: 'metric and object agree on whether the location can be reached',
  detect: (view) => view.index.inventory.repositories.flatMap((one) => sight(view, one)),
};

function sight(view: CoveredView, repository: JudgedRepository): Sighting[] {
  const witness = witnessOf(view, 'location-available', repository.repositoryId);
  if (witness === undefined || repository.availability === 'unknown') return [];
  const available = repository.availability === 'available';
  if (available === (witness.value === 1)) return [];
  const since = wrongSince(witness, repository.availabilitySince, HOLD_SECONDS);
  return [{ finding: describe(view, repository, witness, available), since }];
}

function describe(
  view: CoveredView,
  repository: JudgedRepository,
  witness: MetricValue,
  available: boolean,
): FindingDraft {
  const { repositoryId, namespace, kind, checkedAt, availabilitySince } = repository;
  const name = nameOf(repository);
  const [told, shown] = available ? ['unavailable', 'available'] : ['available', 'unavailable'];
  return draft(view.clusterId, {
    kind: 'location-disagrees',
    severity: available ? 'medium' : 'low',
    subject: subjectFor({ repositoryId, namespace }),
    observed: { value: witness.value, unit: '1', text: `metric: ${told}` },
    expected: { value: shown, unit: 'text', text: `object: ${shown}` },
    cause: disagreement(witness),
    evidence: [
      {
        label: 'availability by object',
        value: shown,
        unit: 'text',
        source: `${kind} ${name} status`,
        at: checkedAt ?? availabilitySince,
        table: 'repositories',
        rowId: repositoryId,
      },
      metricEvidence('availability by metric', witness),
    ],
    sentence: `Metric ${witness.origin} calls storage location ${name} ${told}, its object calls it ${shown}: one of them is out of date.`,
    nextStep: available
      ? 'Start a small backup to that location by hand: it shows which of the two is right.'
      : 'Treat it as unavailable: check credentials, endpoint and bucket; the metric may be left over from before a restart.',
  });
}
