import { z } from 'zod';
import { BacktestReport } from '../domain/backtest.ts';
import { AppError } from '../domain/error.ts';
import * as rules from '../domain/rule.ts';
import * as views from '../domain/views.ts';
import type { Workspace } from '../services/api.ts';

const ProblemDocument = z.object({
  code: z.string().optional(),
  title: z.string().optional(),
  detail: z.string().optional(),
  nextStep: z.string().optional(),
});

function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

type Call = <T extends z.ZodType>(
  reply: T,
  method: string,
  path: string,
  query?: object,
  body?: object,
) => Promise<z.infer<T>>;

/** The running server's facts over its own feed. A server that does not answer is AppError `store-unreachable`. */
export function createHttpWorkspace(baseUrl: string, apiKey: string): Workspace {
  const call = createCall(baseUrl, apiKey);
  const list =
    <T extends z.ZodType>(item: T, path: string) =>
    (query: object) =>
      call(pageOf(item), 'GET', path, query);
  const status = () => call(views.Status, 'GET', '/v1/status');
  return {
    whoAmI: () => call(views.WhoAmI, 'GET', '/v1/me'),
    readStatus: status,
    listClusters: () => call(pageOf(views.Cluster), 'GET', '/v1/clusters'),
    listResources: list(views.Resource, '/v1/resources'),
    listPolicies: list(views.Policy, '/v1/policies'),
    listRuns: list(views.Run, '/v1/runs'),
    listRestorePoints: list(views.RestorePoint, '/v1/restore-points'),
    listCoverage: list(views.Coverage, '/v1/coverage'),
    listFindings: list(views.Finding, '/v1/findings'),
    readFinding: (id) => orNull(call(views.Finding, 'GET', pathOf('/v1/findings', id))),
    changeFinding: (id, action, note) =>
      call(
        views.Finding,
        'POST',
        pathOf('/v1/findings', id, action),
        {},
        note === null ? {} : { note },
      ),
    listIncidents: list(views.Incident, '/v1/incidents'),
    listRisk: list(views.Risk, '/v1/risk'),
    listRecommendations: list(views.Recommendation, '/v1/recommendations'),
    changeRecommendation: (id, action, note) =>
      call(
        views.Recommendation,
        'POST',
        pathOf('/v1/recommendations', id, action),
        {},
        note === null ? {} : { note },
      ),
    listForecasts: list(views.Forecast, '/v1/forecasts'),
    readForecastCalibration: (query) =>
      call(views.ForecastCalibration, 'GET', '/v1/forecasts/calibration', query),
    readLedger: (query) => call(views.Ledger, 'GET', '/v1/ledger', query),
    listRunFigures: list(views.RunFigures, '/v1/ledger/runs'),
    showResource: (namespace, name, clusterId) => {
      const query = clusterId === null ? {} : { clusterId };
      return orNull(
        call(views.ResourceWhole, 'GET', pathOf('/v1/resources', namespace, name), query),
      );
    },
    exempt: async (resourceId, reason, expiresAt) => {
      const path = pathOf('/v1/exemptions', resourceId);
      if (reason === null) await call(z.unknown(), 'DELETE', path);
      else
        await call(
          z.unknown(),
          'PUT',
          path,
          {},
          { reason, ...(expiresAt !== null && { expiresAt }) },
        );
    },
    listStandings: list(views.Standing, '/v1/standings'),
    whatIf: (lose, clusterId) =>
      call(views.WhatIf, 'GET', '/v1/what-if', { lose, ...(clusterId !== null && { clusterId }) }),
    listObjectives: list(views.Objective, '/v1/objectives'),
    setObjective: async (scope, { rpoSeconds, rtoSeconds, reason }) => {
      const path = pathOf('/v1/objectives', ...placeOf(scope));
      const taken = rpoSeconds === null && rtoSeconds === null;
      if (taken) await call(z.unknown(), 'DELETE', path);
      else await call(z.unknown(), 'PUT', path, {}, { rpoSeconds, rtoSeconds, reason });
    },
    readRules: () => call(rules.JudgeRules, 'GET', '/v1/rules'),
    saveRule: ({ name, ...rule }) =>
      call(rules.RuleSaved, 'PUT', pathOf('/v1/rules', name), {}, rule),
    removeRule: async (name) => void (await call(z.unknown(), 'DELETE', pathOf('/v1/rules', name))),
    listRuleChanges: list(rules.RuleChange, '/v1/rule-changes'),
    readJudgeSettings: () => call(rules.JudgeSettingsView, 'GET', '/v1/judge-settings'),
    saveJudgeSettings: async (settings) =>
      void (await call(z.unknown(), 'PUT', '/v1/judge-settings', {}, settings)),
    backtest: (request) => call(BacktestReport, 'POST', '/v1/backtests', {}, request),
    readRevision: async () => (await status()).revision,
  };
}

