import type { RestoreRunFact } from '../../../domain/facts.ts';
import type { Outcome } from '../../../domain/words.ts';
import type { EngineContext } from '../../engine.ts';
import { claimId, restoreRunId } from './ids.ts';
import type { Restore } from './schema.ts';

/** A populator's Restore names no claim: the claims that name it tell. How old the data is, it does not say. */
export function restoreFactOf(
  object: Restore,
  outcome: Outcome,
  context: EngineContext,
): RestoreRunFact {
  const { metadata, spec, status } = object;
  const { namespace, name, uid } = metadata;
  const target = spec?.target?.pvc ?? spec?.target?.pvcRef;
  const claim = target?.name
    ? { namespace: target.namespace ?? namespace, name: target.name }
    : null;
  return {
    restoreRunId: restoreRunId(context, uid),
    engine: 'kopiur',
    kind: 'Restore',
    namespace,
    name,
    uid,
    resourceId: claim === null ? null : claimId(context, claim),
    outcome,
    imageTakenAt: null,
    startedAt: status?.timing?.startTime ?? metadata.creationTimestamp ?? null,
    endedAt: outcome === 'running' ? null : (status?.timing?.endTime ?? null),
    restoredBytes: status?.progress?.bytesRestored ?? null,
    message: messageOf(object, outcome),
  };
}

function messageOf({ status }: Restore, outcome: Outcome): string | null {
  if (outcome === 'empty') return 'no snapshot was found, and it went on with an empty volume';
  const { kopiaErrorClass, message } = status?.failure ?? {};
  const words = [kopiaErrorClass, message].filter((part) => part).join(': ');
  return words.slice(0, 2_048) || null;
}
