import type { CallFunction } from './call-function.ts';
import { toFactRows } from './fact-rows.ts';
import { toMetricRows } from './metric-rows.ts';
import { toLedgerRows } from './ledger-rows.ts';
import type { SystemStore } from './port.ts';
import { readPages } from './read-pages.ts';

export function createSystemStore(call: CallFunction): SystemStore {
  return {
    ...createFactStore(call),
    ...createMetricStore(call),
    ...createJudgeStore(call),
    ...createLedgerStore(call),
    ...createAdviceStore(call),
    ...createSignInStore(call),
  };
}

function createFactStore(call: CallFunction) {
  return {
    ensureTenant: async (tenant, owner) => {
      await call('plimsoll_ensure_tenant', { tenant, owner });
    },
    saveCluster: async (tenant, cluster) => {
      await call('plimsoll_save_cluster', { tenant, cluster });
    },
    takeLease: (tenant, cluster, holder, ttlSeconds) =>
      call('plimsoll_take_lease', { tenant, cluster, holder, ttl_seconds: ttlSeconds }),
    releaseLease: async (tenant, cluster, holder) => {
      await call('plimsoll_release_lease', { tenant, cluster, holder });
    },
    readPolicyMemory: async (tenant, cluster) =>
      new Map(Object.entries(await call('plimsoll_read_policy_memory', { tenant, cluster }))),
    saveFacts: (tenant, batch) => call('plimsoll_save_facts', { tenant, batch: toFactRows(batch) }),
  } satisfies Partial<SystemStore>;
}

function createMetricStore(call: CallFunction) {
  return {
    saveMetrics: (tenant, batch) =>
      call('plimsoll_save_metrics', { tenant, batch: toMetricRows(batch) }),
    readMetricsState: (tenant, cluster) => call('plimsoll_read_metrics_state', { tenant, cluster }),
    keepHouse: (tenant, today, limits) =>
      call('plimsoll_keep_house', {
        tenant,
        today: today.toISOString().slice(0, 10),
        sample_days: limits.sampleDays,
        rollup_days: limits.rollupDays,
        run_days: limits.runDays,
        row_limit: limits.rows,
      }),
  } satisfies Partial<SystemStore>;
}

function createJudgeStore(call: CallFunction) {
  return {
    readJudgeInput: async (
      tenant,
      cluster,
      afterRevision,
      runLimit,
      inventoryAfter = afterRevision,
    ) => {
      const { inventory, ...input } = await call('plimsoll_read_judge_input', {
        tenant,
        cluster,
        after_revision: afterRevision,
        run_limit: runLimit,
        inventory_after: inventoryAfter,
      });
      if (inventory === null) return { ...input, inventory };
      const resources = await readPages((query) =>
        call('plimsoll_read_judge_resources', { tenant, cluster, query }),
      );
      const policies = await readPages((query) =>
        call('plimsoll_read_judge_policies', { tenant, cluster, query }),
      );
      const newestPoints = await readPages((query) =>
        call('plimsoll_read_judge_points', { tenant, cluster, query }),
      );
      return { ...input, inventory: { ...inventory, resources, policies, newestPoints } };
    },
    readJudgeState: async (tenant, cluster) => {
      const state = await call('plimsoll_read_judge_state', { tenant, cluster });
      const jobs = await readPages((query) =>
        call('plimsoll_read_judge_jobs', { tenant, cluster, query }),
      );
      const risks = await readPages((query) =>
        call('plimsoll_read_judge_risks', { tenant, cluster, query }),
      );
      return { ...state, jobs, risks };
    },
    readJudgeRules: (tenant) => call('plimsoll_read_judge_rules', { tenant }),
    readForecastMemory: (tenant, cluster) =>
      readPages((query) => call('plimsoll_read_forecast_memory', { tenant, cluster, query })),
    saveJudgement: async (tenant, judgement) => {
      await call('plimsoll_save_judgement', { tenant, judgement });
    },
    readDeliveryWork: (tenant, until, limit) =>
      call('plimsoll_read_delivery_work', {
        tenant,
        until_at: until.toISOString(),
        row_limit: limit,
      }),
    saveDeliveries: (tenant, revision, { desk, deliveries, linked, incidents }) =>
      call('plimsoll_save_deliveries', {
        tenant,
        seen_revision: revision,
        desk,
        deliveries,
        linked,
        incidents,
      }),
  } satisfies Partial<SystemStore>;
}

function createLedgerStore(call: CallFunction) {
  return {
    readLedgerInput: (tenant, cluster, afterRevision, runLimit) =>
      call('plimsoll_read_ledger_input', {
        tenant,
        cluster,
        after_revision: afterRevision,
        run_limit: runLimit,
      }),
    saveLedger: (tenant, ledger) =>
      call('plimsoll_save_ledger', {
        tenant,
        ledger: { ...ledger, entries: toLedgerRows(ledger.entries) },
      }),
  } satisfies Partial<SystemStore>;
}

function createAdviceStore(call: CallFunction) {
  return {
    readPolicyFigures: (tenant, cluster, since) =>
      call('plimsoll_read_policy_figures', {
        tenant,
        cluster,
        since: since.toISOString().slice(0, 10),
      }),
    readMergedAdvice: (tenant, cluster, at, days) =>
      call('plimsoll_read_merged_advice', { tenant, cluster, at_time: at.toISOString(), days }),
    saveAdviceEffects: async (tenant, cluster, effects) => {
      await call('plimsoll_save_advice_effects', { tenant, cluster, effects });
    },
  } satisfies Partial<SystemStore>;
}

function createSignInStore(call: CallFunction) {
  return {
    saveApiKey: async (tenant, key) => {
      await call('plimsoll_save_api_key', { tenant, api_key: key });
    },
    findApiKey: (hash) => call('plimsoll_find_api_key', { hash }),
    saveSignInLink: async (tenant, link) => {
      await call('plimsoll_save_sign_in_link', { tenant, link });
    },
    useSignInLink: (hash, session, at) =>
      call('plimsoll_use_sign_in_link', { hash, session, at_time: at.toISOString() }),
    findSession: (hash, at) => call('plimsoll_find_session', { hash, at_time: at.toISOString() }),
    endSession: async (hash) => {
      await call('plimsoll_end_session', { hash });
    },
  } satisfies Partial<SystemStore>;
}
