import { AppError } from '../../src/domain/error.ts';
import type * as views from '../../src/domain/views.ts';
import type { Caller, PageQuery, Services } from '../../src/services/api.ts';
import { createWorkspace } from '../../src/services/create-workspace.ts';
import type { UserStore } from '../../src/store/port.ts';
import { INCIDENTS } from './fake-incidents.ts';
import { CALIBRATION, FORECAST } from './fake-forecasts.ts';
import { setFakeObjective } from './fake-objectives.ts';
import { HISTORY, rulesOf } from './fake-rules.ts';
import type { FakeRules } from './fake-rules.ts';
import { LEDGER_FIGURES, LEDGER_LINE, RUN_FIGURES } from './fake-ledger.ts';

export const FAKE_KEY = 'plk_fake-key-of-the-owner';
const NOW = Date.parse('2026-11-21T04:00:00.000Z');
const HOUR = 3_600_000;
const at = (hoursAgo: number) => new Date(NOW - hoursAgo * HOUR).toISOString();

export interface FakeServices extends Services {
  /** A fresh one-time link's token. */
  issueLink(): string;
  world: FakeWorld;
  /** Counts the reads of the revision, to see that nobody polls for nothing. */
  revisionReads(): number;
}

export interface FakeWorld extends FakeRules {
  revision: number;
  clusters: views.Cluster[];
  risks: views.Risk[];
  findings: views.Finding[];
  recommendations: views.Recommendation[];
  exemptions: Map<string, string>;
  objectives: views.Objective[];
  /** Thrown by every read while set. */
  failure: unknown;
}

const CLUSTER: views.Cluster = {
  clusterId: '6f1f0c52-9d0d-4a35-8a6f-0d2f1f5b9a01',
  name: 'home',
  server: 'https://10.0.0.5:6443',
  version: 'v1.34.1',
  demo: true,
  engines: ['volsync', 'velero'],
  observedAt: at(0.02),
  judgedAt: at(0.03),
  metrics: null,
  problems: [
    {
      source: 'velero.io/podvolumebackups',
      code: 'forbidden',
      message: 'podvolumebackups.velero.io is forbidden: cannot list in namespace "games".',
      nextStep: 'Apply docs/rbac.yaml, or add get, list and watch on podvolumebackups.',
      namespaces: ['games'],
      since: at(30),
    },
  ],
};

function risk(name: string, score: number, more: Partial<views.Risk> = {}): views.Risk {
  const impact = 0.8;
  return {
    resourceId: `claim-${name}`,
    clusterId: CLUSTER.clusterId,
    cluster: CLUSTER.name,
    namespace: name,
    name: `${name}-data`,
    app: `Deployment/${name}`,
    coverage: 'protected',
    probability: score / 100 / impact,
    impact,
    score,
    horizonSeconds: 30 * 86_400,
    terms: [
      {
        name: 'staleness',
        text: 'the newest copy is over its target age',
        rate: 0.4,
        contribution: score * 0.7,
      },
      {
        name: 'unproven',
        text: 'No restore has been tried.',
        rate: 0.1,
        contribution: score * 0.3,
      },
    ],
    impactTerms: [{ name: 'base', text: 'any claim', weight: impact }],
    ways: [],
    readiness: {
      level: 'listed',
      provenAt: at(20),
      text: 'The engine lists a usable restore point.',
    },
    rpoTargetSeconds: 172_800,
    rpoSource: 'derived',
    rpoWhy: 'twice the interval of the tightest schedule',
    rtoTargetSeconds: null,
    rtoWhy: 'no objective says',
    rpoAchievedSeconds: 72_000,
    openFindings: 0,
    worstSeverity: null,
    judgedAt: at(0.03),
    ...more,
  };
}

