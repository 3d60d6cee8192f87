import type { AdviceInput } from '../advise/advice-input.ts';
import type { CoveredView } from '../analyze/cluster/view.ts';
import type { WrittenRisk } from '../analyze/risk.ts';
import { dueTimes } from '../analyze/schedules/due-times.ts';
import type { Schedule } from '../domain/facts.ts';
import type { PolicyFigures } from '../domain/judgement.ts';
import { DAY_MS, MINUTE_MS } from '../domain/time.ts';

/** What the recommenders rest on, from a view and the scores as stored. */
export function buildAdviceInput(
  view: CoveredView,
  risks: ReadonlyMap<string, WrittenRisk>,
  figures: ReadonlyMap<string, PolicyFigures>,
): AdviceInput {
  const { index } = view;
  return {
    clusterId: view.clusterId,
    claims: index.claims.map(({ resourceId, namespace, name }) => ({
      resourceId,
      namespace,
      name,
      coverage: view.coverage.get(resourceId)!,
      risk: risks.get(resourceId)!,
      rpoSeconds: index.objectives.get(resourceId)?.rpo?.seconds ?? null,
    })),
    policies: index.policies.map((fact) => ({
      fact,
      intervalSeconds: view.intervalOf(fact),
      dueMinutes: dueMinutesOf(fact.schedule),
      resourceIds: (index.claimsOf.get(fact.policyId) ?? []).map((claim) => claim.resourceId),
      figures: figures.get(fact.policyId) ?? null,
      failureChance: view.failureChance?.(fact.policyId, '') ?? null,
    })),
    findings: [...view.findings.values()],
  };
}

/** An ordinary week that begins on a Monday, far from any change of clocks. */
const WEEK_FROM = Date.UTC(2026, 0, 5);
const known = new Map<string, readonly number[]>();

/** Minutes of that week at which a cron schedule is due; what an expression means never changes. */
function dueMinutesOf(schedule: Schedule): readonly number[] {
  if (schedule.type !== 'cron') return [];
  const key = `${schedule.dialect} ${schedule.timeZone} ${schedule.expression}`;
  let minutes = known.get(key);
  if (minutes === undefined) {
    if (known.size >= 2_000) known.clear();
    const [after, until] = [new Date(WEEK_FROM - 1), new Date(WEEK_FROM + 7 * DAY_MS - 1)];
    minutes = [...dueTimes(schedule, after, until)].map((due) =>
      Math.floor((due.getTime() - WEEK_FROM) / MINUTE_MS),
    );
    known.set(key, minutes);
  }
  return minutes;
}
