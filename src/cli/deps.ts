import type { BacktestReport, BacktestRequest } from '../domain/backtest.ts';
import type { Workspace } from '../services/api.ts';

/** An open way to the facts: a running server over HTTP, or the store itself. */
export interface Connection {
  workspace: Workspace;
  /** For people, e.g. `server at http://127.0.0.1:7466`. */
  via: string;
  demo: boolean;
  close(): Promise<void>;
}

export interface CollectReport {
  cluster: string;
  observedAt: Date | null;
  problems: { source: string; message: string; nextStep: string }[];
  error: string | null;
}

export interface Check {
  check: string;
  ok: boolean | 'unknown';
  text: string;
  nextStep: string | null;
}

export interface CheckGroup {
  name: string;
  checks: Check[];
}

export const DEMO_NAMES = ['home', 'company'] as const;
export type DemoName = (typeof DEMO_NAMES)[number];

export interface ServeOptions {
  /** `auto`: the demo only where no kubeconfig is found. */
  world: 'auto' | 'demo';
  /** Which demo world; the one begun before, or the home, when left out. */
  demo?: DemoName;
  reset?: boolean;
  seed?: number;
  speed?: number;
}

export interface AnalyzeOptions {
  until?: Date;
  onProblem(lineNumber: number, message: string): void;
}

export interface BacktestOptions {
  onProblem(lineNumber: number, message: string): void;
  /** Share done, 0..1. */
  onProgress(share: number): void;
}

export interface ForecastOptions {
  missed: boolean;
  onProblem(lineNumber: number, message: string): void;
}

export interface DetectOptions {
  timestamp: string;
  value: string;
  onProblem(lineNumber: number, message: string): void;
}

export interface Out {
  write(text: string): void;
  isTerminal: boolean;
  columns: number;
}

/** What commands start; handed in by the door, so that no command knows how anything is wired. */
export interface CliDeps {
  connect(): Promise<Connection>;
  /** Resolves when the server was asked to stop and has ended cleanly. */
  serve(options: ServeOptions): Promise<void>;
  collectOnce(onProgress: (text: string) => void): Promise<CollectReport[]>;
  migrate(): Promise<{
    applied: string[];
    already: number;
    /** Null when a running server holds the database. */
    schemaVersion: number | null;
    database: string;
  }>;
  doctor(): Promise<CheckGroup[]>;
  /** Findings as they would have been raised, one object a line. */
  analyze(lines: AsyncIterable<string>, options: AnalyzeOptions): AsyncIterable<object>;
  /** A run file judged by the default settings and by the proposed ones. */
  backtest(
    lines: AsyncIterable<string>,
    request: BacktestRequest,
    options: BacktestOptions,
  ): Promise<BacktestReport>;
  /** The probability stated before each run, one object a line. */
  forecast(lines: AsyncIterable<string>, options: ForecastOptions): AsyncIterable<object>;
  /** One CSV line for each row of a series. */
  detect(lines: AsyncIterable<string>, options: DetectOptions): AsyncIterable<string>;
  createSignInLink(): Promise<{ url: string; expiresAt: Date }>;
  openRuns(path: string): AsyncIterable<string>;
  now(): Date;
  out: Out;
  err: Out;
}
