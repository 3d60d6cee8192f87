import type {
  LabelSelector,
  PolicyFact,
  Schedule as When,
  Selection,
} from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import { addressOf } from './address.ts';
import { repositoryId, schedulePolicyId } from './ids.ts';
import type { Schedule } from './schema.ts';

/** The annotation by default (`BACKUP_ANNOTATION` of the operator), and the one of K8up 0. */
export const BACKUP_ANNOTATIONS = ['k8up.io/backup', 'k8up.syn.tools/backup'];
const FAILURES = /Failed$/;

/** The repository a Schedule's backups go to; null when the operator's global settings say. */
export function scheduleAddress({ spec }: Schedule): string | null {
  return addressOf(spec?.backup?.backend) ?? addressOf(spec?.backend);
}

/** A Schedule that backs up as a policy; null when it only prunes and checks. */
export function policyFactOf(
  object: Schedule,
  dropped: string[],
  context: EngineContext,
): PolicyFact | null {
  const { metadata, spec } = object;
  const blind = dropped.some((path) => path.startsWith('spec'));
  if (!spec?.backup && !blind) return null;
  const address = scheduleAddress(object);
  const { namespace } = metadata;
  return {
    policyId: schedulePolicyId(context, metadata),
    engine: 'k8up',
    kind: 'Schedule',
    namespace,
    name: metadata.name,
    uid: metadata.uid,
    createdAt: metadata.creationTimestamp ?? null,
    labels: metadata.labels ?? {},
    schedule: whenOf(object, context),
    paused: false,
    // A filter that could not be read must not widen what counts as covered.
    selection: blind ? { type: 'unknown', reason: 'spec was not understood' } : selectionOf(object),
    method: 'restic',
    repositoryId: address === null ? null : repositoryId(context, { namespace, name: address }),
    keep: keepOf(object),
    problem: problemOf(object),
    lastSuccessAt: null,
    memory: null,
  };
}

/** `@daily-random` and its like are drawn once per Schedule; the status says what came out. */
function whenOf({ spec, status }: Schedule, { timeZone }: EngineContext): When {
  const declared = spec?.backup?.schedule;
  if (!declared) return { type: 'manual' };
  const drawn = status?.effectiveSchedules?.find(({ jobType }) => jobType === 'backup');
  const random = declared.endsWith('-random');
  const expression = (random && drawn?.generatedSchedule) || declared;
  return { type: 'cron', expression, timeZone, dialect: 'k8up' };
}

function selectionOf({ metadata, spec }: Schedule): Selection {
  return {
    type: 'namespaces',
    include: [metadata.namespace],
    exclude: [],
    labelSelectors: (spec?.backup?.labelSelectors ?? []).map(
      ({ matchLabels, matchExpressions }): LabelSelector => ({
        matchLabels: matchLabels ?? {},
        matchExpressions: (matchExpressions ?? []).map(({ key, operator, values }) => ({
          key,
          operator,
          values: values ?? [],
        })),
      }),
    ),
    excludeLabels: {},
    claimsIncluded: true,
    volumes: 'mounted',
    annotations: BACKUP_ANNOTATIONS,
  };
}

/** What the Schedule's prunes keep: `keepDaily: 7` becomes `daily: 7`. */
function keepOf({ spec }: Schedule): PolicyFact['keep'] {
  const rules = Object.entries(spec?.prune?.retention ?? {}).flatMap(([key, value]) =>
    typeof value === 'number' && value > 0 ? [[key.slice(4).toLowerCase(), value] as const] : [],
  );
  return rules.length === 0 ? null : Object.fromEntries(rules);
}

function problemOf({ status }: Schedule): string | null {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'False' || !FAILURES.test(ready.reason ?? '')) return null;
  return (ready.message || ready.reason || '').slice(0, 2_048);
}
