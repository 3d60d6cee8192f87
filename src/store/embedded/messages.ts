import type { DatabaseFailure } from '../store-error.ts';

/** What the thread is started with. */
export interface WorkerSetup {
  directory: string;
  /** Below this much free space nothing is written. */
  reservedBytes: number;
}

/** What the main thread asks of the database's thread. Each request gets exactly one answer with its number. */
export type WorkerRequest =
  | {
      type: 'call';
      id: number;
      role: string;
      claims: string;
      name: string;
      argumentNames: string[];
      values: unknown[];
    }
  | { type: 'query'; id: number; sql: string; parameters: unknown[]; transaction: number | null }
  | { type: 'exec'; id: number; sql: string; transaction: number | null }
  | { type: 'begin'; id: number }
  | { type: 'end'; id: number; transaction: number; commit: boolean }
  | { type: 'close'; id: number };

export type WorkerAnswer =
  | { type: 'opened' }
  | { type: 'open-failed'; failure: DatabaseFailure }
  | { type: 'done'; id: number; value: unknown }
  | { type: 'failed'; id: number; failure: DatabaseFailure };
