import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import type { FindingKind } from '../../domain/words.ts';
import { CATALOGUE, type CatalogueClaim } from './catalogue.ts';
import { createRandom, type Random } from './random.ts';

/** How a fault plays out in the world; the simulators know what to do with it. */
export type FaultScript =
  | 'locked'
  | 'unreadable'
  | 'empty'
  | 'never-succeeded'
  | 'uncovered'
  | 'stopped'
  | 'stuck'
  | 'shrunk'
  | 'slow'
  | 'overrun'
  | 'orphaned'
  | 'stale-destination'
  | 'volume-skipped'
  | 'location-unavailable'
  | 'stuck-backup'
  | 'server-restart'
  /** The mover's cache volume is full. */
  | 'cache-full'
  /** Many times the data there was before. */
  | 'blown-up'
  /** Each run takes a little longer than the last, for the same data. */
  | 'creeping'
  /** No keep rules: one copy is kept. */
  | 'single-copy'
  /** A restore that found no snapshot and says it went well. */
  | 'empty-destination'
  /** The claim's label promises more than its policy gives. */
  | 'promised-more'
  /** The claim is a database's, which has no backups of its own. */
  | 'database-copied'
  /** The pod whose volume is to be saved has ended. */
  | 'finished-pod'
  /** The pod that is to move the volume does not get ready. */
  | 'mover-timeout'
  /** What should change the source of a claim that exists already is refused. */
  | 'immutable-source'
  /** A restore over claims that exist. */
  | 'restored-nothing';

export interface PlantedFault {
  script: FaultScript;
  /** The finding that names it. */
  kind: FindingKind;
  /** Of the policy, claim or location it sits in. */
  namespace: string;
  name: string;
  /** When it begins, in milliseconds relative to the anchor (negative: before it). */
  since: number;
  /** Catalogue code of the cause a reader can see, e.g. `FM-01`. */
  cause?: string;
  /** Still there at the end of the history; else it was over by then and its finding resolved. */
  open: boolean;
  /** Kinds of findings it may rightly cause besides. */
  mayCause: FindingKind[];
  /** `namespace/name` of every policy, claim or location whose findings may stem from it. */
  subjects: string[];
}

interface Recipe {
  script: FaultScript;
  kind: FindingKind;
  cause?: string;
  /** Days before the anchor, from and to. */
  days: [number, number];
  mayCause: FindingKind[];
  /** Claims it may strike; none: it strikes `at`. */
  strikes?: (claim: CatalogueClaim) => boolean;
  at?: string[];
}

const resticEvery =
  (...cadences: string[]) =>
  ({ protection }: CatalogueClaim): boolean =>
    protection.by === 'volsync' &&
    protection.mover === 'restic' &&
    cadences.includes(protection.cadence);
const often = resticEvery('daily', 'six-hourly');
const nightly = resticEvery('daily');
const byFileSystem = ({ protection }: CatalogueClaim): boolean => protection.by === 'file-system';
const byDataMover = ({ protection }: CatalogueClaim): boolean => protection.by === 'data-mover';

const late: FindingKind[] = [
  'missed-run',
  'rpo-breach',
  'stuck-run',
  'schedule-stopped',
  'overrun',
];
const failing: FindingKind[] = ['failed-run', 'failure-streak', ...late];
const keysOf = (matches: (claim: CatalogueClaim) => boolean): string[] =>
  CATALOGUE.filter(matches).map(({ namespace, name }) => `${namespace}/${name}`);

/** In every world. */
const ALWAYS: Recipe[] = [
  {
    script: 'server-restart',
    kind: 'failed-run',
    cause: 'FM-17',
    days: [30, 50],
    mayCause: ['failure-streak', 'rpo-breach', 'missed-run'],
    at: ['velero/cluster-objects'],
  },
];

