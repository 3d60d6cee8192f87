import { setImmediate } from 'node:timers/promises';
import { backtest } from '../analyze/backtest/backtest.ts';
import type { BacktestInput } from '../analyze/backtest/backtest.ts';
import { SETTINGS, readKeptSettings, readSettings } from '../analyze/detectors/read-settings.ts';
import { whyNeverTrue } from '../analyze/rules/never-true.ts';
import { parseRule } from '../analyze/rules/parse-rule.ts';
import type { BacktestReport, BacktestRequest } from '../domain/backtest.ts';
import { AppError } from '../domain/error.ts';
import type { JudgeRules, RuleSource, SettingChanges } from '../domain/rule.ts';
import { DAY_MS } from '../domain/time.ts';
import type { UserStore } from '../store/port.ts';
import type { RuleBook } from './api.ts';
import { readHistory, readMarks } from './read-history.ts';

/** What one backtest reads and how long it judges; both keep the other requests served. */
const MOST_RUNS = 30_000;
const LONGEST_MS = 20_000;
/** A saved rule is tried on the newest. */
const TRIED_RUNS = 10_000;
const RANGE_MS = 90 * DAY_MS;
/** Runs before the range that teach what is usual. */
const WARM_UP_MS = 30 * DAY_MS;
/** Other work is let in this often. */
const TURN_MS = 25;

/** Rules and settings are checked before they are stored, and tried on the history the caller sees. */
export function createRuleBook(store: UserStore): RuleBook {
  async function tried(rule: RuleSource, at: Date): Promise<string | null> {
    const why = whyNeverTrue(parseRule(rule.when));
    if (why !== null) return `no run can ever meet it: ${why}`;
    const proposed = { settings: {}, rules: [rule] };
    const request = { ...proposed, until: at.toISOString() };
    const report = await run(request, at, () => {}, TRIED_RUNS).catch(untried);
    if (typeof report === 'string') return report;
    const { warnings } = report;
    const own = warnings.find(({ rule: name }) => name === rule.name);
    return own === undefined ? null : `not met in the last 90 days: ${own.reason}`;
  }

  async function run(
    request: BacktestRequest,
    now: Date,
    onProgress: (share: number) => void,
    most = MOST_RUNS,
  ): Promise<BacktestReport> {
    const stored = await store.readRules();
    const proposed = merged(stored, request);
    const settings = readSettings(proposed.settings, proposed.rules);
    const { since, until } = rangeOf(request, now);
    const from = new Date(since.getTime() - WARM_UP_MS);
    const history = await readHistory(store, { since: from, until }, most);
    const { jobs, truncated, watched } = history;
    const marks = await readMarks(store, since);
    const today = readKeptSettings(stored).settings;
    return judge(
      { jobs, today, proposed: settings, since, until, marks, truncated, watched },
      onProgress,
    );
  }

  return {
    async saveRule(rule, at) {
      readSettings({}, [rule]);
      await store.saveRule(rule, at);
      return { warning: await tried(rule, at) };
    },
    async readJudgeSettings() {
      const stored = await store.readRules();
      const { settings } = readKeptSettings(stored);
      const { changedAt, changedBy } = stored;
      const values = new Map<string, Record<string, unknown>>(Object.entries(settings));
      const items = SETTINGS.map((one) => ({
        ...one,
        value: Number(values.get(one.kind)?.[one.name]),
      }));
      return { changedAt, changedBy, items };
    },
    async saveJudgeSettings(settings, at) {
      readSettings(settings, []);
      await store.saveJudgeSettings(settings, at);
    },
    backtest: (request, now, onProgress = () => {}) => run(request, now, onProgress),
  };
}

/** The rule is saved: want of time to try it is no failure. */
function untried(error: unknown): string {
  if (error instanceof AppError && error.code === 'timeout')
    return 'there was no time to try it on history';
  throw error;
}

function merged(stored: JudgeRules, { settings, rules }: BacktestRequest) {
  const own: SettingChanges = { ...stored.settings };
  for (const [kind, values] of Object.entries(settings)) own[kind] = { ...own[kind], ...values };
  const names = new Set(rules.map(({ name }) => name));
  const kept = stored.rules
    .filter(({ name }) => !names.has(name))
    .map(({ changedAt: _at, changedBy: _by, ...rule }) => rule);
  return { settings: own, rules: [...kept, ...rules] };
}

function rangeOf(request: BacktestRequest, now: Date): { since: Date; until: Date } {
  const until = request.until === undefined ? now : new Date(request.until);
  const since =
    request.since === undefined ? new Date(until.getTime() - RANGE_MS) : new Date(request.since);
  if (since < until) return { since, until };
  throw new AppError('invalid-input', 'the range ends before it begins', {
    nextStep: 'Give a since before until.',
  });
}

async function judge(
  input: BacktestInput,
  onProgress: (share: number) => void,
): Promise<BacktestReport> {
  const work = backtest(input);
  const begun = performance.now();
  let turn = begun;
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    onProgress(step.value);
    const now = performance.now();
    if (now - begun > LONGEST_MS)
      throw new AppError('timeout', `the backtest was not done after ${LONGEST_MS / 1_000} s`, {
        nextStep: 'Ask for a shorter range, or replay a run file with plimsoll backtest --runs.',
      });
    if (now - turn < TURN_MS) continue;
    await setImmediate();
    turn = performance.now();
  }
}
