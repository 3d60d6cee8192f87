import { policyIdOf, resourceIdOf, runIdOf } from '../../src/domain/id.ts';
import type { ClaimDetails, PolicyFact, ResourceFact, RunFact } from '../../src/domain/facts.ts';

/** Plain facts for tests of judgement: one cluster, healthy unless a test says otherwise. */
export const CLUSTER = 'c-test';
const GIB = 1_024 ** 3;

export const claimId = (namespace: string, name: string): string =>
  resourceIdOf({ clusterId: CLUSTER, kind: 'PersistentVolumeClaim', namespace, name });

export function claimFact(
  namespace: string,
  name: string,
  more: Partial<ResourceFact> = {},
  details: Partial<ClaimDetails> = {},
) {
  return {
    resourceId: claimId(namespace, name),
    kind: 'PersistentVolumeClaim',
    namespace,
    name,
    uid: `uid-${name}`,
    createdAt: new Date('2026-01-01T00:00:00Z'),
    labels: {},
    annotations: {},
    app: `Deployment/${name}`,
    ...more,
    claim: {
      phase: 'Bound',
      storageClass: 'ceph',
      requestedBytes: 10 * GIB,
      capacityBytes: 10 * GIB,
      volumeName: `pv-${name}`,
      accessModes: ['ReadWriteOnce'],
      dataSource: null,
      temporary: false,
      mounts: [{ pod: `${name}-0`, podVolume: 'data', fileSystemBackup: 'unset' as const }],
      ...details,
    },
  };
}

export function sourceFact(
  namespace: string,
  name: string,
  more: Partial<PolicyFact> = {},
): PolicyFact {
  const kind = 'ReplicationSource';
  return {
    policyId: policyIdOf('volsync', { clusterId: CLUSTER, kind, namespace, name }),
    engine: 'volsync',
    kind,
    namespace,
    name,
    uid: `uid-rs-${name}`,
    createdAt: new Date('2026-01-01T00:00:00Z'),
    labels: {},
    schedule: { type: 'cron', expression: '0 * * * *', timeZone: 'UTC', dialect: 'volsync' },
    paused: false,
    selection: { type: 'claims', namespace, names: [name] },
    method: 'restic',
    repositoryId: null,
    keep: { daily: 7 },
    problem: null,
    lastSuccessAt: null,
    memory: null,
    ...more,
  };
}

export function scheduleFact(
  name: string,
  selection: Partial<Extract<PolicyFact['selection'], { type: 'namespaces' }>> = {},
  more: Partial<PolicyFact> = {},
): PolicyFact {
  const [kind, namespace] = ['Schedule', 'velero'];
  return {
    ...sourceFact(namespace, name),
    policyId: policyIdOf('velero', { clusterId: CLUSTER, kind, namespace, name }),
    engine: 'velero',
    kind,
    method: 'data-mover',
    schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC', dialect: 'velero' },
    selection: {
      type: 'namespaces',
      include: [],
      exclude: [],
      labelSelectors: [],
      excludeLabels: {},
      claimsIncluded: true,
      volumes: 'data-mover',
      ...selection,
    },
    ...more,
  };
}

export function runFact(policy: PolicyFact, startedAt: Date, more: Partial<RunFact> = {}): RunFact {
  const seconds = 120;
  const one = policy.selection.type === 'claims' ? policy.selection.names[0]! : null;
  return {
    runId: runIdOf(CLUSTER, policy.engine, `${policy.policyId}/${startedAt.toISOString()}`),
    runDay: startedAt.toISOString().slice(0, 10),
    engine: policy.engine,
    policyId: policy.policyId,
    namespace: policy.namespace,
    resourceId: one === null ? null : claimId(policy.namespace, one),
    name: `${policy.name}-${startedAt.getTime()}`,
    startedAt,
    endedAt: new Date(startedAt.getTime() + seconds * 1_000),
    outcome: 'success',
    durationSeconds: seconds,
    logicalBytes: 5 * GIB,
    addedBytes: 1_000_000,
    storedBytes: 900_000,
    files: 1_000,
    snapshotId: 'abc',
    warnings: null,
    errors: null,
    errorText: null,
    fullRead: false,
    ...more,
  };
}