/** Of these a seed picks ten. */
const RECIPES: Recipe[] = [
  {
    script: 'locked',
    kind: 'repository-locked',
    cause: 'FM-01',
    days: [2, 4],
    mayCause: failing,
    strikes: often,
  },
  {
    script: 'unreadable',
    kind: 'failure-streak',
    cause: 'FM-03',
    days: [3, 6],
    mayCause: failing,
    strikes: often,
  },
  {
    script: 'empty',
    kind: 'empty-run',
    cause: 'FM-04',
    days: [3, 5],
    // The gauge counts an empty run as a success.
    mayCause: ['size-drop', 'duration-anomaly', 'rpo-breach', 'sync-disagrees'],
    strikes: often,
  },
  {
    script: 'never-succeeded',
    kind: 'never-succeeded',
    days: [6, 12],
    mayCause: ['policy-error', 'not-covered', ...failing],
    strikes: nightly,
  },
  {
    script: 'uncovered',
    kind: 'not-covered',
    cause: 'FM-34',
    days: [10, 40],
    mayCause: [],
    strikes: nightly,
  },
  { script: 'stopped', kind: 'missed-run', days: [3, 5], mayCause: late, strikes: often },
  {
    script: 'stuck',
    kind: 'stuck-run',
    days: [2, 4],
    mayCause: failing,
    strikes: often,
  },
  {
    script: 'shrunk',
    kind: 'size-drop',
    days: [1.9, 2.4],
    mayCause: ['duration-anomaly'],
    strikes: nightly,
  },
  {
    script: 'slow',
    kind: 'duration-anomaly',
    days: [1.9, 2.4],
    mayCause: ['overrun', 'stuck-run'],
    strikes: nightly,
  },
  {
    script: 'overrun',
    kind: 'overrun',
    cause: 'FM-12',
    days: [6, 9],
    mayCause: ['duration-anomaly', ...late],
    strikes: resticEvery('six-hourly'),
  },
  {
    script: 'orphaned',
    kind: 'orphaned-policy',
    days: [5, 15],
    mayCause: ['policy-error', ...failing],
    strikes: nightly,
  },
  {
    script: 'stale-destination',
    kind: 'stale-restore-source',
    cause: 'FM-06',
    days: [60, 80],
    mayCause: [],
    strikes: often,
  },
  {
    script: 'volume-skipped',
    kind: 'volume-skipped',
    cause: 'FM-15',
    days: [3, 6],
    mayCause: ['rpo-breach', 'not-covered', 'missed-run', 'failed-run'],
    strikes: byDataMover,
    at: ['velero/apps-nightly'],
  },
  {
    script: 'location-unavailable',
    kind: 'location-unavailable',
    cause: 'FM-20',
    days: [2, 5],
    mayCause: ['policy-error', ...failing],
    at: [
      'velero/offsite',
      'velero/offsite-daily',
      'security/vaultwarden-data',
      'security/authentik-postgres',
    ],
  },
  {
    script: 'stuck-backup',
    kind: 'schedule-stopped',
    cause: 'FM-18',
    days: [3, 5],
    mayCause: failing,
    at: ['velero/home-files', ...keysOf(byFileSystem)],
  },
];
const PICKED = 10;

const keyOf = ({ namespace, name }: { namespace: string; name: string }): string =>
  `${namespace}/${name}`;

function struck(recipe: Recipe, taken: Set<string>, random: Random): string[] {
  if (!recipe.strikes) return recipe.at ?? [];
  const [claim] = random.shuffled(
    CATALOGUE.filter((claim) => recipe.strikes?.(claim) && !taken.has(keyOf(claim))),
  );
  if (!claim) throw new Error(`no claim is left for the fault ${recipe.script}`);
  return [keyOf(claim), ...(recipe.at ?? [])];
}

function plant(seed: number, recipe: Recipe, taken: Set<string>): PlantedFault {
  const random = createRandom(seed, 'fault', recipe.script);
  const subjects = struck(recipe, taken, random);
  for (const subject of subjects) taken.add(subject);
  const [namespace = '', name = ''] = subjects[0]?.split('/') ?? [];
  const [soonest, longest] = recipe.days;
  const days = random.between(soonest, longest);
  return {
    script: recipe.script,
    kind: recipe.kind,
    namespace,
    name,
    since: -Math.round((days * DAY_MS) / HOUR_MS) * HOUR_MS,
    ...(recipe.cause !== undefined && { cause: recipe.cause }),
    open: recipe.script !== 'server-restart',
    mayCause: recipe.mayCause,
    subjects,
  };
}

const room = ({ strikes }: Recipe): number => (strikes ? CATALOGUE.filter(strikes).length : 0);

/** What is wrong in the world of this seed: ten faults that last, and one that is over. */
export function plantedFaults(seed: number): PlantedFault[] {
  const chosen = createRandom(seed, 'faults').shuffled(RECIPES).slice(0, PICKED);
  // Those with a fixed place and those with few places choose first.
  const taken = new Set<string>();
  return [...ALWAYS, ...chosen]
    .sort((left, right) => room(left) - room(right))
    .map((recipe) => plant(seed, recipe, taken));
}
