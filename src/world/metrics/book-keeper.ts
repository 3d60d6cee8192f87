import { DAY_MS } from '../../domain/time.ts';
import type { WorldEvent } from '../home/world-event.ts';
import { noteCronjob, noteJob } from './note-jobs.ts';
import { noteCnpg, noteK8up, noteKopiur, noteLonghorn } from './note-operators.ts';
import { noteDataUpload, noteLocation, notePodVolume, noteVelero } from './note-velero.ts';
import { noteSource } from './note-volsync.ts';
import { textAt, type WorldBook } from './world-book.ts';

export interface BookKeeper {
  book: WorldBook;
  /** In time order. What ended long before the event is forgotten. */
  note: (event: WorldEvent) => void;
}

/** How long what has ended is remembered, at least; the retention of the world's metrics. */
export const REMEMBERED_MS = 15 * DAY_MS;
/** Between two cleanings. */
const CLEAN_EVERY_MS = DAY_MS;
/** A life may be asked for its next event long before that happens: one of a weekly policy a week. */
const AHEAD_MS = 8 * DAY_MS;

type Note = (book: WorldBook, event: WorldEvent) => void;

const NOTES: Readonly<Record<string, Note>> = {
  replicationsources: noteSource,
  schedules: noteVelero,
  backups: noteVelero,
  datauploads: noteDataUpload,
  podvolumebackups: notePodVolume,
  backupstoragelocations: noteLocation,
  'snapshots.kopiur.home-operations.com': noteKopiur,
  'backups.k8up.io': noteK8up,
  'backups.postgresql.cnpg.io': noteCnpg,
  'backups.longhorn.io': noteLonghorn,
  cronjobs: noteCronjob,
  jobs: noteJob,
  persistentvolumeclaims: noteClaim,
};

export function createBookKeeper(): BookKeeper {
  const book: WorldBook = {
    policies: new Map(),
    movers: [],
    agents: [],
    claims: new Map(),
    jobs: new Map(),
    locations: new Map(),
    volumes: new Map(),
    begun: new Map(),
  };
  let cleanedAt = Number.NEGATIVE_INFINITY;
  return {
    book,
    note(event) {
      NOTES[event.plural]?.(book, event);
      if (event.at - cleanedAt < CLEAN_EVERY_MS) return;
      cleanedAt = event.at;
      clean(book, event.at - AHEAD_MS - REMEMBERED_MS);
    },
  };
}

/** The last success of a policy stays, however old: gauges tell of it for ever. */
function clean(book: WorldBook, limit: number): void {
  for (const policy of book.policies.values()) {
    const last = policy.runs.findLastIndex(
      ({ endedAt, outcome }) => endedAt < limit && outcome === 'success',
    );
    if (last > 0) policy.runs.splice(0, last);
  }
  for (const volume of book.volumes.values()) {
    const last = volume.backupsAt.findLastIndex((at) => at < limit);
    if (last > 0) volume.backupsAt.splice(0, last);
  }
  book.movers = book.movers.filter(({ endedAt }) => endedAt >= limit);
  book.agents = book.agents.filter(({ endedAt }) => endedAt >= limit);
  for (const [key, { goneAt }] of book.jobs) if (goneAt < limit) book.jobs.delete(key);
}

function noteClaim({ claims }: WorldBook, { at, change, object }: WorldEvent): void {
  const { namespace = '', name } = object.metadata;
  const key = `${namespace}/${name}`;
  const known = claims.get(key);
  if (change === 'delete') {
    if (known !== undefined) known.goneAt = at;
    return;
  }
  const capacityBytes = gibibytesOf(textAt(object, 'status', 'capacity', 'storage'));
  const bornAt = known === undefined || known.goneAt < at ? at : known.bornAt;
  claims.set(key, { namespace, name, capacityBytes, bornAt, goneAt: Infinity });
}

/** `16Gi`, the only way this world writes sizes. */
function gibibytesOf(size: string): number {
  return (Number.parseFloat(size) || 0) * 1_024 ** 3;
}
