import { z, type ZodType } from 'zod';
import * as backtests from '../domain/backtest.ts';
import * as rules from '../domain/rule.ts';
import * as views from '../domain/views.ts';
import { ProblemDocument } from './problem.ts';

const named = <T extends ZodType>(id: string, schema: T): T => schema.meta({ id });

export const Cluster = named('Cluster', views.Cluster);
export const Resource = named('Resource', views.Resource);
export const Policy = named('Policy', views.Policy);
export const Run = named('Run', views.Run);
export const RestorePoint = named('RestorePoint', views.RestorePoint);
export const Coverage = named('Coverage', views.Coverage);
export const Finding = named('Finding', views.Finding);
export const Incident = named('Incident', views.Incident);
export const Risk = named('Risk', views.Risk);
export const Standing = named('Standing', views.Standing);
export const WhatIf = named('WhatIf', views.WhatIf);
export const Objective = named('Objective', views.Objective);
export const Recommendation = named('Recommendation', views.Recommendation);
export const Ledger = named('Ledger', views.Ledger);
export const RunFigures = named('RunFigures', views.RunFigures);
export const Forecast = named('Forecast', views.Forecast);
export const ForecastCalibration = named('ForecastCalibration', views.ForecastCalibration);
export const ResourceWhole = named('ResourceWhole', views.ResourceWhole);
export const Status = named('Status', views.Status);
export const WhoAmI = named('WhoAmI', views.WhoAmI);

export const JudgeRules = named('JudgeRules', rules.JudgeRules);
export const RuleChange = named('RuleChange', rules.RuleChange);
export const JudgeSettingsView = named('JudgeSettings', rules.JudgeSettingsView);
export const BacktestRequest = named('BacktestRequest', backtests.BacktestRequest);
export const BacktestReport = named('BacktestReport', backtests.BacktestReport);

export function json<T extends ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

export function pageOf<T extends ZodType>(item: T) {
  return json(
    z.object({ items: z.array(item), nextCursor: z.string().nullable() }),
    'One page; `nextCursor` is null on the last. The Link header carries the next address.',
  );
}

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ProblemDocument } },
});

/** What any `/v1` route may answer instead. */
export const refusals = {
  400: problem('Not valid; names every mistake'),
  401: problem('Not signed in'),
  403: problem('Not allowed'),
  503: problem('The store cannot be reached'),
};
export const missing = { 404: problem('No such thing') };
export const conflicting = { 409: problem('Not possible in its present state') };
export const unchanged = { 304: { description: 'Unchanged since the ETag sent in If-None-Match' } };
