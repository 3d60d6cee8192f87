import { MINUTE_MS } from '../../domain/time.ts';
import type { Json } from '../api/world-object.ts';
import { cnpgClaimLabels } from '../engines/cnpg-objects.ts';
import { cnpgPolicy } from '../engines/cnpg.ts';
import { cronjobPolicy } from '../engines/cronjob.ts';
import { csiSnapshots } from '../engines/csi.ts';
import { k8upSchedule } from '../engines/k8up.ts';
import { kopiurPolicy } from '../engines/kopiur.ts';
import { longhornJob } from '../engines/longhorn.ts';
import type { EnginePolicyPlan, Workload } from '../engines/workload.ts';
import {
  appEvents,
  cacheClaimEvents,
  claimEvents,
  clusterEvents,
  podNameOf,
  podVolumeOf,
  removalEvents,
} from '../home/inventory-objects.ts';
import { storageLocation, veleroSchedule } from '../home/velero-schedule.ts';
import { volsyncDestination } from '../home/volsync-destination.ts';
import { volsyncSource } from '../home/volsync-source.ts';
import type { WorldEvent, WorldFrame } from '../home/world-event.ts';
import { plantedFaults, type CompanyFault } from './company-faults.ts';
import { policiesOf, seedOf, type TeamPolicy } from './company-plan.ts';

type Life = Generator<WorldEvent>;

interface Play {
  frame: WorldFrame;
  policy: TeamPolicy;
  fault: CompanyFault | null;
}

/** Every life in one of the company's clusters; the frame's seed is the company's. */
export function companyLives(cluster: string, company: WorldFrame): Life[] {
  const frame = { ...company, seed: seedOf(company.seed, cluster) };
  const faults = plantedFaults(company.seed).filter((fault) => fault.cluster === cluster);
  const plays = policiesOf(company.seed, cluster).map((policy) => ({
    frame,
    policy,
    fault: faults.find((fault) => isOf(fault, policy)) ?? null,
  }));
  const namespaces = plays.flatMap(({ policy }) => [
    policy.namespace,
    ...policy.claims.map(({ namespace }) => namespace),
  ]);
  const broken = faults.find(({ script }) => script === 'location-unavailable');
  const velero = plays.some(({ policy }) => policy.engine === 'velero');
  return [
    listed(clusterEvents(frame, [...new Set(namespaces)])),
    ...plays.flatMap(inventory),
    ...(velero ? [storageLocation(frame, 'default', broken ? sinceOf(frame, broken) : null)] : []),
    ...plays.map(life),
    ...plays.flatMap(destinations),
  ];
}

function isOf(fault: CompanyFault, policy: TeamPolicy): boolean {
  return fault.engine === policy.engine && fault.policy === `${policy.namespace}/${policy.name}`;
}

const sinceOf = (frame: WorldFrame, { since }: CompanyFault): number => frame.anchor + since;

function* listed(events: WorldEvent[]): Life {
  yield* events.toSorted((left, right) => left.at - right.at);
}

/** Claims with their volumes, and the apps that use them. */
function inventory({ frame, policy, fault }: Play): Life[] {
  const apps = Map.groupBy(policy.claims, ({ app }) => app);
  const gone = fault?.script === 'orphaned' ? sinceOf(frame, fault) - MINUTE_MS : null;
  const kept = (events: WorldEvent[]): Life =>
    listed(gone === null ? events : [...events, ...removalEvents(events, gone)]);
  const claims = policy.claims.map((claim) =>
    kept([
      ...claimEvents(frame, {
        claim,
        createdAt: frame.begin,
        annotations: {},
        labels: labelsOf(policy, claim, fault),
        dataSourceRef: fault?.script === 'stale-destination' ? restoreRef(claim) : null,
      }),
      ...(policy.engine === 'volsync' ? cacheClaimEvents(frame, claim, frame.begin) : []),
    ]),
  );
  return [
    ...claims,
    ...[...apps.values()].map((mounted) => kept(appEvents(frame, mounted, frame.begin, {}))),
  ];
}

