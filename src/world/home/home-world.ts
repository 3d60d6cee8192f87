import { MINUTE_MS } from '../../domain/time.ts';
import { cadenceOf, randomCadence, type Cadence } from './cadence.ts';
import { CATALOGUE, type CatalogueClaim } from './catalogue.ts';
import {
  appEvents,
  cacheClaimEvents,
  claimEvents,
  clusterEvents,
  podNameOf,
  podVolumeOf,
  removalEvents,
} from './inventory-objects.ts';
import { plantedFaults, type FaultScript, type PlantedFault } from './planted-faults.ts';
import { createRandom } from './random.ts';
import { storageLocation, veleroSchedule } from './velero-schedule.ts';
import type { BackedVolume, VeleroPlan } from './velero-objects.ts';
import { volsyncDestination } from './volsync-destination.ts';
import { volsyncSource, type SourcePolicy } from './volsync-source.ts';
import { remove, type WorldEvent, type WorldFrame } from './world-event.ts';

type Lives = Generator<WorldEvent>[];

const SOURCE_SCRIPTS: readonly FaultScript[] = [
  'locked',
  'unreadable',
  'empty',
  'never-succeeded',
  'stopped',
  'stuck',
  'shrunk',
  'slow',
  'overrun',
  'orphaned',
];
/** Claims that appear only when their fault begins. */
const LATE_SCRIPTS: readonly FaultScript[] = ['never-succeeded', 'uncovered'];
/** Restored by a ReplicationDestination that is refreshed twice a day. */
const FRESHLY_RESTORED = ['dev/gitea-data', 'home/home-assistant-config'];
/** Five policies that nobody spread: all start at three. */
const AT_THREE = [
  'sonarr-config',
  'radarr-config',
  'linkding-data',
  'freshrss-data',
  'mealie-data',
];

interface House {
  frame: WorldFrame;
  faults: PlantedFault[];
}

const keyOf = ({ namespace, name }: { namespace: string; name: string }): string =>
  `${namespace}/${name}`;

function faultOf({ faults }: House, claim: CatalogueClaim): PlantedFault | null {
  return faults.find((fault) => keyOf(fault) === keyOf(claim)) ?? null;
}

function createdAt(house: House, claim: CatalogueClaim): number {
  const fault = faultOf(house, claim);
  return fault && LATE_SCRIPTS.includes(fault.script)
    ? house.frame.anchor + fault.since
    : house.frame.begin;
}

function cadenceFor({ frame }: House, claim: CatalogueClaim): Cadence {
  if (claim.protection.by !== 'volsync') throw new Error(`${claim.name} has no cadence of its own`);
  if (AT_THREE.includes(claim.name)) return cadenceOf('daily', 0, 3);
  const random = createRandom(frame.seed, 'cadence', claim.namespace, claim.name);
  return randomCadence(claim.protection.cadence, random);
}

function sourcePolicy(house: House, claim: CatalogueClaim): SourcePolicy | null {
  const fault = faultOf(house, claim);
  if (claim.protection.by !== 'volsync' || fault?.script === 'uncovered') return null;
  const since = house.frame.anchor + (fault?.since ?? 0);
  return {
    claim,
    mover: claim.protection.mover,
    cadence: cadenceFor(house, claim),
    createdAt: createdAt(house, claim) + MINUTE_MS,
    fault: fault && SOURCE_SCRIPTS.includes(fault.script) ? { script: fault.script, since } : null,
  };
}

/** The ReplicationDestination a claim was filled from; `fresh` keeps up with the backups. */
function restoreOf(house: House, claim: CatalogueClaim): 'fresh' | 'stale' | null {
  if (faultOf(house, claim)?.script === 'stale-destination') return 'stale';
  const isWell = faultOf(house, claim) === null;
  return isWell && FRESHLY_RESTORED.includes(keyOf(claim)) ? 'fresh' : null;
}

const restoreName = (claim: CatalogueClaim): string => `${claim.name}-restore`;

function destinations(house: House): Lives {
  return CATALOGUE.flatMap((claim) => {
    const restore = restoreOf(house, claim);
    if (restore === null) return [];
    const random = createRandom(house.frame.seed, 'restore-cadence', claim.name);
    const since = house.frame.anchor + (faultOf(house, claim)?.since ?? 0);
    const cadence = restore === 'fresh' ? randomCadence('half-daily', random) : null;
    const at = restore === 'fresh' ? house.frame.begin : since;
    const policy = { claim, name: restoreName(claim), createdAt: at, cadence };
    return [volsyncDestination(house.frame, policy)];
  });
}

function annotationsOf({ protection }: CatalogueClaim): Record<string, string> {
  return protection.by === 'exempt' ? { 'plimsoll.dev/exempt': protection.reason } : {};
}

function inventoryOf(house: House, claim: CatalogueClaim): WorldEvent[] {
  const exempt = claim.protection.by === 'exempt';
  const destination = { apiGroup: 'volsync.backube', kind: 'ReplicationDestination' };
  return claimEvents(house.frame, {
    claim,
    createdAt: createdAt(house, claim),
    annotations: annotationsOf(claim),
    labels: exempt ? { 'velero.io/exclude-from-backup': 'true' } : {},
    dataSourceRef: restoreOf(house, claim) && { ...destination, name: restoreName(claim) },
  });
}

