import { SECOND_MS } from '../../domain/time.ts';
import { isJson } from '../api/world-object.ts';
import type { WorldEvent } from '../home/world-event.ts';
import { instantAt, policyIn, textAt, type WorldBook } from './world-book.ts';
import type { WorldRun } from './world-runs.ts';

const OUTCOMES: Record<string, WorldRun['outcome']> = {
  Completed: 'success',
  PartiallyFailed: 'partial',
  Failed: 'failed',
  FailedValidation: 'refused',
};
/** A mover's pod goes with its DataUpload's exposure. */
const KEPT_MS = 60 * SECOND_MS;

/** A Schedule as made or removed, a Backup as it ended. */
export function noteVelero(book: WorldBook, { at, change, object }: WorldEvent): void {
  const { namespace = '', name, labels } = object.metadata;
  if (object.kind === 'Schedule') {
    policyIn(book, 'velero', namespace, name).goneAt = change === 'delete' ? at : Infinity;
    return;
  }
  const outcome = OUTCOMES[textAt(object, 'status', 'phase')];
  const schedule = labels?.['velero.io/schedule-name'];
  if (change === 'delete' || outcome === undefined || schedule === undefined) return;
  const endedAt = instantAt(object, 'status', 'completionTimestamp') ?? at;
  const startedAt = instantAt(object, 'status', 'startTimestamp') ?? endedAt;
  policyIn(book, 'velero', namespace, schedule).runs.push({ startedAt, endedAt, outcome });
}

/** A data mover's pod is named as its DataUpload. */
export function noteDataUpload(book: WorldBook, { change, object }: WorldEvent): void {
  const span = spanOf({ change, object });
  if (span === null) return;
  const { status } = object;
  const sent = isJson(status) ? status['incrementalBytes'] : null;
  book.movers.push({
    namespace: object.metadata.namespace ?? '',
    pod: object.metadata.name,
    container: 'data-upload',
    ...span,
    sentBytes: typeof sent === 'number' ? sent : null,
    keptMs: KEPT_MS,
  });
}

/** Files are moved by the agent of the pod's node. */
export function notePodVolume(book: WorldBook, { change, object }: WorldEvent): void {
  const span = spanOf({ change, object });
  if (span !== null) book.agents.push({ node: textAt(object, 'spec', 'node'), ...span });
}

function spanOf({ change, object }: Pick<WorldEvent, 'change' | 'object'>) {
  const startedAt = instantAt(object, 'status', 'startTimestamp');
  const endedAt = instantAt(object, 'status', 'completionTimestamp');
  return change === 'delete' || startedAt === null || endedAt === null
    ? null
    : { startedAt, endedAt };
}

export function noteLocation({ locations }: WorldBook, { at, object }: WorldEvent): void {
  const { name } = object.metadata;
  const available = textAt(object, 'status', 'phase') === 'Available';
  const known = locations.get(name);
  if (known === undefined) locations.set(name, { name, phases: [{ from: at, available }] });
  else if (known.phases.at(-1)?.available !== available) known.phases.push({ from: at, available });
}
