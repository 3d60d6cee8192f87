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
/** The oldest make room. */
const MOST = 1_000;
const MAX_TEXT = 500;

export const isPendingKey = (key: string): boolean => key.startsWith(PREFIX);

/**
 * Notes that such a run has begun or ended; returns the keys of the records it touched. A success ends older ones of
 * its claim and engine too: what held them up is over, and one may have gone while nobody watched.
 */
export function rememberPending(pending: Map<string, PendingRun>, run: RunFact): string[] {
  const { runId, resourceId, engine, namespace, name } = run;
  const key = `${PREFIX}${runId}`;
  const open = run.outcome === 'running';
  if (resourceId === null) return [];
  const startedAt = run.startedAt.getTime();
  const over =
    run.outcome === 'success'
      ? closeWhere(
          pending,
          (one) =>
            one.resourceId === resourceId && one.engine === engine && one.startedAt < startedAt,
        )
      : [];
  if (!open && !pending.has(key)) return over;
  const errorText = run.errorText?.slice(0, MAX_TEXT) ?? null;
  const identity = { runId, policyId: null, resourceId, engine, namespace, name };
  pending.set(key, { ...identity, startedAt, errorText, open });
  return [key, ...over, ...closeOldest(pending)];
}

function closeWhere(
  pending: Map<string, PendingRun>,
  isOver: (run: PendingRun) => boolean,
): string[] {
  const over = [...pending].filter(([, run]) => run.open && isOver(run));
  for (const [key, run] of over) pending.set(key, { ...run, open: false });
  return over.map(([key]) => key);
}

function closeOldest(pending: Map<string, PendingRun>): string[] {
  if (pending.size <= MOST) return [];
  const starts = [...pending.values()].flatMap(({ open, startedAt }) => (open ? startedAt : []));
  const first = starts.sort((a, b) => b - a)[MOST - 1] ?? 0;
  return closeWhere(pending, ({ startedAt }) => startedAt < first);
}
