/** The functions of the schema, by name: who may call them, their argument names, and what they return. */
import { z } from 'zod';
import * as rule from '../domain/rule.ts';
import * as views from '../domain/views.ts';
import { MergedAdviceRow, PolicyFiguresRow } from './advice-rows.ts';
import { CalibrationRows } from './calibration-rows.ts';
import { DeliveryWorkRows, IncidentRow } from './delivery-rows.ts';
import {
  JobStateRow,
  JudgeInputRows,
  JudgeStateRows,
  PolicyRow,
  ResourceRow,
  RestorePointRow,
  RiskRow,
} from './judge-rows.ts';
import { LedgerInputRows } from './ledger-rows.ts';
import { MetricsStateRow } from './metric-rows.ts';

export interface StoreFunction<Result extends z.ZodType = z.ZodType> {
  /** The one role that may execute it. */
  role: 'service_role' | 'authenticated';
  args: readonly string[];
  result: Result;
}

const done = z.null();
const caller = z.object({ tenantId: z.string(), subject: z.string() }).nullable();

function page<Item extends z.ZodType>(item: Item) {
  /** `next`: sort key of the last row when more rows follow. */
  const next = z.array(z.union([z.string(), z.number()])).nullable();
  return z.object({ items: z.array(item), next });
}

/** A page of what one cluster is judged from. */
function judgePage<Item extends z.ZodType>(item: Item) {
  const next = z.array(z.union([z.string(), z.number(), z.null()])).nullable();
  return service(['tenant', 'cluster', 'query'], z.object({ items: z.array(item), next }));
}

function service<Result extends z.ZodType>(args: readonly string[], result: Result) {
  return { role: 'service_role', args, result } as const;
}

function user<Result extends z.ZodType>(args: readonly string[], result: Result) {
  return { role: 'authenticated', args, result } as const;
}

