import type { Json, WorldObject } from '../api/world-object.ts';
import type { Workload } from '../engines/workload.ts';
import { uuidOf } from './random.ts';
import { put, remove, objectOf, type WorldEvent, type WorldFrame } from './world-event.ts';

const DEMO_ANNOTATION = 'plimsoll.dev/demo';

export interface InventoryClaim {
  claim: Workload;
  createdAt: number;
  annotations: Record<string, string>;
  labels: Record<string, string>;
  dataSourceRef: Json | null;
}

/** How an app's pod names the volume behind a claim. */
export const podVolumeOf = ({ app, name }: Workload): string =>
  name.startsWith(`${app}-`) ? name.slice(app.length + 1) : name;

/** The name of an app's one pod, as its owners would make it. */
export function podNameOf(frame: WorldFrame, { app, workload, namespace }: Workload): string {
  if (workload === 'StatefulSet') return `${app}-0`;
  const random = uuidOf(frame.seed, 'pod-name', namespace, app);
  return `${replicaSetNameOf(frame, app)}-${random.slice(0, 5)}`;
}

const replicaSetNameOf = (frame: WorldFrame, app: string): string =>
  `${app}-${uuidOf(frame.seed, 'replicaset', app).replaceAll('-', '').slice(0, 10)}`;

function made(
  frame: WorldFrame,
  at: number,
  [apiVersion, kind, plural]: [string, string, string],
  metadata: { name: string; namespace?: string } & Json,
  content: Json,
): WorldEvent {
  const uid = uuidOf(frame.seed, plural, metadata.namespace ?? '', metadata.name);
  const identity = { ...metadata, uid, createdAt: at };
  return put(at, plural, objectOf(apiVersion, kind, identity, content));
}

