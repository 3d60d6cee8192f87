import type { FactBatch, RunFact } from '../../src/domain/facts.ts';
import type {
  FindingDraft,
  JobStateRow,
  Judgement,
  LevelMark,
  RiskScore,
} from '../../src/domain/judgement.ts';
import type { JudgeInput, JudgeInventory, SystemStore } from '../../src/store/port.ts';

import { createFakeDeliveries } from './fake-deliveries.ts';
import type { FakeDeliveries } from './fake-deliveries.ts';

type JudgeStore = Pick<
  SystemStore,
  | 'saveFacts'
  | 'readJudgeInput'
  | 'readJudgeState'
  | 'readForecastMemory'
  | 'readPolicyFigures'
  | 'readMergedAdvice'
  | 'saveAdviceEffects'
  | 'saveJudgement'
  | 'readDeliveryWork'
  | 'saveDeliveries'
>;

/** The judge's side of a store, in memory, for one cluster; every row leaves and enters as JSON would carry it. */
export interface FakeStore extends JudgeStore {
  /** Judgements as they were written. */
  readonly judgements: Judgement[];
  readonly open: Map<string, FindingDraft>;
  readonly delivered: FakeDeliveries;
  exemptions: JudgeInventory['exemptions'];
  objectives: JudgeInventory['objectives'];
  /** What a person says of a level. */
  mark(mark: LevelMark): void;
  /** The next write fails, before or after it is durable. */
  failNextSave: 'no' | 'before' | 'after';
}

interface StoredRun {
  run: RunFact;
  revision: number;
}

const clone = <T>(value: T): T => structuredClone(value);