function labelsOf(policy: TeamPolicy, { app, name }: Workload, fault: CompanyFault | null) {
  if (policy.engine === 'cnpg') return cnpgClaimLabels(app, name);
  if (fault?.script === 'database-copied') return { 'cnpg.io/cluster': app };
  return fault?.script === 'promised-more' ? { backup: 'hourly' } : {};
}

const restoreName = ({ name }: Workload): string => `${name}-restore`;
const restoreRef = (claim: Workload): Json => ({
  apiGroup: 'volsync.backube',
  kind: 'ReplicationDestination',
  name: restoreName(claim),
});

/** Restores that someone made by hand, once. */
function destinations({ frame, policy, fault }: Play): Life[] {
  const findsNothing = fault?.script === 'empty-destination';
  if (!fault || (!findsNothing && fault.script !== 'stale-destination')) return [];
  return policy.claims.map((claim) =>
    volsyncDestination(frame, {
      claim,
      name: restoreName(claim),
      createdAt: sinceOf(frame, fault),
      cadence: null,
      findsNothing,
    }),
  );
}

function life(play: Play): Life {
  const { frame, policy } = play;
  const plan = planOf(play);
  switch (policy.engine) {
    case 'volsync':
      return volsync(play);
    case 'velero':
      return velero(play);
    case 'kopiur':
      return kopiurPolicy(frame, plan);
    case 'k8up':
      return k8upSchedule(frame, plan);
    case 'longhorn':
      return longhornJob(frame, plan);
    case 'cnpg':
      return cnpgPolicy(frame, {
        ...plan,
        cluster: policy.claims[0]?.app ?? policy.name,
        method: 'plugin',
      });
    case 'csi':
      return csiSnapshots(frame, plan);
    case 'cronjob':
      return cronjobPolicy(frame, plan);
  }
}

function planOf({ frame, policy, fault }: Play): EnginePolicyPlan {
  const { name, namespace, cadence, claims } = policy;
  const script = fault?.plays === 'engine' ? fault.script : null;
  return {
    name,
    namespace,
    cadence,
    createdAt: frame.begin + MINUTE_MS,
    claims,
    fault: fault && script && { script, since: sinceOf(frame, fault) },
  };
}

function volsync({ frame, policy, fault }: Play): Life {
  const [claim] = policy.claims;
  if (claim === undefined) throw new Error(`${policy.name} has no claim`);
  const script = fault?.plays === 'home' ? fault.script : null;
  return volsyncSource(frame, {
    claim,
    mover: 'restic',
    cadence: policy.cadence,
    createdAt: frame.begin + MINUTE_MS,
    fault: fault && script && { script, since: sinceOf(frame, fault) },
  });
}

function velero({ frame, policy, fault }: Play): Life {
  const byFiles = fault?.script === 'finished-pod';
  const template = {
    includedNamespaces: [policy.claims[0]?.namespace ?? ''],
    snapshotMoveData: !byFiles,
    defaultVolumesToFsBackup: byFiles,
  };
  const volumes = policy.claims.map((claim) => ({
    namespace: claim.namespace,
    claim: claim.name,
    workload: claim,
    pod: podNameOf(frame, claim),
    podVolume: podVolumeOf(claim),
  }));
  const plan = {
    name: policy.name,
    expression: policy.cadence.expression,
    location: 'default',
    ttlHours: 336,
    template,
    method: byFiles ? ('file-system' as const) : ('data-mover' as const),
    volumes,
  };
  const script = fault?.plays === 'home' ? fault.script : null;
  const skipped = fault?.subjects[0]?.split('/')[1] ?? '';
  return veleroSchedule(
    frame,
    plan,
    policy.cadence,
    fault && script && { script, name: skipped, since: fault.since },
  );
}