function finding(id: string, claim: string, more: Partial<views.Finding> = {}): views.Finding {
  return {
    findingId: id,
    fingerprint: `print-${id}`,
    clusterId: CLUSTER.clusterId,
    cluster: CLUSTER.name,
    kind: 'failure-streak',
    severity: 'critical',
    state: 'open',
    namespace: claim,
    policyId: `policy-${claim}`,
    policy: `${claim}/${claim}`,
    resourceId: `claim-${claim}`,
    resource: `${claim}/${claim}-data`,
    repositoryId: null,
    raisedAt: at(52),
    lastSeenAt: at(1),
    resolvedAt: null,
    resolvedBy: null,
    previousFindingId: null,
    observed: { value: 5, unit: '1', text: '5 failed attempts in a row since Thursday' },
    expected: { value: 0, unit: '1', text: 'at most 1 in a row; this job failed twice in 90 days' },
    cause: {
      code: 'FM-01',
      title: 'The repository is locked',
      shownBy:
        'unable to create lock in backend: repository is already locked by PID 41 on volsync-src-photos',
    },
    evidence: [
      {
        label: 'Failed attempts',
        value: 5,
        unit: '1',
        source: `ReplicationSource ${claim}/${claim} status.latestMoverStatus`,
        at: at(3),
        table: 'attempts',
        rowId: '9f2c81d0a4b7e6531c22',
      },
      {
        label: 'Newest success',
        value: at(60),
        unit: 'time',
        source: `ReplicationSource ${claim}/${claim} status.lastSyncTime`,
        at: at(60),
        table: 'runs',
        rowId: '1b7ec0a95d3f28461e07',
      },
      {
        label: 'Bytes added',
        value: 91_230_000,
        unit: 'B',
        source: 'restic summary line',
        at: null,
        table: 'runs',
        rowId: '1b7ec0a95d3f28461e07',
      },
    ],
    sentence:
      'Every attempt has failed for 2 days because another process holds the repository lock.',
    nextStep: `Check that no mover is running, then set spec.restic.unlock on ReplicationSource ${claim}/${claim}.`,
    delivery: 'page',
    deliveryReason: 'told',
    incident: null,
    events: [{ at: at(52), actor: 'plimsoll', change: 'raised', note: null }],
    ...more,
  };
}

function recommendation(id: string, claim: string): views.Recommendation {
  return {
    recommendationId: id,
    clusterId: CLUSTER.clusterId,
    cluster: CLUSTER.name,
    kind: 'fix-cause',
    state: 'open',
    namespace: claim,
    policyId: `policy-${claim}`,
    policy: `${claim}/${claim}`,
    resourceId: `claim-${claim}`,
    resource: `${claim}/${claim}-data`,
    title: `Unlock the repository of ${claim}`,
    current: 'A stale lock from 19 November stops every run.',
    proposed: `spec.restic.unlock: "2026-11-21"`,
    reason: 'The lock is older than any run of this job has ever been.',
    confidence: 0.9,
    effects: [{ measure: 'Risk', text: '61 → 8', before: 61, after: 8, unit: '1' }],
    findingIds: ['finding-1'],
    options: [],
    mergedAt: null,
    measured: [],
    events: [],
    createdAt: at(50),
    updatedAt: at(50),
  };
}

function seededWorld(): FakeWorld {
  const noPoint = { rpoAchievedSeconds: null, rpoTargetSeconds: null, rpoSource: 'none' as const };
  return {
    revision: 1,
    clusters: [CLUSTER],
    risks: [
      risk('vaultwarden', 76, {
        coverage: 'uncovered',
        ...noPoint,
        readiness: {
          level: 'none',
          provenAt: null,
          text: 'Nothing shows that it could come back.',
        },
        openFindings: 1,
        worstSeverity: 'critical',
      }),
      risk('immich', 61, {
        openFindings: 1,
        worstSeverity: 'critical',
        rpoAchievedSeconds: 216_000,
      }),
      risk('paperless', 34, { openFindings: 1, worstSeverity: 'high' }),
      risk('gitea', 12, { openFindings: 1, worstSeverity: 'medium' }),
      risk('games', 9, {
        coverage: 'unknown',
        ...noPoint,
        readiness: {
          level: 'declared',
          provenAt: null,
          text: 'A policy covers it; its volumes could not be read.',
        },
      }),
      risk('nextcloud', 3, {
        readiness: { level: 'verified', provenAt: at(9), text: 'The repository check passed.' },
      }),
      risk('grafana', 0.6),
    ],
    findings: [
      finding('finding-0', 'vaultwarden', {
        kind: 'not-covered',
        policyId: null,
        policy: null,
        cause: null,
        sentence: 'No backup job covers this claim, and it holds 2.1 GiB of live data.',
        observed: { value: 0, unit: '1', text: 'no policy selects it' },
        expected: { value: 1, unit: '1', text: 'at least one policy, as for 21 of 25 claims' },
        nextStep:
          'Add a ReplicationSource for vaultwarden/vaultwarden-data, or exempt it with a reason.',
      }),
      finding('finding-1', 'immich'),
      finding('finding-2', 'paperless', {
        kind: 'size-drop',
        severity: 'high',
        sentence: 'The last run read 96 % less than the 14 before it.',
        cause: null,
      }),
      finding('finding-3', 'gitea', {
        kind: 'duration-anomaly',
        severity: 'medium',
        sentence: 'The last run took 3 h 12 min; it usually takes 20 minutes.',
        cause: null,
      }),
      finding('finding-4', 'velero', {
        kind: 'location-unavailable',
        severity: 'high',
        resourceId: null,
        resource: null,
        policyId: null,
        policy: null,
        repositoryId: 'repository-1',
        sentence: 'The storage location velero/minio has been unavailable for 6 hours.',
      }),
    ],
    recommendations: ['immich', 'vaultwarden', 'gitea'].map((claim, index) =>
      recommendation(`recommendation-${index}`, claim),
    ),
    exemptions: new Map(),
    rules: new Map(),
    settings: {},
    objectives: [],
    failure: null,
  };
}

