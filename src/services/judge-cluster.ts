import type { FindingChange, Judgement } from '../domain/judgement.ts';
import type { JudgeSettings } from '../analyze/detectors/job-detectors.ts';
import type { LabelVocabulary } from '../domain/label-vocabulary.ts';
import { indexInventory } from '../analyze/cluster/inventory.ts';
import type { Witnesses } from '../analyze/cluster/view.ts';
import { witnessesOf } from '../analyze/cluster/witness.ts';
import type { MetricValue } from '../domain/metrics.ts';
import type { SystemStore } from '../store/port.ts';
import type { UnstoredWindows } from './fact-keeper.ts';
import { createDeliverer } from './deliver-findings.ts';
import { isFollowUpDue, measureAdvice, readFigures } from './follow-advice.ts';
import { judgePass } from './judge-pass.ts';
import { recallJudge } from './judge-memory.ts';
import type { JudgeMemory } from './judge-memory.ts';
import { readInventory, readJudgeNews } from './read-judge-news.ts';
import type { JudgeNews } from './read-judge-news.ts';

export interface ClusterJudgeDeps {
  store: Pick<
    SystemStore,
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
  tenantId: string;
  clusterId: string;
  settings: JudgeSettings;
  /** What people have set, asked before each pass; `settings` when left out. */
  readSettings?: () => Promise<JudgeSettings>;
  /** What labels of claims mean; the usual words when left out. */
  vocabulary?: LabelVocabulary;
}

/** Judges one cluster, pass by pass. Only the holder of the cluster's lease may call it. */
export interface ClusterJudge {
  /** Takes up what the store knows; what was in memory is forgotten. */
  resume(): Promise<void>;
  /** What operators' metrics say now, for the next pass; null: that is not known. Until it is called nothing is. */
  hear(witnesses: readonly MetricValue[] | null): void;
  /**
   * Judges all that is stored up to the cluster time `until` and writes one judgement, or none when nothing has
   * changed. A pass that fails, at whatever point, leaves the store as it was and the next one begins from it: nothing
   * is lost, and nothing told twice. Passes never overlap; an earlier `until` than the last is taken as the last.
   * What was watched and is not stored yet counts; it is stored before a judgement that may rest on it.
   */
  judge(
    until: Date,
    unstored?: UnstoredWindows,
  ): Promise<{ changes: FindingChange[]; judgedAt: Date }>;
  /** The last pass was the last for now: what it raised is delivered without waiting for the end of its tick. */
  finish(): Promise<void>;
}

export function createClusterJudge(deps: ClusterJudgeDeps): ClusterJudge {
  const { store, tenantId, clusterId } = deps;
  const deliverer = createDeliverer({ store, tenantId });
  let memory: JudgeMemory | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let witnesses: Witnesses | null = null;

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work, work);
    last = turn.catch(() => {});
    return turn;
  }

  async function recalled(): Promise<JudgeMemory> {
    if (memory !== null) return memory;
    const state = await store.readJudgeState(tenantId, clusterId);
    memory = recallJudge(clusterId, state, await store.readForecastMemory(tenantId, clusterId));
    return memory;
  }

  /** Indexes what is new and lets it go: of tens of thousands of resources only the claims are looked at again. */
  async function takeInventory(own: JudgeMemory, news: JudgeNews): Promise<boolean> {
    const inventory = news.inventory ?? (own.index === null ? await readInventory(deps) : null);
    news.inventory = null;
    if (inventory !== null) own.index = indexInventory(inventory, deps.vocabulary);
    return inventory !== null;
  }

  async function pass(until: Date, unstored: UnstoredWindows | undefined) {
    const own = await recalled();
    const news = await readJudgeNews(deps, own.revision);
    news.windows.push(...(unstored?.windows() ?? []));
    const inventoryChanged = await takeInventory(own, news);
    const at = own.judgedAt !== null && own.judgedAt > until ? own.judgedAt : until;
    if (own.index === null) return { changes: [], judgedAt: at };
    const isDue = isFollowUpDue(own, at);
    if (isDue) own.figures = await readFigures(deps, at);
    const settings = (await deps.readSettings?.()) ?? deps.settings;
    // From here on memory runs ahead of the store; it is trusted again once the judgement is durable.
    memory = null;
    const judgement = judgePass(own, own.index, {
      clusterId,
      news,
      at,
      settings,
      witnesses,
      inventoryChanged,
    });
    if (says(judgement) || news.revision !== own.revision) {
      await unstored?.store();
      await store.saveJudgement(tenantId, judgement);
    }
    if (isDue) await measureAdvice(deps, at);
    own.revision = news.revision;
    own.judgedAt = at;
    memory = own;
    await deliverer.after(judgement);
    return { changes: judgement.findings, judgedAt: at };
  }

  return {
    hear(values) {
      witnesses = values === null ? null : witnessesOf(values);
    },
    resume: () =>
      inTurn(async () => {
        memory = null;
        await recalled();
      }),
    judge: (until, unstored) => inTurn(() => pass(until, unstored)),
    finish: () => inTurn(() => deliverer.finish()),
  };
}

function says(judgement: Judgement): boolean {
  const { protections, coverage, recommendations, forecasts } = judgement;
  const lists = [
    judgement.jobStates,
    judgement.removedJobIds,
    judgement.findings,
    judgement.expectedRuns,
    judgement.risks,
    judgement.removedRiskResourceIds,
  ];
  return (
    lists.some((list) => list.length > 0) ||
    [protections, coverage, recommendations, forecasts].some((whole) => whole !== null)
  );
}
