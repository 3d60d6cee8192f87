import { AppError } from '../domain/error.ts';
import type { Page } from '../domain/views.ts';
import type { CallFunction } from './call-function.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { PageQuery, UserStore } from './port.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** The lists of the feed, each with the function that reads a page of it. */
const LISTS = {
  resources: 'plimsoll_list_resources',
  policies: 'plimsoll_list_policies',
  runs: 'plimsoll_list_runs',
  restorePoints: 'plimsoll_list_restore_points',
  coverage: 'plimsoll_list_coverage',
  findings: 'plimsoll_list_findings',
  incidents: 'plimsoll_list_incidents',
  risk: 'plimsoll_list_risk',
  recommendations: 'plimsoll_list_recommendations',
  standings: 'plimsoll_list_standings',
  objectives: 'plimsoll_list_objectives',
  forecasts: 'plimsoll_list_forecasts',
  ledger: 'plimsoll_read_ledger',
  runFigures: 'plimsoll_list_run_figures',
  ruleChanges: 'plimsoll_list_rule_changes',
  runHistory: 'plimsoll_list_run_history',
} as const;

export function createUserStore(call: CallFunction): UserStore {
  return {
    whoAmI: () => call('plimsoll_who_am_i', {}),
    readStatus: () => call('plimsoll_read_status', {}),
    listClusters: async () => ({
      items: await call('plimsoll_list_clusters', {}),
      nextCursor: null,
    }),
    listResources: async (query) =>
      toPage('resources', await call(LISTS.resources, pageArgs('resources', query))),
    listPolicies: async (query) =>
      toPage('policies', await call(LISTS.policies, pageArgs('policies', query))),
    listRuns: async (query) => toPage('runs', await call(LISTS.runs, pageArgs('runs', query))),
    listRestorePoints: async (query) =>
      toPage('restorePoints', await call(LISTS.restorePoints, pageArgs('restorePoints', query))),
    listCoverage: async (query) =>
      toPage('coverage', await call(LISTS.coverage, pageArgs('coverage', query))),
    listFindings: async (query) =>
      toPage('findings', await call(LISTS.findings, pageArgs('findings', query))),
    listIncidents: async (query) =>
      toPage('incidents', await call(LISTS.incidents, pageArgs('incidents', query))),
    listRisk: async (query) => toPage('risk', await call(LISTS.risk, pageArgs('risk', query))),
    listRecommendations: async (query) =>
      toPage(
        'recommendations',
        await call(LISTS.recommendations, pageArgs('recommendations', query)),
      ),
    changeRecommendation: (recommendation, action, note, at) =>
      call('plimsoll_change_recommendation', {
        recommendation,
        action,
        note,
        at_time: at.toISOString(),
      }),
    listForecasts: async (query) =>
      toPage('forecasts', await call(LISTS.forecasts, pageArgs('forecasts', query))),
    readForecastCalibration: (query) => call('plimsoll_read_forecast_calibration', { query }),
    readLedger: async (query) => {
      const { total, ...rows } = await call(LISTS.ledger, pageArgs('ledger', query));
      const { by, period } = query;
      return { by, period, total, ...toPage('ledger', rows) };
    },
    listRunFigures: async (query) =>
      toPage('runFigures', await call(LISTS.runFigures, pageArgs('runFigures', query))),
    readFinding: (finding) => call('plimsoll_read_finding', { finding }),
    changeFinding: (finding, action, note, at) =>
      call('plimsoll_change_finding', { finding, action, note, at_time: at.toISOString() }),
    showResource: (namespace, name, clusterId) =>
      call('plimsoll_show_resource', { query: { namespace, name, clusterId } }),
    exempt: async (resourceId, reason, expiresAt, at) => {
      const exemption = { resourceId, reason, expiresAt };
      await call('plimsoll_exempt', { exemption, at_time: at.toISOString() });
    },
    listStandings: async (query) =>
      toPage('standings', await call(LISTS.standings, pageArgs('standings', query))),
    listObjectives: async (query) =>
      toPage('objectives', await call(LISTS.objectives, pageArgs('objectives', query))),
    setObjective: async (scope, targets, at) => {
      const objective = { ...scope, ...targets };
      await call('plimsoll_set_objective', { objective, at_time: at.toISOString() });
    },
    readRules: () => call('plimsoll_read_rules', {}),
    saveRule: async (rule, at) => {
      await call('plimsoll_save_rule', { rule, at_time: at.toISOString() });
    },
    removeRule: async (rule, at) => {
      await call('plimsoll_remove_rule', { rule, at_time: at.toISOString() });
    },
    saveJudgeSettings: async (settings, at) => {
      await call('plimsoll_save_judge_settings', { settings, at_time: at.toISOString() });
    },
    listRuleChanges: async (query) =>
      toPage('ruleChanges', await call(LISTS.ruleChanges, pageArgs('ruleChanges', query))),
    listRunHistory: async (query) =>
      toPage('runHistory', await call(LISTS.runHistory, pageArgs('runHistory', query))),
    listObservedWindows: (since) =>
      call('plimsoll_list_observed_windows', { query: { since: since.toISOString() } }),
    readRevision: () => call('plimsoll_read_revision', {}),
  };
}

function pageArgs(list: keyof typeof LISTS, query: PageQuery) {
  const { cursor, limit = DEFAULT_LIMIT, ...filter } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw new AppError(
      'invalid-input',
      `limit ${limit} is not a whole number from 1 to ${MAX_LIMIT}`,
      {
        nextStep: `Ask for 1 to ${MAX_LIMIT} rows and follow nextCursor for more.`,
      },
    );
  const after = cursor === undefined ? null : decodeCursor(list, cursor);
  return { query: { ...filter, limit, after } };
}

function toPage<Item>(
  list: keyof typeof LISTS,
  rows: { items: Item[]; next: (string | number)[] | null },
): Page<Item> {
  return { items: rows.items, nextCursor: rows.next && encodeCursor(list, rows.next) };
}