export function clusterEvents(frame: WorldFrame, namespaces: string[]): WorldEvent[] {
  const at = frame.begin;
  const classes: [string, string, boolean][] = [
    ['ceph-block', 'rbd.csi.ceph.com', true],
    ['nfs', 'nfs.csi.k8s.io', false],
  ];
  return [
    ...['kube-system', 'default', ...namespaces].map((name) =>
      made(
        frame,
        at,
        ['v1', 'Namespace', 'namespaces'],
        {
          name,
          labels: { 'kubernetes.io/metadata.name': name },
          ...(name === 'kube-system' && { annotations: { [DEMO_ANNOTATION]: 'true' } }),
        },
        { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
      ),
    ),
    ...[1, 2, 3].map((number) =>
      made(
        frame,
        at,
        ['v1', 'Node', 'nodes'],
        { name: `node-${number}`, labels: { 'kubernetes.io/hostname': `node-${number}` } },
        { spec: {}, status: { conditions: [{ type: 'Ready', status: 'True' }] } },
      ),
    ),
    ...classes.map(([name, provisioner, preferred]) =>
      made(
        frame,
        at,
        ['storage.k8s.io/v1', 'StorageClass', 'storageclasses'],
        {
          name,
          annotations: { 'storageclass.kubernetes.io/is-default-class': String(preferred) },
        },
        { provisioner, reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
      ),
    ),
  ];
}

/** Room to grow: the next power of two above one and a half times what is in use. */
function requestOf(gib: number): string {
  return `${2 ** Math.max(0, Math.ceil(Math.log2(gib * 1.5)))}Gi`;
}

interface BoundClaim {
  namespace: string;
  name: string;
  size: string;
  metadata: Json;
  spec: Json;
}

function boundClaim(frame: WorldFrame, at: number, bound: BoundClaim): WorldEvent[] {
  const { namespace, name, size } = bound;
  const uid = uuidOf(frame.seed, 'persistentvolumeclaims', namespace, name);
  const volume = `pvc-${uid}`;
  const shared = { accessModes: ['ReadWriteOnce'], storageClassName: 'ceph-block' };
  const claim = made(
    frame,
    at,
    ['v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'],
    { name, namespace, ...bound.metadata },
    {
      spec: {
        ...shared,
        resources: { requests: { storage: size } },
        volumeName: volume,
        volumeMode: 'Filesystem',
        ...bound.spec,
      },
      status: { phase: 'Bound', accessModes: shared.accessModes, capacity: { storage: size } },
    },
  );
  const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid };
  const persistentVolume = made(
    frame,
    at,
    ['v1', 'PersistentVolume', 'persistentvolumes'],
    { name: volume },
    {
      spec: {
        ...shared,
        capacity: { storage: size },
        claimRef,
        csi: { driver: 'rbd.csi.ceph.com', volumeHandle: uid },
        persistentVolumeReclaimPolicy: 'Delete',
      },
      status: { phase: 'Bound' },
    },
  );
  return [persistentVolume, claim];
}

export function claimEvents(frame: WorldFrame, entry: InventoryClaim): WorldEvent[] {
  const { claim, createdAt, annotations, labels, dataSourceRef } = entry;
  return boundClaim(frame, createdAt, {
    namespace: claim.namespace,
    name: claim.name,
    size: requestOf(claim.gib),
    metadata: { labels: { 'app.kubernetes.io/name': claim.app, ...labels }, annotations },
    spec: { ...(dataSourceRef && { dataSourceRef }) },
  });
}

/** The cache VolSync keeps beside each restic policy. */
export function cacheClaimEvents(
  frame: WorldFrame,
  { namespace, name }: Workload,
  at: number,
): WorldEvent[] {
  const labels = { 'app.kubernetes.io/created-by': 'volsync' };
  const cache = `volsync-src-${name}-cache`;
  return boundClaim(frame, at, {
    namespace,
    name: cache,
    size: '2Gi',
    metadata: { labels },
    spec: {},
  });
}

/** The claim and its volume leave, and the app with them. */
export function removalEvents(events: WorldEvent[], at: number): WorldEvent[] {
  return events.map(({ plural, object }) => remove(at, plural, object));
}

function ownerOf(apiVersion: string, object: WorldObject): Json {
  const { kind, metadata } = object;
  return {
    ownerReferences: [
      { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true },
    ],
  };
}

/** An app: its workload, for a Deployment the ReplicaSet, and the pod that mounts its claims. */
export function appEvents(
  frame: WorldFrame,
  claims: Workload[],
  at: number,
  podAnnotations: Record<string, string>,
): WorldEvent[] {
  const [first] = claims;
  if (!first) return [];
  const { namespace, app, workload } = first;
  const labels = { 'app.kubernetes.io/name': app };
  const volumes = claims.map((claim) => ({
    name: podVolumeOf(claim),
    persistentVolumeClaim: { claimName: claim.name },
  }));
  const mounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
  const containers = [{ name: app, image: `registry.home/${app}:1`, volumeMounts: mounts }];
  const podSpec = { containers, volumes };
  const template = { metadata: { labels, annotations: podAnnotations }, spec: podSpec };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  const status = { replicas: 1, readyReplicas: 1 };
  const plural = workload === 'Deployment' ? 'deployments' : 'statefulsets';
  const top = made(
    frame,
    at,
    ['apps/v1', workload, plural],
    { name: app, namespace, labels },
    { spec: workload === 'StatefulSet' ? { ...spec, serviceName: app } : spec, status },
  );
  const between =
    workload === 'Deployment'
      ? [
          made(
            frame,
            at,
            ['apps/v1', 'ReplicaSet', 'replicasets'],
            {
              name: replicaSetNameOf(frame, app),
              namespace,
              labels,
              ...ownerOf('apps/v1', top.object),
            },
            { spec, status },
          ),
        ]
      : [];
  const owner = between[0] ?? top;
  const pod = made(
    frame,
    at,
    ['v1', 'Pod', 'pods'],
    {
      name: podNameOf(frame, first),
      namespace,
      labels,
      annotations: podAnnotations,
      ...ownerOf('apps/v1', owner.object),
    },
    { spec: { ...podSpec, nodeName: 'node-1' }, status: { phase: 'Running' } },
  );
  return [top, ...between, pod];
}