function resourceOf(claim: views.Risk): views.Resource {
  const { resourceId, clusterId, cluster, namespace, name, app } = claim;
  return {
    resourceId,
    clusterId,
    cluster,
    kind: 'PersistentVolumeClaim',
    namespace,
    name,
    app,
    labels: {},
    storageClass: 'local-path',
    capacityBytes: 10 * 2 ** 30,
    usage: null,
    createdAt: at(2_000),
    removedAt: null,
  };
}
function policyOf(claim: views.Risk): views.Policy {
  return {
    policyId: `policy-${claim.namespace}`,
    clusterId: claim.clusterId,
    cluster: claim.cluster,
    engine: 'volsync',
    kind: 'ReplicationSource',
    namespace: claim.namespace,
    name: claim.namespace,
    schedule: '0 2 * * *',
    timeZone: 'UTC',
    paused: false,
    method: 'restic',
    keep: { daily: 7 },
    problem: null,
    resourceIds: [claim.resourceId],
    lastSuccessAt: at(20),
    removedAt: null,
  };
}
function runsOf(claim: views.Risk): views.Run[] {
  return [0, 1, 2].map((day) => ({
    runId: `run-${claim.namespace}-${day}`,
    runDay: at(day * 24 + 4).slice(0, 10),
    clusterId: claim.clusterId,
    engine: 'volsync',
    policyId: `policy-${claim.namespace}`,
    policy: `${claim.namespace}/${claim.namespace}`,
    resourceId: claim.resourceId,
    resource: `${claim.namespace}/${claim.name}`,
    namespace: claim.namespace,
    name: claim.namespace,
    startedAt: at(day * 24 + 4),
    endedAt: at(day * 24 + 3),
    outcome: day === 0 && claim.openFindings > 0 ? 'failed' : 'success',
    durationSeconds: 1_829,
    logicalBytes: 421_337_000_000,
    addedBytes: day === 1 ? null : 91_230_000,
    storedBytes: null,
    files: 120_345,
    snapshotId: null,
    errorText: null,
    source: 'object',
    attempts: [{ endedAt: at(day * 24 + 3), outcome: 'success', log: null }],
    volumes: [],
  }));
}
function pointOf(claim: views.Risk): views.RestorePoint {
  return {
    restorePointId: `point-${claim.namespace}`,
    clusterId: claim.clusterId,
    engine: 'volsync',
    policyId: `policy-${claim.namespace}`,
    resourceId: claim.resourceId,
    resource: `${claim.namespace}/${claim.name}`,
    takenAt: at(20),
    expiresAt: null,
    handle: 'a1b2c3d4',
    logicalBytes: 421_337_000_000,
    goneAt: null,
  };
}
function standingOf(claim: views.Risk): views.Standing {
  const { resourceId, clusterId, cluster, namespace, name, app, coverage, ways } = claim;
  const standing = { resourceId, clusterId, cluster, namespace, name, app, coverage, ways };
  return { ...standing, storageClass: 'fast', judgedAt: claim.judgedAt };
}
function coverageOf(claim: views.Risk): views.Coverage {
  const { resourceId, clusterId, cluster, namespace, name, app } = claim;
  return {
    resourceId,
    clusterId,
    cluster,
    namespace,
    name,
    app,
    state: claim.coverage,
    reason:
      claim.coverage === 'uncovered' ? 'No policy selects it.' : 'A ReplicationSource names it.',
    policyIds: [],
    lastSuccessAt: null,
  };
}

