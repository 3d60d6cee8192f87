import type { BacktestReport, BacktestRequest } from '../domain/backtest.ts';
import type { JudgeSettingsView, RuleSaved, RuleSource, SettingChanges } from '../domain/rule.ts';
import type { WhatIf } from '../domain/views.ts';
import type { Caller, UserStore } from '../store/port.ts';

export type { Caller, PageQuery } from '../store/port.ts';

/** By what backups are judged, checked before it counts. */
export interface RuleBook {
  /** `warning`: why no run has met it, or ever can. AppError `invalid-input` names every mistake. */
  saveRule(rule: RuleSource, at: Date): Promise<RuleSaved>;
  /** Every setting there is, with its default and the value in force. */
  readJudgeSettings(): Promise<JudgeSettingsView>;
  /** All of them; AppError `invalid-input` names every mistake and the nearest right word. */
  saveJudgeSettings(settings: SettingChanges, at: Date): Promise<void>;
  /**
   * The stored history judged by today's settings and by the proposed ones. Reads the newest 30,000 runs at most; AppError
   * `timeout` after 20 s of judging.
   */
  backtest(
    request: BacktestRequest,
    now: Date,
    onProgress?: (share: number) => void,
  ): Promise<BacktestReport>;
}

/** What a signed-in person or script may read and do; every door shows this and nothing else. */
export interface Workspace
  extends Omit<UserStore, keyof RuleBook | 'listRunHistory' | 'listObservedWindows'>, RuleBook {
  /** What would be left if `lose`, as `kind:name`, were gone now. AppError `invalid-input`, `not-found`. */
  whatIf(lose: string, clusterId: string | null): Promise<WhatIf>;
}

export interface SignIn {
  /** Null for an unknown or ended key or session. */
  byApiKey(key: string): Promise<Caller | null>;
  bySession(token: string): Promise<Caller | null>;
  /** Spends a one-time link; null when it is unknown, spent or expired. */
  spendLink(token: string): Promise<{ sessionToken: string; expiresAt: Date } | null>;
  signOut(sessionToken: string): Promise<void>;
  /** A new one-time link for the caller; it lives one hour and works once. */
  createLink(caller: Caller): Promise<{ token: string; expiresAt: Date }>;
}

export interface HealthCheck {
  name: string;
  ok: boolean;
  text: string;
}

/** Everything the HTTP door needs, handed in by `compose.ts`. */
export interface Services {
  about: { version: string; demo: boolean };
  signIn: SignIn;
  as(caller: Caller): Workspace;
  /** For `/readyz`: store and collectors. */
  readiness(): Promise<HealthCheck[]>;
  /** For `/metrics`: Prometheus text format. */
  metrics(): Promise<string>;
}
