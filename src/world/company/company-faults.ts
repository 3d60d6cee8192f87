import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import type { FindingKind } from '../../domain/words.ts';
import type { EngineFaultScript } from '../engines/workload.ts';
import { restoredName } from '../engines/csi.ts';
import type { FaultScript } from '../home/planted-faults.ts';
import { createRandom } from '../home/random.ts';
import { CLUSTER_NAMES, policiesOf, type CompanyEngine, type TeamPolicy } from './company-plan.ts';

interface FaultFrame {
  cluster: string;
  engine: CompanyEngine;
  /** `namespace/name` of the policy it befalls. */
  policy: string;
  /** The finding that names it. */
  kind: FindingKind;
  /** Catalogue code of the cause a reader can see, e.g. `FM-01`. */
  cause: string | null;
  /** When it begins, in milliseconds relative to the anchor (negative: before it). */
  since: number;
  /** Kinds of findings it may rightly cause besides. */
  mayCause: readonly FindingKind[];
  /** `namespace/name` of every policy, claim and database whose findings may stem from it. */
  subjects: string[];
}

/** What is wrong in a cluster of the company; VolSync and Velero play as at home. */
export type CompanyFault = FaultFrame &
  ({ plays: 'home'; script: FaultScript } | { plays: 'engine'; script: EngineFaultScript });

type Recipe = {
  engine: CompanyEngine;
  kind: FindingKind;
  cause?: string;
  /** Days before the anchor. */
  days?: [number, number];
  mayCause?: readonly FindingKind[];
} & ({ plays: 'home'; script: FaultScript } | { plays: 'engine'; script: EngineFaultScript });

const LATE: readonly FindingKind[] = [
  'missed-run',
  'rpo-breach',
  'stuck-run',
  'schedule-stopped',
  'overrun',
];
const FAILING: readonly FindingKind[] = [
  'failed-run',
  'failure-streak',
  'flapping',
  'policy-error',
  'never-succeeded',
  ...LATE,
];
const UNUSUAL: readonly FindingKind[] = [
  'duration-anomaly',
  'duration-creep',
  'size-drop',
  'size-spike',
  'added-surge',
  'overrun',
  'rpo-breach',
  // Gauges count an empty run as a success.
  'sync-disagrees',
  'success-disagrees',
];

const home = (
  engine: 'volsync' | 'velero',
  script: FaultScript,
  kind: FindingKind,
  rest: Partial<Pick<Recipe, 'cause' | 'days' | 'mayCause'>> = {},
): Recipe => ({ plays: 'home', engine, script, kind, ...rest });
const plays = (
  engine: CompanyEngine,
  script: EngineFaultScript,
  kind: FindingKind,
  rest: Partial<Pick<Recipe, 'cause' | 'days' | 'mayCause'>> = {},
): Recipe => ({ plays: 'engine', engine, script, kind, ...rest });