export const FUNCTIONS = {
  plimsoll_read_schema: service(
    [],
    z.object({ schemaVersion: z.number(), compatibleFrom: z.number(), database: z.string() }),
  ),
  plimsoll_ensure_tenant: service(['tenant', 'owner'], done),
  plimsoll_save_cluster: service(['tenant', 'cluster'], done),
  plimsoll_take_lease: service(['tenant', 'cluster', 'holder', 'ttl_seconds'], z.boolean()),
  plimsoll_release_lease: service(['tenant', 'cluster', 'holder'], done),
  plimsoll_read_policy_memory: service(['tenant', 'cluster'], z.record(z.string(), z.string())),
  plimsoll_save_facts: service(
    ['tenant', 'batch'],
    z.object({ revision: z.number(), changed: z.boolean() }),
  ),
  plimsoll_save_metrics: service(
    ['tenant', 'batch'],
    z.object({ samples: z.number(), runs: z.number() }),
  ),
  plimsoll_read_metrics_state: service(['tenant', 'cluster'], MetricsStateRow),
  plimsoll_keep_house: service(
    ['tenant', 'today', 'sample_days', 'rollup_days', 'run_days', 'row_limit'],
    z.object({ partitions: z.number(), rows: z.number(), more: z.boolean() }),
  ),
  plimsoll_read_judge_input: service(
    ['tenant', 'cluster', 'after_revision', 'run_limit', 'inventory_after'],
    JudgeInputRows,
  ),
  plimsoll_read_judge_resources: judgePage(ResourceRow),
  plimsoll_read_judge_policies: judgePage(PolicyRow),
  plimsoll_read_judge_points: judgePage(RestorePointRow),
  plimsoll_read_judge_state: service(['tenant', 'cluster'], JudgeStateRows),
  plimsoll_read_judge_jobs: judgePage(JobStateRow),
  plimsoll_read_judge_risks: judgePage(RiskRow),
  plimsoll_read_judge_rules: service(
    ['tenant'],
    z.object({ settings: rule.SettingChanges, rules: z.array(rule.RuleSource) }),
  ),
  plimsoll_save_judgement: service(['tenant', 'judgement'], done),
  plimsoll_read_delivery_work: service(['tenant', 'until_at', 'row_limit'], DeliveryWorkRows),
  plimsoll_save_deliveries: service(
    ['tenant', 'seen_revision', 'desk', 'deliveries', 'linked', 'incidents'],
    z.boolean(),
  ),
  plimsoll_read_forecast_memory: judgePage(z.object({ key: z.string(), state: z.string() })),
  plimsoll_read_ledger_input: service(
    ['tenant', 'cluster', 'after_revision', 'run_limit'],
    LedgerInputRows,
  ),
  plimsoll_save_ledger: service(['tenant', 'ledger'], z.object({ written: z.number() })),
  plimsoll_read_policy_figures: service(['tenant', 'cluster', 'since'], z.array(PolicyFiguresRow)),
  plimsoll_read_merged_advice: service(
    ['tenant', 'cluster', 'at_time', 'days'],
    z.array(MergedAdviceRow),
  ),
  plimsoll_save_advice_effects: service(['tenant', 'cluster', 'effects'], done),
  plimsoll_save_api_key: service(['tenant', 'api_key'], done),
  plimsoll_find_api_key: service(['hash'], caller),
  plimsoll_save_sign_in_link: service(['tenant', 'link'], done),
  plimsoll_use_sign_in_link: service(['hash', 'session', 'at_time'], caller),
  plimsoll_find_session: service(['hash', 'at_time'], caller),
  plimsoll_end_session: service(['hash'], done),

  plimsoll_who_am_i: user([], views.WhoAmI),
  plimsoll_read_status: user([], views.Status),
  plimsoll_list_clusters: user([], z.array(views.Cluster)),
  plimsoll_list_resources: user(['query'], page(views.Resource)),
  plimsoll_list_policies: user(['query'], page(views.Policy)),
  plimsoll_list_runs: user(['query'], page(views.Run)),
  plimsoll_list_restore_points: user(['query'], page(views.RestorePoint)),
  plimsoll_list_coverage: user(['query'], page(views.Coverage)),
  plimsoll_list_findings: user(['query'], page(views.Finding)),
  plimsoll_read_finding: user(['finding'], views.Finding.nullable()),
  plimsoll_change_finding: user(['finding', 'action', 'note', 'at_time'], views.Finding),
  plimsoll_list_incidents: user(['query'], page(IncidentRow)),
  plimsoll_list_risk: user(['query'], page(views.Risk)),
  plimsoll_list_forecasts: user(['query'], page(views.Forecast)),
  plimsoll_read_forecast_calibration: user(['query'], CalibrationRows),
  plimsoll_list_recommendations: user(['query'], page(views.Recommendation)),
  plimsoll_read_ledger: user(
    ['query'],
    page(views.LedgerLine).extend({ total: views.LedgerFigures }),
  ),
  plimsoll_list_run_figures: user(['query'], page(views.RunFigures)),
  plimsoll_show_resource: user(['query'], views.ResourceWhole.nullable()),
  plimsoll_change_recommendation: user(
    ['recommendation', 'action', 'note', 'at_time'],
    views.Recommendation,
  ),
  plimsoll_list_standings: user(['query'], page(views.Standing)),
  plimsoll_list_objectives: user(['query'], page(views.Objective)),
  plimsoll_set_objective: user(['objective', 'at_time'], done),
  plimsoll_read_rules: user([], rule.JudgeRules),
  plimsoll_save_rule: user(['rule', 'at_time'], done),
  plimsoll_remove_rule: user(['rule', 'at_time'], done),
  plimsoll_save_judge_settings: user(['settings', 'at_time'], done),
  plimsoll_list_rule_changes: user(['query'], page(rule.RuleChange)),
  plimsoll_list_run_history: user(['query'], page(rule.RunHistory)),
  plimsoll_list_observed_windows: user(['query'], z.array(rule.WatchedWindow)),
  plimsoll_exempt: user(['exemption', 'at_time'], done),
  plimsoll_read_revision: user([], z.string()),
} as const satisfies Record<string, StoreFunction>;

export type FunctionName = keyof typeof FUNCTIONS;
export type ResultOf<Name extends FunctionName> = z.infer<(typeof FUNCTIONS)[Name]['result']>;