export function createFakeStore(): FakeStore {
  const delivered = createFakeDeliveries();
  const runs = new Map<string, StoredRun>();
  const parts = {
    volumes: new Map<string, FactBatch['runVolumes'][number]>(),
    attempts: new Map<string, FactBatch['attempts'][number]>(),
  };
  const inventory = {
    resources: new Map<string, JudgeInventory['resources'][number]>(),
    policies: new Map<string, JudgeInventory['policies'][number]>(),
    repositories: new Map<string, JudgeInventory['repositories'][number]>(),
    points: new Map<string, JudgeInventory['newestPoints'][number]>(),
    restores: new Map<string, JudgeInventory['restoreRuns'][number]>(),
  };
  const marks: (LevelMark & { revision: number })[] = [];
  let problems: JudgeInventory['problems'] = [];
  let revision = 0;
  let inventoryRevision = 0;
  let observedAt = new Date(0);
  let windows: FactBatch['observedWindows'] = [];
  const jobs = new Map<string, JobStateRow>();
  const risks = new Map<string, RiskScore>();
  const forecastMemory = new Map<string, string>();
  let judged: { judgedAt: Date | null; revision: number } = { judgedAt: null, revision: 0 };

  function saveInventory(batch: FactBatch): boolean {
    const gone = [
      ...batch.removedResourceIds.map((id) => inventory.resources.delete(id)),
      ...batch.removedPolicyIds.map((id) => inventory.policies.delete(id)),
      ...batch.removedRestorePointIds.map((id) => inventory.points.delete(id)),
      ...batch.removedRestoreRunIds.map((id) => inventory.restores.delete(id)),
    ];
    for (const one of batch.resources) inventory.resources.set(one.resourceId, one);
    for (const one of batch.policies) {
      const pausedSince = one.paused ? batch.observedAt : null;
      const scheduleSince =
        inventory.policies.get(one.policyId)?.scheduleSince ?? one.createdAt ?? batch.observedAt;
      inventory.policies.set(one.policyId, { ...one, scheduleSince, pausedSince, removedAt: null });
    }
    for (const one of batch.repositories) {
      const known = inventory.repositories.get(one.repositoryId);
      const same = known?.availability === one.availability;
      const availabilitySince = same ? known.availabilitySince : batch.observedAt;
      inventory.repositories.set(one.repositoryId, { ...one, availabilitySince });
    }
    for (const one of batch.restorePoints) inventory.points.set(one.restorePointId, one);
    for (const one of batch.restoreRuns) inventory.restores.set(one.restoreRunId, one);
    if (batch.problems !== null) problems = batch.problems;
    const { resources, policies, repositories, restorePoints, restoreRuns } = batch;
    const lists = [resources, policies, repositories, restorePoints, restoreRuns, gone];
    return lists.some((list) => list.length > 0) || batch.problems !== null;
  }

  const store: FakeStore = {
    judgements: [],
    open: new Map(),
    delivered,
    readDeliveryWork: delivered.readDeliveryWork,
    saveDeliveries: delivered.saveDeliveries,
    exemptions: [],
    objectives: [],
    failNextSave: 'no',
    mark(mark) {
      revision += 1;
      marks.push({ ...mark, revision });
    },

    saveFacts: async (_tenant, given) => {
      const batch = clone(given);
      revision += 1;
      observedAt = batch.observedAt;
      if (saveInventory(batch)) inventoryRevision = revision;
      for (const run of batch.runs) runs.set(run.runId, { run, revision });
      for (const volume of batch.runVolumes) {
        parts.volumes.set(`${volume.runId}/${volume.resourceId}`, volume);
        const run = runs.get(volume.runId);
        if (run) run.revision = revision;
      }
      for (const attempt of batch.attempts) {
        parts.attempts.set(`${attempt.runId}/${attempt.attemptKey}`, attempt);
        const run = runs.get(attempt.runId);
        if (run) run.revision = revision;
      }
      windows = [...windows, ...batch.observedWindows];
      return { revision, changed: true };
    },

    readJudgeInput: async (_tenant, _cluster, after, limit, inventoryAfter = after) => {
      const changed = [...runs.values()]
        .filter((one) => one.revision > after)
        .sort((a, b) => a.revision - b.revision);
      const last = changed[limit - 1]?.revision;
      const page = last === undefined ? changed : changed.filter((one) => one.revision <= last);
      const more = page.length < changed.length;
      const ids = new Set(page.map(({ run }) => run.runId));
      const input: JudgeInput = {
        revision: more && last !== undefined ? last : revision,
        observedAt,
        inventoryRevision,
        inventory: inventoryRevision > inventoryAfter ? readInventory() : null,
        runs: page.map(({ run }) => run),
        runVolumes: [...parts.volumes.values()].filter(({ runId }) => ids.has(runId)),
        attempts: [...parts.attempts.values()].filter(({ runId }) => ids.has(runId)),
        observedWindows: windows,
        marks: marks.filter((mark) => mark.revision > after),
        more,
      };
      return clone(input);
    },

    readJudgeState: async () =>
      clone({
        ...judged,
        jobs: [...jobs.values()],
        risks: [...risks.values()],
        openFingerprints: [...store.open.keys()],
      }),

    readPolicyFigures: async () => [],
    readMergedAdvice: async () => [],
    saveAdviceEffects: async () => {},
    readForecastMemory: async () => [...forecastMemory].map(([key, state]) => ({ key, state })),

    saveJudgement: async (_tenant, given) => {
      const how = store.failNextSave;
      store.failNextSave = 'no';
      if (how === 'before') throw new Error('the store is gone');
      const judgement = clone(given);
      store.judgements.push(judgement);
      delivered.note(judgement, judged.judgedAt === null);
      judged = { judgedAt: judgement.judgedAt, revision: judgement.revision };
      for (const row of judgement.jobStates) {
        if (row.state.length > 16_384) throw new Error(`state of ${row.jobId} is too large`);
        jobs.set(row.jobId, row);
      }
      for (const jobId of judgement.removedJobIds) jobs.delete(jobId);
      for (const risk of judgement.risks) risks.set(risk.resourceId, risk);
      for (const id of judgement.removedRiskResourceIds) risks.delete(id);
      for (const key of judgement.forecasts?.removedKeys ?? []) forecastMemory.delete(key);
      for (const { key, state } of judgement.forecasts?.states ?? [])
        forecastMemory.set(key, state);
      for (const change of judgement.findings) applyChange(store.open, change);
      if (how === 'after') throw new Error('the connection broke');
    },
  };

  function readInventory(): JudgeInventory {
    return {
      resources: [...inventory.resources.values()],
      policies: [...inventory.policies.values()],
      repositories: [...inventory.repositories.values()],
      newestPoints: [...inventory.points.values()],
      restoreRuns: [...inventory.restores.values()],
      exemptions: store.exemptions,
      objectives: store.objectives,
      problems,
    };
  }
  return store;
}

/** Strict: raising what is open, or ending what is not, is the judge's mistake. */
function applyChange(open: Map<string, FindingDraft>, change: Judgement['findings'][number]): void {
  if (change.change === 'resolved') {
    if (!open.delete(change.fingerprint)) throw new Error(`${change.fingerprint} is not open`);
    return;
  }
  const { fingerprint, kind } = change.finding;
  if (open.has(fingerprint) === (change.change === 'raised'))
    throw new Error(`${kind} ${fingerprint} was ${change.change} out of turn`);
  open.set(fingerprint, change.finding);
}