/** Every one of these befalls one policy of its engine, somewhere in the company. */
const RECIPES: readonly Recipe[] = [
  home('volsync', 'locked', 'repository-locked', { cause: 'FM-01' }),
  home('volsync', 'unreadable', 'failure-streak', { cause: 'FM-03', days: [3, 5] }),
  home('volsync', 'empty', 'empty-run', { cause: 'FM-04', mayCause: UNUSUAL }),
  home('volsync', 'stopped', 'missed-run', { mayCause: LATE }),
  home('volsync', 'stuck', 'stuck-run'),
  home('volsync', 'overrun', 'overrun', {
    cause: 'FM-12',
    days: [6, 9],
    mayCause: [...LATE, ...UNUSUAL],
  }),
  home('volsync', 'orphaned', 'orphaned-policy'),
  home('velero', 'volume-skipped', 'volume-skipped', {
    cause: 'FM-15',
    mayCause: ['rpo-breach', 'not-covered', 'missed-run', 'failed-run'],
  }),
  home('velero', 'location-unavailable', 'location-unavailable', { cause: 'FM-20' }),
  home('velero', 'stuck-backup', 'schedule-stopped', { cause: 'FM-18' }),
  plays('kopiur', 'failing', 'failure-streak'),
  plays('kopiur', 'empty', 'empty-run', { mayCause: UNUSUAL }),
  plays('kopiur', 'partial', 'failure-streak', { cause: 'FM-03' }),
  plays('kopiur', 'stopped', 'missed-run', { mayCause: LATE }),
  plays('kopiur', 'stuck', 'stuck-run'),
  plays('kopiur', 'suspended', 'not-covered', { mayCause: LATE }),
  plays('kopiur', 'repository-unavailable', 'location-unavailable'),
  plays('k8up', 'failing', 'failure-streak'),
  plays('k8up', 'stopped', 'missed-run', { mayCause: LATE }),
  plays('k8up', 'stuck', 'stuck-run'),
  plays('k8up', 'maintenance-failing', 'maintenance-failing', { cause: 'FM-09', days: [9, 12] }),
  plays('kopiur', 'maintenance-failing', 'maintenance-failing', { cause: 'FM-09', days: [6, 9] }),
  plays('longhorn', 'failing', 'failure-streak'),
  plays('longhorn', 'detached', 'detached-volume', { cause: 'FM-22', mayCause: LATE }),
  plays('longhorn', 'stuck', 'stuck-run', { cause: 'FM-23' }),
  plays('longhorn', 'stopped', 'missed-run', { mayCause: LATE }),
  plays('longhorn', 'repository-unavailable', 'location-unavailable'),
  plays('cnpg', 'wal-archiving', 'policy-error', { cause: 'FM-27' }),
  plays('cnpg', 'failing', 'failure-streak', { cause: 'FM-25' }),
  plays('cnpg', 'stuck', 'stuck-run'),
  plays('cnpg', 'stopped', 'missed-run', { mayCause: LATE }),
  plays('cronjob', 'failing', 'failure-streak'),
  plays('cronjob', 'stopped', 'missed-run', { mayCause: LATE }),
  plays('cronjob', 'stuck', 'stuck-run', { cause: 'FM-29' }),
  plays('cronjob', 'suspended', 'not-covered', { mayCause: LATE }),
  plays('csi', 'stuck', 'snapshot-not-ready', { mayCause: ['not-covered'] }),
  plays('csi', 'failing', 'snapshot-not-ready', { mayCause: ['not-covered'] }),
  home('volsync', 'cache-full', 'failure-streak', { cause: 'FM-08' }),
  home('volsync', 'blown-up', 'size-spike', {
    cause: 'FM-32',
    days: [0.5, 1],
    mayCause: UNUSUAL,
  }),
  home('volsync', 'single-copy', 'retention-risk', { cause: 'FM-33', mayCause: [] }),
  home('volsync', 'empty-destination', 'empty-restore', { cause: 'FM-05', mayCause: [] }),
  home('volsync', 'stale-destination', 'stale-restore-source', {
    cause: 'FM-06',
    days: [9, 14],
    mayCause: [],
  }),
  home('volsync', 'promised-more', 'label-without-effect', {
    cause: 'FM-35',
    mayCause: ['rpo-breach'],
  }),
  home('volsync', 'database-copied', 'crash-consistent', { cause: 'FM-37', mayCause: [] }),
  home('velero', 'finished-pod', 'failure-streak', { cause: 'FM-16' }),
  home('velero', 'mover-timeout', 'failure-streak', { cause: 'FM-19' }),
  home('velero', 'restored-nothing', 'empty-restore', { cause: 'FM-21', mayCause: [] }),
  plays('k8up', 'partial', 'volume-skipped', {
    cause: 'FM-28',
    mayCause: ['not-covered', ...LATE],
  }),
  home('volsync', 'creeping', 'duration-creep', { days: [25, 27], mayCause: UNUSUAL }),
  plays('kopiur', 'index-growing', 'maintenance-failing', { cause: 'FM-10', mayCause: [] }),
  plays('csi', 'too-small', 'claim-too-small', { cause: 'FM-30', mayCause: ['not-covered'] }),
  home('volsync', 'immutable-source', 'policy-error', { cause: 'FM-36' }),
];
const DAYS: [number, number] = [3, 4.5];

/** Every fault in the company of this seed, each on a policy of its own. */
export function plantedFaults(seed: number): CompanyFault[] {
  const random = createRandom(seed, 'company-faults');
  const all = CLUSTER_NAMES.flatMap((cluster) => policiesOf(seed, cluster));
  const free = Map.groupBy(random.shuffled(all), ({ engine }) => engine);
  return RECIPES.map((recipe) => {
    const policy = free.get(recipe.engine)?.pop();
    if (policy === undefined) throw new Error(`no ${recipe.engine} is left for ${recipe.script}`);
    return plant(seed, recipe, policy);
  });
}

const appOf = ({ namespace, app }: TeamPolicy['claims'][number]): string => `${namespace}/${app}`;

function plant(seed: number, recipe: Recipe, policy: TeamPolicy): CompanyFault {
  const [soonest, longest] = recipe.days ?? DAYS;
  const days = createRandom(seed, 'company-fault', recipe.engine, recipe.script).between(
    soonest,
    longest,
  );
  const { days: _days, ...what } = recipe;
  const name = `${policy.namespace}/${policy.name}`;
  const claims = policy.claims.map((claim) => `${claim.namespace}/${claim.name}`);
  const databases = policy.engine === 'cnpg' ? policy.claims.map(appOf) : [];
  const restored = recipe.script === 'too-small' ? claims.map((claim) => restoredName(claim)) : [];
  return {
    ...what,
    cluster: policy.cluster,
    policy: name,
    cause: recipe.cause ?? null,
    since: -Math.round((days * DAY_MS) / HOUR_MS) * HOUR_MS,
    mayCause: recipe.mayCause ?? FAILING,
    subjects: [...claims, name, ...databases, ...restored],
  };
}