function pageOf<T>(items: T[], { cursor, limit = 50 }: PageQuery): views.Page<T> {
  const from = cursor === undefined ? 0 : Number(cursor);
  if (!Number.isInteger(from))
    throw new AppError('invalid-input', 'The cursor is not one of ours.');
  return {
    items: items.slice(from, from + limit),
    nextCursor: from + limit < items.length ? String(from + limit) : null,
  };
}

const fits = (item: object, filter: object): boolean =>
  Object.entries(filter).every(
    ([key, value]) => !(key in item) || (item as Record<string, unknown>)[key] === value,
  );

function workspaceOn(world: FakeWorld, caller: Caller, onRevision: () => void): UserStore {
  const list = <T extends object>(items: T[], { cursor, limit, ...filter }: PageQuery & object) =>
    answer(() =>
      pageOf(
        items.filter((item) => fits(item, filter)),
        { ...(cursor !== undefined && { cursor }), ...(limit !== undefined && { limit }) },
      ),
    );
  async function answer<T>(read: () => T): Promise<T> {
    if (world.failure !== null) throw world.failure;
    return read();
  }
  const ranked = () => world.risks.toSorted((a, b) => b.score - a.score);
  return {
    whoAmI: () => answer(() => ({ ...caller, role: 'owner' as const })),
    readStatus: () => answer(() => statusOf(world, ranked())),
    listClusters: () => list(world.clusters, {}),
    listResources: (query) => list(ranked().map(resourceOf), query),
    listPolicies: (query) => list(ranked().map(policyOf), query),
    listRuns: (query) => list(ranked().flatMap(runsOf), query),
    listRestorePoints: (query) => list(ranked().map(pointOf), query),
    listCoverage: (query) => list(ranked().map(coverageOf), query),
    listFindings: (query) => list(world.findings, query),
    readFinding: (id) => answer(() => world.findings.find((one) => one.findingId === id) ?? null),
    listIncidents: (query) => list(INCIDENTS, query),
    listRisk: ({ minScore = 0, ...query }) =>
      list(
        ranked().filter((one) => one.score >= minScore),
        query,
      ),
    listRecommendations: ({ since = '', ...query }) =>
      list(
        world.recommendations.filter((one) => one.updatedAt >= since),
        query,
      ),
    changeRecommendation: (id, action) => answer(() => changeAdvice(world, id, action)),
    listForecasts: (query) => list([FORECAST], query),
    readForecastCalibration: ({ about = 'run' }) => answer(() => ({ ...CALIBRATION, about })),
    readLedger: async ({ by, period, ...query }) => ({
      by,
      period,
      total: LEDGER_FIGURES,
      ...(await list([LEDGER_LINE], query)),
    }),
    listRunFigures: (query) => list([RUN_FIGURES], query),
    changeFinding: (id, action, note, when) =>
      answer(() => changeFinding(world, caller, id, action, note, when)),
    showResource: (namespace, name) => answer(() => wholeOf(world, namespace, name)),
    exempt: (resourceId, reason) =>
      answer(() => {
        if (!world.risks.some((one) => one.resourceId === resourceId))
          throw new AppError('not-found', 'No such claim.');
        if (reason === null) world.exemptions.delete(resourceId);
        else world.exemptions.set(resourceId, reason);
        world.revision += 1;
      }),
    listStandings: (query) => list(ranked().map(standingOf), query),
    listObjectives: (query) => list(world.objectives, query),
    setObjective: (scope, targets, when) =>
      answer(() => setFakeObjective(world, caller, scope, targets, when)),
    readRules: () => answer(() => rulesOf(world)),
    saveRule: ({ name, ...rule }, when) =>
      answer(() => {
        const changed = { changedAt: when.toISOString(), changedBy: caller.subject };
        world.rules.set(name, { name, ...rule, ...changed });
        world.revision += 1;
      }),
    removeRule: (name) =>
      answer(() => {
        if (!world.rules.delete(name)) throw new AppError('not-found', `No rule ${name} is known.`);
        world.revision += 1;
      }),
    saveJudgeSettings: (settings) =>
      answer(() => {
        world.settings = settings;
        world.revision += 1;
      }),
    listRuleChanges: (query) => list([], query),
    listRunHistory: (query) => list(HISTORY, query),
    listObservedWindows: () => answer(() => []),
    readRevision: () => (onRevision(), answer(() => String(world.revision))),
  };
}

