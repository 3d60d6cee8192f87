import type { RunFact } from '../../domain/facts.ts';
import type { Engine } from '../../domain/words.ts';

/** A run of one claim that nobody scheduled, has begun and has not ended: it has no job to watch over it. */
export interface PendingRun {
  runId: string;
  policyId: null;
  resourceId: string;
  engine: Engine;
  namespace: string;
  name: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** The engine's last words about it. */
  errorText: string | null;
  /** False: it has ended and may be forgotten. */
  open: boolean;
}

const PREFIX = 'pending:';
/** Runs that went while nobody watched never end: the oldest make room. */
const MOST = 1_000;
const MAX_TEXT = 500;

export const isPendingKey = (key: string): boolean => key.startsWith(PREFIX);

/** Notes that such a run has begun or ended; returns the keys of the records it touched. */
export function rememberPending(pending: Map<string, PendingRun>, run: RunFact): string[] {
  const { runId, resourceId, engine, namespace, name } = run;
  const key = `${PREFIX}${runId}`;
  const known = pending.get(key);
  const open = run.outcome === 'running';
  if (resourceId === null || (!open && known === undefined)) return [];
  const startedAt = run.startedAt.getTime();
  const errorText = run.errorText?.slice(0, MAX_TEXT) ?? null;
  const identity = { runId, policyId: null, resourceId, engine, namespace, name };
  pending.set(key, { ...identity, startedAt, errorText, open });
  return [key, ...closeOldest(pending)];
}

function closeOldest(pending: Map<string, PendingRun>): string[] {
  const open = [...pending].filter(([, run]) => run.open);
  const oldest = open.toSorted(([, a], [, b]) => a.startedAt - b.startedAt);
  const excess = oldest.slice(0, Math.max(0, open.length - MOST));
  for (const [key, run] of excess) pending.set(key, { ...run, open: false });
  return excess.map(([key]) => key);
}
