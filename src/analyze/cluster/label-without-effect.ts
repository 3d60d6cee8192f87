import { HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import type { ClaimLabels } from '../claim-labels.ts';
import { policiesUnseen } from '../coverage-sight.ts';
import { sayDuration } from '../job/phrases.ts';
import { takersOf } from '../rpo.ts';
import type { Claim } from '../selection.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import type { CoveredView } from './view.ts';
import { nameOf } from './words.ts';

/** Generators wait until a new claim is bound and some hours old before they make its policy. */
const HOLD_SECONDS = (3 * HOUR_MS) / SECOND_MS;
/** An interval that daylight saving or a spread of minutes makes a little longer is still the one promised. */
const SLACK = 1.05;

/** FM-35: a label asks for backups, and no policy gives them, or not as often. */
export const labelWithoutEffect: ClusterDetector = {
  kind: 'label-without-effect',
  holdSeconds: HOLD_SECONDS,
  recovery: 'a policy does what the label says, or the label is gone',
  detect: (view) =>
    [...view.index.labels].flatMap(([resourceId, labels]) => {
      const claim = view.index.claimById.get(resourceId);
      return claim === undefined ? [] : sight(view, claim, labels);
    }),
};

interface Gap {
  said: string;
  is: string;
  expected: string;
}

function sight(view: CoveredView, claim: Claim, labels: ClaimLabels): Sighting[] {
  const state = view.coverage.get(claim.resourceId)?.state;
  // Where policies could not be read, nobody can say that none does what the label asks.
  if (state === undefined || state === 'exempt' || claim.claim.phase !== 'Bound') return [];
  if (policiesUnseen(view.index.inventory.problems, claim.namespace) !== null) return [];
  const gap = tooRare(view, claim, labels) ?? notTaken(view, claim, labels);
  return gap === null ? [] : [{ finding: describe(view, claim, gap), since: null }];
}

/** The label promises an age that no policy of the claim can keep. */
function tooRare(view: CoveredView, claim: Claim, { objective }: ClaimLabels): Gap | null {
  if (objective === null) return null;
  const { said, rpoSeconds } = objective;
  const takers = takersOf(view, claim);
  if (takers.some(({ schedule }) => schedule.type === 'continuous')) return null;
  const intervals = takers.map((policy) => view.intervalOf(policy));
  // A policy that someone starts by hand may well be started often enough.
  if (intervals.includes(null)) return null;
  const best = Math.min(...intervals.map((interval) => interval ?? Number.POSITIVE_INFINITY));
  if (2 * best <= rpoSeconds * SLACK) return null;
  const expected = `a policy that runs every ${sayDuration(rpoSeconds / 2)}`;
  if (takers.length === 0) return { said, expected, is: 'no running policy takes it' };
  const names = takers.map((policy) => `${policy.kind} ${nameOf(policy)}`).join(', ');
  return { said, expected, is: `${names} runs every ${sayDuration(best)}` };
}

/** The label is an engine's, and the claim is without backups. */
function notTaken(view: CoveredView, claim: Claim, labels: ClaimLabels): Gap | null {
  const { state } = view.coverage.get(claim.resourceId)!;
  if (state !== 'uncovered') return null;
  const [idle] = labels.idle;
  if (idle !== undefined) {
    const expected = `label ${idle.needs.replace('=', ': ')} beside it`;
    return { said: idle.said, expected, is: 'it counts for nothing alone' };
  }
  const declared = view.index.declarations.get(claim.resourceId) ?? [];
  const missed = labels.engines.find(
    ({ engine }) => !declared.some(({ policy }) => policy.engine === engine),
  );
  if (missed === undefined) return null;
  const expected = `a policy of ${missed.engine} that takes it`;
  return { said: missed.said, expected, is: `no policy of ${missed.engine} takes it` };
}

function describe(view: CoveredView, claim: Claim, { said, is, expected }: Gap) {
  const name = nameOf(claim);
  const shownBy = `${said}, but ${is}`.slice(0, 300);
  return draft(view.clusterId, {
    kind: 'label-without-effect',
    severity: 'medium',
    subject: subjectFor({ claim }),
    observed: { value: said, unit: 'text', text: shownBy },
    expected: { value: null, unit: 'text', text: expected },
    cause: { code: 'FM-35', title: 'A label without effect', shownBy },
    evidence: [
      {
        label: 'label',
        value: said.slice(0, 200),
        unit: 'text',
        table: 'resources',
        source: `PersistentVolumeClaim ${name} metadata`,
        at: claim.createdAt,
        rowId: claim.resourceId,
      },
    ],
    sentence: `Claim ${name} says ${said}, but ${is}.`,
    nextStep:
      'See whether what acts on this label is installed and has seen the claim; objects generated from an earlier value may have to be deleted or edited before a new one takes effect.',
  });
}
