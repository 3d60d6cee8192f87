import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { RuleSaved, RuleSource, SettingChanges } from '../../domain/rule.ts';
import type { App, Door } from '../env.ts';
import { sendPage } from '../paging.ts';
import {
  BacktestReport,
  BacktestRequest,
  conflicting,
  json,
  JudgeRules,
  JudgeSettingsView,
  missing,
  pageOf,
  refusals,
  RuleChange,
  unchanged,
} from '../schemas.ts';
import { given, name, query } from '../validation.ts';

const tags = ['rules'];
const params = z.object({ name });
const bodyOf = <T extends z.ZodType>(schema: T) => ({
  required: true as const,
  content: { 'application/json': { schema } },
});

const readRules = createRoute({
  method: 'get',
  path: '/v1/rules',
  tags,
  summary: 'People’s own rules, and the settings that differ from their defaults',
  responses: { 200: json(JudgeRules, 'All of them'), ...unchanged, ...refusals },
});
const saveRule = createRoute({
  method: 'put',
  path: '/v1/rules/{name}',
  tags,
  summary: 'Make a rule or put it in the place of the one of this name; it counts at once',
  request: { params, body: bodyOf(RuleSource.omit({ name: true })) },
  responses: { 200: json(RuleSaved, 'Saved'), ...refusals, ...conflicting },
});
const removeRule = createRoute({
  method: 'delete',
  path: '/v1/rules/{name}',
  tags,
  summary: 'Remove a rule; its findings end',
  request: { params },
  responses: { 204: { description: 'Done' }, ...refusals, ...missing },
});
const listChanges = createRoute({
  method: 'get',
  path: '/v1/rule-changes',
  tags,
  summary: 'Every change of rules and settings, newest first',
  request: { query: query({}) },
  responses: { 200: pageOf(RuleChange), ...unchanged, ...refusals },
});
const readSettings = createRoute({
  method: 'get',
  path: '/v1/judge-settings',
  tags,
  summary: 'Every setting of the built-in rules: the value in force, the default, unit and reason',
  responses: { 200: json(JudgeSettingsView, 'All of them'), ...unchanged, ...refusals },
});
const saveSettings = createRoute({
  method: 'put',
  path: '/v1/judge-settings',
  tags,
  summary: 'Set what differs from the defaults; what is left out has its default again',
  request: { body: bodyOf(SettingChanges) },
  responses: { 204: { description: 'Done' }, ...refusals },
});
const backtest = createRoute({
  method: 'post',
  path: '/v1/backtests',
  tags,
  summary: 'Try settings and rules on the stored history; changes nothing',
  request: { body: bodyOf(BacktestRequest) },
  responses: { 200: json(BacktestReport, 'Today’s settings and the proposed ones'), ...refusals },
});

export function addRuleRoutes(app: App, { options }: Door): void {
  const now = (): Date => options.clock.now();
  app.openapi(readRules, async (c) => c.json(await c.var.workspace.readRules(), 200));
  app.openapi(saveRule, async (c) => {
    const rule = { ...c.req.valid('json'), name: c.req.valid('param').name };
    return c.json(await c.var.workspace.saveRule(rule, now()), 200);
  });
  app.openapi(removeRule, async (c) => {
    await c.var.workspace.removeRule(c.req.valid('param').name, now());
    return c.body(null, 204);
  });
  app.openapi(listChanges, async (c) =>
    sendPage(c, await c.var.workspace.listRuleChanges(given(c.req.valid('query')))),
  );
  app.openapi(readSettings, async (c) => c.json(await c.var.workspace.readJudgeSettings(), 200));
  app.openapi(saveSettings, async (c) => {
    await c.var.workspace.saveJudgeSettings(c.req.valid('json'), now());
    return c.body(null, 204);
  });
  app.openapi(backtest, async (c) =>
    c.json(await c.var.workspace.backtest(c.req.valid('json'), now()), 200),
  );
}