function changeAdvice(world: FakeWorld, id: string, action: views.RecommendationAction) {
  const known = world.recommendations.find((one) => one.recommendationId === id);
  if (known === undefined) throw new AppError('not-found', `No recommendation ${id} is known.`);
  const state = ({ dismiss: 'dismissed', reopen: 'open', merge: 'merged' } as const)[action];
  const changed = { ...known, state };
  world.recommendations = world.recommendations.map((one) => (one === known ? changed : one));
  world.revision += 1;
  return changed;
}

function changeFinding(
  world: FakeWorld,
  caller: Caller,
  id: string,
  action: views.FindingAction,
  note: string | null,
  when: Date,
): views.Finding {
  const found = world.findings.find((one) => one.findingId === id);
  if (found === undefined) throw new AppError('not-found', `No finding ${id} is known.`);
  if (found.state === 'resolved')
    throw new AppError('conflict', 'A resolved finding cannot be changed.');
  const state = ({ acknowledge: 'acknowledged', expected: 'expected', reopen: 'open' } as const)[
    action
  ];
  const events = [
    ...found.events,
    { at: when.toISOString(), actor: caller.subject, change: state, note },
  ];
  const changed: views.Finding = { ...found, state, events };
  world.findings = world.findings.map((one) => (one === found ? changed : one));
  world.revision += 1;
  return changed;
}

function wholeOf(world: FakeWorld, namespace: string, name: string): views.ResourceWhole | null {
  const claim = world.risks.find((one) => one.namespace === namespace && one.name === name);
  if (claim === undefined) return null;
  const own = <T extends { resourceId: string | null }>(items: T[]) =>
    items.filter((one) => one.resourceId === claim.resourceId);
  return {
    resource: resourceOf(claim),
    coverage: coverageOf(claim),
    risk: claim,
    policies: claim.coverage === 'uncovered' ? [] : [policyOf(claim)],
    runs: claim.coverage === 'uncovered' ? [] : runsOf(claim),
    restorePoints: [pointOf(claim)],
    findings: world.findings.filter(
      (one) =>
        one.resourceId === claim.resourceId ||
        (one.resourceId === null && one.policyId === `policy-${namespace}`),
    ),
    expectedRuns: [{ policyId: `policy-${namespace}`, dueAt: at(4), state: 'met', runId: null }],
    recommendations: own(world.recommendations),
    forecasts: [FORECAST],
  };
}

function tally(words: string[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(words, (word) => word)].map(([word, all]) => [word, all.length]),
  );
}

function statusOf(world: FakeWorld, ranked: views.Risk[]): views.Status {
  const open = world.findings.filter((one) => one.state === 'open');
  return {
    revision: String(world.revision),
    demo: true,
    clusters: world.clusters,
    counts: {
      resources: ranked.length,
      claims: ranked.length,
      policies: ranked.length,
      runs: ranked.length * 3,
      restorePoints: ranked.length,
      findingsOpen: tally(open.map((one) => one.severity)),
      coverage: tally(ranked.map((one) => one.coverage)),
      recommendations: world.recommendations.length,
    },
    worst: ranked.slice(0, 3),
  };
}

/** A small program behind the HTTP door that keeps what it is told; one owner, one key, one-time links. */
export function createFakeServices(): FakeServices {
  const world = seededWorld();
  const owner: Caller = { tenantId: 'local', subject: 'owner' };
  const links = new Set<string>();
  const sessions = new Set<string>();
  let reads = 0;
  function issueLink(): string {
    const token = `link-${crypto.randomUUID()}`;
    links.add(token);
    return token;
  }
  return {
    world,
    about: { version: '0.1.0', demo: true },
    revisionReads: () => reads,
    issueLink,
    signIn: {
      byApiKey: async (key) => (key === FAKE_KEY ? owner : null),
      bySession: async (token) => (sessions.has(token) ? owner : null),
      async spendLink(token) {
        if (!links.delete(token)) return null;
        const sessionToken = `session-${crypto.randomUUID()}`;
        sessions.add(sessionToken);
        return { sessionToken, expiresAt: new Date(Date.now() + 24 * HOUR) };
      },
      signOut: async (token) => void sessions.delete(token),
      createLink: async () => ({ token: issueLink(), expiresAt: new Date(Date.now() + HOUR) }),
    },
    as: (caller) => createWorkspace(workspaceOn(world, caller, () => (reads += 1))),
    readiness: async () => [
      { name: 'store', ok: world.failure === null, text: 'postgres://secret@host' },
    ],
    metrics: async () => '# TYPE plimsoll_up gauge\nplimsoll_up 1\n',
  };
}
