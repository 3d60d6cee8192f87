import { idOf } from '../../src/domain/id.ts';
import {
  emptyBatch,
  type FactBatch,
  type PolicyFact,
  type ResourceFact,
  type RestorePointFact,
  type RunFact,
  type RunVolumeFact,
} from '../../src/domain/facts.ts';
import type { FindingDraft, Judgement, RiskScore } from '../../src/domain/judgement.ts';

/** Builders of facts for the store's contract: literal, and valid unless a test says otherwise. */
export const CLUSTER = 'cluster-a';
export const T0 = new Date('2026-11-01T00:00:00.000Z');

export function minutes(count: number): Date {
  return new Date(T0.getTime() + count * 60_000);
}

export function aBatch(parts: Partial<FactBatch> = {}): FactBatch {
  return { ...emptyBatch(CLUSTER, T0), ...parts };
}

export function aClaim(name: string, parts: Partial<ResourceFact> = {}): ResourceFact {
  const namespace = parts.namespace ?? 'media';
  return {
    resourceId: idOf('resource', CLUSTER, namespace, name),
    kind: 'PersistentVolumeClaim',
    namespace,
    name,
    uid: `uid-${name}`,
    createdAt: T0,
    labels: { app: name },
    annotations: {},
    app: `Deployment/${name}`,
    claim: {
      phase: 'Bound',
      storageClass: 'fast',
      requestedBytes: 1_000,
      capacityBytes: 2_000,
      volumeName: `pv-${name}`,
      accessModes: ['ReadWriteOnce'],
      dataSource: null,
      temporary: false,
      mounts: [{ pod: `${name}-0`, podVolume: 'data', fileSystemBackup: 'unset' }],
    },
    ...parts,
  };
}

export function aPolicy(name: string, parts: Partial<PolicyFact> = {}): PolicyFact {
  const namespace = parts.namespace ?? 'media';
  return {
    policyId: idOf('policy', CLUSTER, namespace, name),
    engine: 'volsync',
    kind: 'ReplicationSource',
    namespace,
    name,
    uid: `uid-${name}`,
    createdAt: T0,
    labels: {},
    schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC', dialect: 'volsync' },
    paused: false,
    selection: { type: 'claims', namespace, names: [name] },
    method: 'restic',
    repositoryId: null,
    keep: { daily: 7 },
    problem: null,
    lastSuccessAt: null,
    memory: null,
    ...parts,
  };
}

export function aRun(key: string, parts: Partial<RunFact> = {}): RunFact {
  const startedAt = parts.startedAt ?? minutes(120);
  return {
    runId: idOf('run', CLUSTER, key),
    runDay: startedAt.toISOString().slice(0, 10),
    engine: 'volsync',
    policyId: aPolicy('photos').policyId,
    resourceId: aClaim('photos').resourceId,
    namespace: 'media',
    name: `photos-${key}`,
    startedAt,
    endedAt: new Date(startedAt.getTime() + 600_000),
    outcome: 'success',
    durationSeconds: 600,
    logicalBytes: 4_000_000,
    addedBytes: 1_000,
    storedBytes: 900,
    files: 12,
    snapshotId: 'abc123',
    warnings: null,
    errors: null,
    errorText: null,
    fullRead: false,
    unlistedVolumes: 'not-taken',
    volumeObjects: 2,
    ...parts,
  };
}

/** A claim's part of a run of several. */
export function aPart(run: RunFact, resourceId: string): RunVolumeFact {
  return {
    runId: run.runId,
    runDay: run.runDay,
    resourceId,
    outcome: 'success',
    startedAt: null,
    endedAt: null,
    logicalBytes: null,
    addedBytes: null,
    snapshotId: null,
    message: null,
  };
}

export function aPoint(key: string, parts: Partial<RestorePointFact> = {}): RestorePointFact {
  return {
    restorePointId: idOf('point', CLUSTER, key),
    engine: 'volsync',
    policyId: aPolicy('photos').policyId,
    repositoryId: null,
    resourceId: aClaim('photos').resourceId,
    runId: null,
    takenAt: minutes(130),
    expiresAt: null,
    handle: key,
    logicalBytes: null,
    ...parts,
  };
}

export function aDraft(key: string, parts: Partial<FindingDraft> = {}): FindingDraft {
  const photos = aClaim('photos');
  return {
    fingerprint: idOf('finding', key),
    kind: 'missed-run',
    severity: 'high',
    subject: {
      policyId: aPolicy('photos').policyId,
      resourceId: photos.resourceId,
      repositoryId: null,
      policy: 'media/photos',
      resource: 'media/photos',
      namespace: 'media',
    },
    observed: { value: 1, unit: '1', text: 'no run' },
    expected: { value: 0, unit: '1', text: 'a run at 02:00' },
    cause: null,
    evidence: [
      {
        label: 'due',
        value: '02:00',
        unit: 'text',
        source: 'ReplicationSource media/photos',
        at: minutes(120),
        table: 'policies',
        rowId: 'p',
      },
    ],
    sentence: 'The run due at 02:00 did not start.',
    nextStep: 'Look at the operator.',
    ...parts,
  };
}

export function aRisk(resourceId: string, score: number): RiskScore {
  return {
    resourceId,
    probability: score / 100,
    impact: 1,
    score,
    horizonSeconds: 2_592_000,
    terms: [{ name: 'stale', text: 'old', rate: 0.1, contribution: score }],
    impactTerms: [{ name: 'base', text: 'any claim', weight: 1 }],
    ways: [],
    readiness: { level: 'listed', provenAt: T0, text: 'listed by its engine' },
    rpoTargetSeconds: 172_800,
    rpoSource: 'derived',
    rpoWhy: 'twice the interval of the tightest schedule',
    rpoAchievedSeconds: 90_000,
    rtoTargetSeconds: null,
    rtoWhy: 'no objective says',
    judgedAt: T0,
  };
}

export function aJudgement(parts: Partial<Judgement> = {}): Judgement {
  return {
    clusterId: CLUSTER,
    judgedAt: T0,
    revision: 1,
    jobStates: [],
    removedJobIds: [],
    findings: [],
    expectedRuns: [],
    protections: null,
    coverage: null,
    risks: [],
    removedRiskResourceIds: [],
    recommendations: null,
    forecasts: null,
    delivery: null,
    ...parts,
  };
}