/** The parts of the path to a scope's objective. */
function placeOf({ clusterId, namespace, resourceId }: views.ObjectiveScope): string[] {
  if (resourceId !== undefined) return ['resources', resourceId];
  if (clusterId === undefined) return ['all'];
  return ['clusters', clusterId, ...(namespace === undefined ? [] : ['namespaces', namespace])];
}

function pathOf(base: string, ...parts: string[]): string {
  return [base, ...parts.map(encodeURIComponent)].join('/');
}

function createCall(baseUrl: string, apiKey: string): Call {
  return async (reply, method, path, query = {}, body) => {
    const response = await send(baseUrl, apiKey, method, urlOf(baseUrl, path, query), body);
    const text = await response.text();
    const json: unknown = parseJson(text);
    if (!response.ok) throw problemOf(json, response.status);
    const parsed = reply.safeParse(text === '' ? null : json);
    if (parsed.success) return parsed.data;
    throw new AppError(
      'source-invalid',
      `the server at ${baseUrl} sent an answer this version does not understand`,
      {
        cause: parsed.error,
        nextStep: 'Server and command line should be of the same version.',
      },
    );
  };
}

function urlOf(baseUrl: string, path: string, query: object): URL {
  const url = new URL(path, baseUrl);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

function send(baseUrl: string, apiKey: string, method: string, url: URL, body: object | undefined) {
  const headers = new Headers({ authorization: `Bearer ${apiKey}`, accept: 'application/json' });
  if (body !== undefined) headers.set('content-type', 'application/json');
  const text = body === undefined ? null : JSON.stringify(body);
  return fetch(url, { method, headers, body: text, signal: AbortSignal.timeout(30_000) }).catch(
    (error: unknown) => {
      throw new AppError('store-unreachable', `the server at ${baseUrl} does not answer`, {
        cause: error,
        retryable: true,
        nextStep: 'Is it still running? Start it with `plimsoll serve`.',
      });
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const CODES = new Set([
  'invalid-input',
  'not-found',
  'conflict',
  'unauthenticated',
  'forbidden',
  'store-unreachable',
  'timeout',
]);

function problemOf(json: unknown, status: number): AppError {
  const parsed = ProblemDocument.safeParse(json);
  if (!parsed.success)
    return new AppError('internal', `the server answered ${status} without a problem document`);
  const { code, detail, title, nextStep } = parsed.data;
  return new AppError(codeOf(code), detail ?? title ?? `the server answered ${status}`, {
    ...(nextStep !== undefined && { nextStep }),
  });
}

function codeOf(code: string | undefined): AppError['code'] {
  // oxlint-disable-next-line no-unsafe-type-assertion -- CODES holds error codes only
  return code !== undefined && CODES.has(code) ? (code as AppError['code']) : 'internal';
}

async function orNull<T>(reply: Promise<T>): Promise<T | null> {
  return reply.catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not-found') return null;
    throw error;
  });
}
