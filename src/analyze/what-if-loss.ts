import { AppError } from '../domain/error.ts';
import type { Standing, WayBack } from '../domain/views.ts';
import { LOSS_KINDS, type LossKind } from '../domain/words.ts';

/** Something imagined gone. */
export interface Loss {
  kind: LossKind;
  name: string;
}

export type Certainty = 'yes' | 'no' | 'unknown';

/** What a loss takes; `unknown` is what the inventory cannot tell. */
export interface Reach {
  data(standing: Standing): Certainty;
  /** Whether one of the claim's copies goes with it. */
  copy(standing: Standing, way: WayBack): Certainty;
  /** What there is that could be named, for a name nobody knows; null: a name cannot be checked. */
  known: ((standing: Standing) => readonly string[]) | null;
  notes: readonly string[];
}

/** `kind:name`; AppError `invalid-input` for anything else. */
export function parseLoss(text: string): Loss {
  const at = text.indexOf(':');
  const kind = LOSS_KINDS.find((one) => one === text.slice(0, at));
  const name = text.slice(at + 1).trim();
  if (kind !== undefined && name !== '') return { kind, name };
  throw new AppError('invalid-input', `${text} does not say what is lost`, {
    nextStep: `Write it as kind:name, with one of ${LOSS_KINDS.join(', ')}; for example namespace:media.`,
  });
}

export function reachOf(loss: Loss): Reach {
  return REACHES[loss.kind](loss.name);
}

const STAYS =
  'The data itself stays: this is what would be left if it were lost next, with nothing new copied.';
const SAME_BUCKET =
  'In which bucket a repository lies is not read: several repositories may go with one bucket.';
const notHosted = (where: string) =>
  `Whether the storage behind a repository itself runs ${where} is not read; its copies would be gone too.`;

/** A copy on the claim's own storage goes with the claim, any other stays. */
const withTheClaim =
  (data: (standing: Standing) => Certainty) =>
  (standing: Standing, { sameStorage }: WayBack): Certainty =>
    sameStorage ? data(standing) : 'no';

/** Claims go, and of their copies those that lie with them. */
function gone(data: Reach['data'], known: NonNullable<Reach['known']>, where: string): Reach {
  return { data, copy: withTheClaim(data), known, notes: [notHosted(where)] };
}

const REACHES: Record<LossKind, (name: string) => Reach> = {
  repository: (name) => ({
    data: () => 'no',
    copy: (_standing, way) => {
      if (way.sameStorage) return 'no';
      if (way.repositoryId === null) return 'unknown';
      return namesOf(way).includes(name) ? 'yes' : 'no';
    },
    known: ({ ways }) => ways.flatMap((way) => namesOf(way).slice(0, 1)),
    notes: [STAYS, SAME_BUCKET],
  }),
  credential: (name) => ({
    data: () => 'no',
    copy: (_standing, { sameStorage, repository }) => {
      if (sameStorage) return 'no';
      if (repository?.startsWith('Secret ') !== true) return 'unknown';
      return repository === `Secret ${name}` ? 'yes' : 'no';
    },
    known: null,
    notes: [
      STAYS,
      'Which credential a repository needs is known only where the Secret is the repository (VolSync). A copy of the password kept elsewhere opens it still.',
    ],
  }),
  namespace: (name) => {
    const data = (standing: Standing): Certainty => (standing.namespace === name ? 'yes' : 'no');
    return gone(data, ({ namespace }) => [namespace], 'in the namespace');
  },
  cluster: (name) => {
    const data = ({ clusterId, cluster }: Standing): Certainty =>
      clusterId === name || cluster === name ? 'yes' : 'no';
    return gone(data, ({ cluster }) => [cluster], 'in the cluster');
  },
  storageClass: (name) => {
    const data = ({ storageClass }: Standing): Certainty =>
      storageClass === null ? 'unknown' : storageClass === name ? 'yes' : 'no';
    return gone(data, (one) => (one.storageClass === null ? [] : [one.storageClass]), 'on it');
  },
  node: () => ({
    data: () => 'unknown',
    copy: withTheClaim(() => 'unknown'),
    known: null,
    notes: [
      'On which node a volume lies is not read: each claim shows what would be left if it were this one.',
      notHosted('on the node'),
    ],
  }),
};

/** Every name a repository answers to, the one for people first. */
function namesOf({ repositoryId, repository }: WayBack): string[] {
  const full = repository?.slice(repository.indexOf(' ') + 1);
  return [full, repository, repositoryId].filter((name) => name !== undefined && name !== null);
}