/** Claims, caches, apps; and the leaving of a claim whose policy stays behind. */
function claimLife(house: House, claim: CatalogueClaim): WorldEvent[] {
  const { frame } = house;
  const fault = faultOf(house, claim);
  const policy = sourcePolicy(house, claim);
  const own = inventoryOf(house, claim);
  const cache = policy?.mover === 'restic' ? cacheClaimEvents(frame, claim, policy.createdAt) : [];
  const leaving =
    fault?.script === 'orphaned' ? removalEvents(own, frame.anchor + fault.since - MINUTE_MS) : [];
  return [...own, ...cache, ...leaving];
}

function appLife(house: House, claims: CatalogueClaim[]): WorldEvent[] {
  const byFiles = claims.filter(({ protection }) => protection.by === 'file-system');
  const volumes = byFiles.map(podVolumeOf).join(',');
  const annotations = byFiles.length > 0 ? { 'backup.velero.io/backup-volumes': volumes } : {};
  const born = Math.max(...claims.map((claim) => createdAt(house, claim)));
  const made = appEvents(house.frame, claims, born, annotations);
  const orphaned = claims
    .map((claim) => faultOf(house, claim))
    .find((f) => f?.script === 'orphaned');
  if (!orphaned) return made;
  const gone = house.frame.anchor + orphaned.since - 2 * MINUTE_MS;
  return [...made, ...made.map(({ plural, object }) => remove(gone, plural, object))];
}

function* listed(events: WorldEvent[]): Generator<WorldEvent> {
  yield* events.sort((left, right) => left.at - right.at);
}

function inventory(house: House): Lives {
  const namespaces = [...new Set(CATALOGUE.map(({ namespace }) => namespace)), 'velero'];
  const apps = Map.groupBy(CATALOGUE, ({ namespace, app }) => `${namespace}/${app}`);
  return [
    listed(clusterEvents(house.frame, namespaces)),
    ...CATALOGUE.map((claim) => listed(claimLife(house, claim))),
    ...[...apps.values()].map((claims) => listed(appLife(house, claims))),
  ];
}

function volumesOf(house: House, matches: (claim: CatalogueClaim) => boolean): BackedVolume[] {
  return CATALOGUE.filter(matches).map((claim) => ({
    namespace: claim.namespace,
    claim: claim.name,
    workload: claim,
    pod: podNameOf(house.frame, claim),
    podVolume: podVolumeOf(claim),
  }));
}

const plan = (parts: Omit<VeleroPlan, 'expression'>, cadence: Cadence): [VeleroPlan, Cadence] => [
  { ...parts, expression: cadence.expression },
  cadence,
];

function veleroPlans(house: House): [VeleroPlan, Cadence][] {
  const moved = { snapshotMoveData: true, defaultVolumesToFsBackup: false };
  const nowhere = ['pods', 'persistentvolumes', 'persistentvolumeclaims'];
  return [
    plan(
      {
        name: 'apps-nightly',
        location: 'default',
        ttlHours: 336,
        template: { includedNamespaces: ['finance', 'monitoring', 'network'], ...moved },
        method: 'data-mover',
        volumes: volumesOf(house, ({ protection }) => protection.by === 'data-mover'),
      },
      cadenceOf('daily', 30, 2),
    ),
    plan(
      {
        name: 'home-files',
        location: 'default',
        ttlHours: 336,
        template: {
          includedNamespaces: ['home'],
          defaultVolumesToFsBackup: false,
          snapshotVolumes: false,
        },
        method: 'file-system',
        volumes: volumesOf(house, ({ protection }) => protection.by === 'file-system'),
      },
      cadenceOf('daily', 45, 1),
    ),
    plan(
      {
        name: 'offsite-daily',
        location: 'offsite',
        ttlHours: 720,
        template: { includedNamespaces: ['security'], ...moved },
        method: 'data-mover',
        volumes: volumesOf(house, ({ namespace }) => namespace === 'security'),
      },
      cadenceOf('daily', 20, 4),
    ),
    plan(
      {
        name: 'cluster-objects',
        location: 'default',
        ttlHours: 336,
        template: {
          includedNamespaces: ['*'],
          excludedResources: nowhere,
          snapshotVolumes: false,
          defaultVolumesToFsBackup: false,
        },
        method: 'none',
        volumes: [],
      },
      cadenceOf('daily', 10, 3),
    ),
  ];
}

function velero(house: House): Lives {
  const { frame, faults } = house;
  const faultAt = (subject: string): PlantedFault | null =>
    faults.find(
      ({ subjects, script }) => subjects.includes(subject) && !SOURCE_SCRIPTS.includes(script),
    ) ?? null;
  const broken = faultAt('velero/offsite');
  return [
    storageLocation(frame, 'default', null),
    storageLocation(frame, 'offsite', broken && frame.anchor + broken.since),
    ...veleroPlans(house).map(([plan, cadence]) =>
      veleroSchedule(frame, plan, cadence, faultAt(`velero/${plan.name}`)),
    ),
  ];
}

/** Every life in the home of this frame: each a series of events in time order, the long ones without end. */
export function homeLives(frame: WorldFrame): Lives {
  const house = { frame, faults: plantedFaults(frame.seed) };
  const sources = CATALOGUE.flatMap((claim) => sourcePolicy(house, claim) ?? []);
  return [
    ...inventory(house),
    ...velero(house),
    ...sources.map((policy) => volsyncSource(frame, policy)),
    ...destinations(house),
  ];
}
