import { MEASURED_AFTER_DAYS, measureEffects } from '../advise/measure-effects.ts';
import { DAY_MS, HOUR_MS, TICK_MS } from '../domain/time.ts';
import type { SystemStore } from '../store/port.ts';
import type { JudgeMemory } from './judge-memory.ts';

/** What a run takes is the mean of so many days. */
const FIGURE_DAYS = 30;

export interface FollowDeps {
  store: Pick<SystemStore, 'readPolicyFigures' | 'readMergedAdvice' | 'saveAdviceEffects'>;
  tenantId: string;
  clusterId: string;
}

/**
 * Once for every hour of the cluster's time; where a stretch of the past is caught up with, once for every day of it.
 */
export function isFollowUpDue(
  { figures, judgedAt }: Pick<JudgeMemory, 'figures' | 'judgedAt'>,
  at: Date,
): boolean {
  if (figures === null || judgedAt === null) return true;
  const step = at.getTime() - judgedAt.getTime() > 2 * TICK_MS ? DAY_MS : HOUR_MS;
  return Math.floor(figures.at.getTime() / step) !== Math.floor(at.getTime() / step);
}

export async function readFigures(
  { store, tenantId, clusterId }: FollowDeps,
  at: Date,
): Promise<NonNullable<JudgeMemory['figures']>> {
  const since = new Date(at.getTime() - FIGURE_DAYS * DAY_MS);
  const rows = await store.readPolicyFigures(tenantId, clusterId, since);
  return { at, byPolicy: new Map(rows.map((row) => [row.policyId, row])) };
}

/** Measures merged recommendations whose time has come, and stores what they have done. */
export async function measureAdvice(
  { store, tenantId, clusterId }: FollowDeps,
  at: Date,
): Promise<void> {
  const merged = await store.readMergedAdvice(tenantId, clusterId, at, MEASURED_AFTER_DAYS);
  if (merged.length === 0) return;
  const effects = merged.map((advice) => measureEffects(advice, at));
  await store.saveAdviceEffects(tenantId, clusterId, effects);
}
