import type { JudgeRules, Rule, RunHistory, SettingChanges } from '../../src/domain/rule.ts';

export interface FakeRules {
  rules: Map<string, Rule>;
  settings: SettingChanges;
}

export function rulesOf({ rules, settings }: FakeRules): JudgeRules {
  return { settings, changedAt: null, changedBy: null, rules: [...rules.values()] };
}

/** Twenty nights of one policy in November 2026; the tenth failed. */
export const HISTORY: RunHistory[] = Array.from({ length: 20 }, (_, index) => {
  const day = `2026-11-${String(20 - index).padStart(2, '0')}`;
  return {
    runId: `run-${day}`,
    clusterId: 'home',
    engine: 'volsync',
    policy: 'media/photos',
    resource: 'media/photos',
    schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC' },
    startedAt: `${day}T02:00:41.000Z`,
    endedAt: `${day}T02:31:10.000Z`,
    outcome: index === 10 ? 'failed' : 'success',
    logicalBytes: 421e9,
    addedBytes: 91e6,
    files: null,
    errorText: index === 10 ? 'Fatal: wrong password or no key found' : null,
    fullRead: false,
    volumes: [],
  };
});
