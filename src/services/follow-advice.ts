import { MEASURED_AFTER_DAYS, measureEffects } from '../advise/measure-effects.ts';
import { DAY_MS, HOUR_MS } from '../domain/time.ts';
import type { SystemStore } from '../store/port.ts';
import type { JudgeMemory } from './judge-memory.ts';

/** What a run takes is the mean of so many days. */
const FIGURE_DAYS = 30;

export interface FollowDeps {
  store: Pick<SystemStore, 'readPolicyFigures' | 'readMergedAdvice' | 'saveAdviceEffects'>;
  tenantId: string;
  clusterId: string;
}

/** Once for every hour of the cluster's time, whatever the number of passes. */
export function isFollowUpDue({ figures }: Pick<JudgeMemory, 'figures'>, at: Date): boolean {
  return figures === null || hourOf(figures.at) !== hourOf(at);
}

function hourOf(instant: Date): number {
  return Math.floor(instant.getTime() / HOUR_MS);
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
