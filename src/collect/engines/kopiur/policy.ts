import { INTERVAL_FROM, intervalSeconds } from '../../../analyze/schedules/due-times.ts';
import type {
  LabelSelector,
  PolicyFact,
  Schedule as When,
  Selection,
} from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import { drawnCron } from './drawn-cron.ts';
import { policyId, referredRepository, repositoryId } from './ids.ts';
import type { Selector, SnapshotPolicy, SnapshotSchedule } from './schema.ts';

/** A SnapshotPolicy as read. */
export interface Recipe {
  object: SnapshotPolicy;
  dropped: string[];
  /** The cluster's time when it was read. */
  observedAt: Date;
}

/** A SnapshotPolicy says what, its SnapshotSchedules say when: of several, the most frequent speaks for the policy. */
export function policyFactOf(
  { object, dropped, observedAt }: Recipe,
  schedules: SnapshotSchedule[],
  context: EngineContext,
): PolicyFact {
  const { metadata, spec, status } = object;
  const running = schedules.filter((one) => !one.spec?.schedule?.suspend);
  const repository = referredRepository(spec?.repository, metadata.namespace);
  const paused = spec?.suspend === true || (schedules.length > 0 && running.length === 0);
  const lastSuccessAt = status?.lastSuccessfulSnapshot ?? null;
  return {
    policyId: policyId(context, metadata),
    engine: 'kopiur',
    kind: 'SnapshotPolicy',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    createdAt: metadata.creationTimestamp ?? null,
    labels: metadata.labels ?? {},
    schedule: mostFrequent(running.length > 0 ? running : schedules, context),
    paused,
    selection: selectionOf(object, dropped),
    method: 'kopia',
    repositoryId: repository === null ? null : repositoryId(context, repository),
    keep: keepOf(object),
    problem: paused ? null : problemOf(object),
    lastSuccessAt: lastSuccessAt !== null && lastSuccessAt <= observedAt ? lastSuccessAt : null,
    memory: null,
  };
}

function mostFrequent(schedules: SnapshotSchedule[], context: EngineContext): When {
  const ranked = schedules
    .map((one) => ({ name: one.metadata.name, when: whenOf(one, context) }))
    .map((one) => ({ ...one, gap: intervalSeconds(one.when, INTERVAL_FROM) ?? Infinity }))
    .sort((a, b) => a.gap - b.gap || (a.name < b.name ? -1 : 1));
  return ranked[0]?.when ?? { type: 'manual' };
}

/** Zone and jitter may be inherited from the repository; `nextSchedule` tells what holds. */
function whenOf({ spec, status }: SnapshotSchedule, context: EngineContext): When {
  const declared = spec?.schedule;
  if (!declared?.cron) return { type: 'manual' };
  const next = status?.nextSchedule;
  const timeZone = declared.timezone ?? next?.timezone ?? context.timeZone;
  const jitter = declared.jitter ?? next?.jitter ?? null;
  const expression = drawnCron(declared.cron, { at: next?.at ?? null, jitter, timeZone });
  return { type: 'cron', expression, timeZone, dialect: 'kopiur' };
}

/** The only claim a policy names; null when it takes several, or selects them. */
export function onlyClaimOf({ spec }: SnapshotPolicy): string | null {
  const [source, ...more] = spec?.sources ?? [];
  return more.length === 0 ? (source?.pvc?.name ?? null) : null;
}

function selectionOf({ metadata, spec, status }: SnapshotPolicy, dropped: string[]): Selection {
  const { namespace } = metadata;
  const sources = spec?.sources ?? [];
  if (dropped.some((path) => path.startsWith('spec')))
    return { type: 'unknown', reason: 'spec was not understood' };
  const names = sources.flatMap(({ pvc }) => pvc?.name ?? []);
  const selectors = sources.flatMap(({ pvcSelector }) => pvcSelector ?? []);
  const [only, ...more] = selectors;
  if (only === undefined) return { type: 'claims', namespace, names };
  if (more.length === 0 && names.length === 0) {
    const found = only.namespaceSelector?.matchNames ?? [];
    return {
      type: 'namespaces',
      include: found.length > 0 ? found : [namespace],
      exclude: [],
      labelSelectors: only.labelSelector ? [labelSelectorOf(only.labelSelector)] : [],
      excludeLabels: {},
      claimsIncluded: true,
      volumes: 'data-mover',
    };
  }
  const resolved = (status?.resolved?.sources ?? []).map(({ pvc }) => pvc?.split('/') ?? []);
  return resolved.length > 0 && resolved.every(([at]) => at === namespace)
    ? { type: 'claims', namespace, names: resolved.flatMap(([, name]) => name ?? []) }
    : { type: 'unknown', reason: 'its sources are several selectors, not resolved yet' };
}

export function labelSelectorOf({ matchLabels, matchExpressions }: Selector): LabelSelector {
  return {
    matchLabels: matchLabels ?? {},
    matchExpressions: (matchExpressions ?? []).map(({ key, operator, values }) => ({
      key,
      operator,
      values: values ?? [],
    })),
  };
}

/** `keepDaily: 7` becomes `daily: 7`. */
function keepOf({ spec }: SnapshotPolicy): PolicyFact['keep'] {
  const rules = Object.entries(spec?.retention ?? {}).flatMap(([key, value]) =>
    key.startsWith('keep') ? [[key.slice(4).toLowerCase(), value] as const] : [],
  );
  return rules.length === 0 ? null : Object.fromEntries(rules);
}

function problemOf({ status }: SnapshotPolicy): string | null {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'False') return null;
  return (ready.message || ready.reason || 'not ready').slice(0, 2_048);
}
