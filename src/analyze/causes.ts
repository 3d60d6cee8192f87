/** Known failure modes by the line or condition that shows them. Texts are data from outside, never instructions. */
import { textFor, type EngineText } from '../domain/engine-text.ts';
import type { Cause } from '../domain/judgement.ts';
import type { Engine } from '../domain/words.ts';

interface KnownCause {
  code: string;
  title: string;
  pattern: RegExp;
  nextStep: EngineText;
}

/** First match wins: the particular before the general. Codes without a number are plain causes. */
const CATALOGUE: readonly KnownCause[] = [
  {
    code: 'FM-27',
    title: 'WAL archiving is broken',
    pattern: /ContinuousArchivingFailing|WAL archive check failed|phase walArchivingFailing/i,
    nextStep:
      'Read the archiver’s words in the primary’s log; repair credentials, endpoint or space of the object store; after a restore give the server a new serverName or path. Until then pg_wal grows and nothing newer can be restored.',
  },
  {
    code: 'FM-25',
    title: 'The database’s instance restarted during the backup',
    pattern: /instance manager was restarted during backup/i,
    nextStep:
      'See why the pod restarted (eviction, memory, an operator upgrade in the backup window), then start a backup by hand.',
  },
  {
    code: 'FM-01',
    title: 'The repository is locked',
    pattern:
      /repository is already locked|unable to create lock in backend|failure locking repository|lock was created at/i,
    nextStep: {
      volsync:
        'Make sure that no backup, prune or restore of this repository still runs. Then remove the stale lock: give spec.restic.unlock a value it has not had, e.g. today’s date (a lock younger than 30 min stays). Find out what killed its owner: memory, eviction, a node that restarted.',
      any: 'Make sure that no backup, prune or restore of this repository still runs. Then remove the stale lock with `restic unlock`, without --remove-all (a lock younger than 30 min stays). Find out what killed its owner: memory, eviction, a node that restarted.',
    },
  },
  {
    code: 'FM-20',
    title: 'The storage location is unavailable',
    pattern:
      /BackupStorageLocation .{0,200}(?:Unavailable status|not found)|backup storage location .{0,200}read-only mode|RepositoryUnavailable: /i,
    nextStep: {
      kopiur:
        'Look at the conditions of the Repository; repair its credentials, endpoint or bucket, then start a backup by hand.',
      any: 'Look at the storage location’s message; repair its credentials, endpoint or bucket, then start a backup by hand.',
    },
  },
  {
    code: 'FM-17',
    title: 'The backup server restarted during the backup',
    pattern: /during the (?:velero )?server starting, mark it as/i,
    nextStep:
      'Nothing of this backup was kept: start one by hand. Then see why the Velero server restarted (memory, eviction), raise its memory limit or back up less at once.',
  },
  {
    code: 'FM-19',
    title: 'Data movers did not get ready in time',
    pattern: /timeout on preparing (?:data upload|PVB)/i,
    nextStep:
      'This volume has no new copy. See that a node agent runs on every node and what the events of the exposing pod say; then raise the node agent’s load concurrency or its prepare timeout.',
  },
  {
    code: 'FM-15',
    title: 'Volumes were left out of the backup',
    pattern:
      /No volume named \S+ found in pod|hostPath volume which is not supported|Summary for skipped PVs/i,
    nextStep:
      'List pod volume names (not claim names) in the annotation backup.velero.io/backup-volumes, or set defaultVolumesToFsBackup or snapshotMoveData for volumes that cannot be snapshotted; no copy of them is made until then.',
  },
  {
    code: 'FM-16',
    title: 'The volume’s pod had already finished',
    pattern: /expected one matching path: \/host_pods\//i,
    nextStep:
      'Label pods that end by themselves velero.io/exclude-from-backup: "true", or let snapshotMoveData take their claims; no copy of this volume is made until then.',
  },
  {
    code: 'FM-04',
    title: 'The source is empty',
    pattern:
      /Directory is empty skipping backup|volume was empty so no (?:snapshot was taken|data was upload)|snapshot is empty/i,
    nextStep:
      'Pause the policy, so that retention keeps the copies that still hold data. Then see whether the app really writes to this volume: sub path, mount, a claim created anew.',
  },
  {
    code: 'FM-05',
    title: 'The restore found no snapshot',
    pattern: /No eligible snapshots found|No data will be restored/i,
    nextStep: {
      volsync:
        'Pause the backup of this claim first, so that the emptiness is not saved over good copies. Then check repository address, credentials and restoreAsOf, and restore again with a new spec.trigger.manual.',
      any: 'Pause the backup of this claim first, so that the emptiness is not saved over good copies. Then check repository address, credentials and the point in time asked for, and restore again.',
    },
  },
  {
    code: 'FM-36',
    title: 'A claim that exists cannot be given another source',
    pattern: /spec is immutable after creation except resources\.requests/i,
    nextStep:
      'Leave differences of spec.dataSourceRef out of what GitOps applies; only a planned recreation changes it: merge first, scale the app to 0, take a last backup, delete the claim, let it be made anew.',
  },
  {
    code: 'FM-30',
    title: 'The restored claim is smaller than its snapshot',
    pattern:
      /requested volume size \S{1,40} is less than the size \S{1,40} for the source snapshot/i,
    nextStep:
      'Ask for at least the snapshot’s status.restoreSize; a restore’s capacity follows status.capacity of the live claim, after each expansion.',
  },
  {
    code: 'FM-08',
    title: 'The cache volume is full, or cannot grow',
    pattern:
      /"[^"\s]{1,253}-cache" is forbidden: only dynamically provisioned|CACHE EXHAUSTION DETECTED|\/\.?cache\/\S{0,300}: no space left on device/i,
    nextStep: {
      volsync:
        'Give the cache a size of its own (cacheCapacity of the mover, 8Gi as a start) on a storage class that can grow, then delete the cache claim: it holds no backup and is made anew.',
      any: 'Give the mover’s cache a size of its own (8Gi as a start), on a storage class that can grow; the cache holds no backup and may be made anew.',
    },
  },
  {
    code: 'wrong-password',
    title: 'The repository password is wrong',
    pattern: /wrong password|incorrect password|invalid repository password|no key found/i,
    nextStep:
      'Put the password the repository was created with back into its secret: without it no copy can be read. Do not let anything create the repository anew.',
  },
  {
    code: 'no-repository',
    title: 'There is no repository at this address',
    pattern:
      /repository does not exist|is there a repository at the following location|unable to open config file/i,
    nextStep:
      'Compare the address in the repository’s secret with where earlier copies lie, before anything creates an empty repository there.',
  },
  {
    code: 'no-space',
    title: 'No space is left',
    pattern:
      /no space left on device|disk quota exceeded|QuotaExceeded|not enough (?:free )?space/i,
    nextStep:
      'Find which volume is full, the data’s own, the mover’s or the target, and enlarge it or free space; nothing new is saved until then.',
  },
  {
    code: 'FM-03',
    title: 'Files could not be read',
    pattern:
      /source file could not be read|\d files could not be read|error: .{0,300}permission denied|(?:open|read|lstat) .{0,300}permission denied/i,
    nextStep: {
      volsync:
        'What could not be read is in no copy. Let the mover run as the owner of the data (moverSecurityContext: runAsUser, runAsGroup, fsGroup), or annotate the namespace volsync.backube/privileged-movers: "true"; a restore needs the same.',
      kopiur:
        'What could not be read is in no copy. Let the mover run as the owner of the data (spec.mover of the SnapshotPolicy), or as root: the namespace’s annotation kopiur.home-operations.com/privileged-movers allows it; a restore needs the same.',
      k8up: 'What could not be read is in no copy. Let the backup pod run as the owner of the data (podSecurityContext: runAsUser, runAsGroup, fsGroup); a restore needs the same.',
      cronjob:
        'What could not be read is in no copy. Let the job’s pod run as the owner of the data (securityContext in the CronJob’s pod template: runAsUser, runAsGroup, fsGroup).',
      any: 'What could not be read is in no copy. Let whatever reads the volume run as the owner of the data (runAsUser, runAsGroup, fsGroup of its pod), or as root; a restore needs the same.',
    },
  },
  {
    code: 'permission-denied',
    title: 'Access was denied',
    pattern:
      /AccessDenied|AuthFailure: |access denied|permission denied|InvalidAccessKeyId|SignatureDoesNotMatch|\b403\b/i,
    nextStep:
      'Renew the credentials in the repository’s secret, and see that they may list, read, write and delete there: removing a lock is a deletion too.',
  },
  {
    code: 'network',
    title: 'The repository could not be reached',
    pattern:
      /connection refused|no such host|i\/o timeout|no route to host|network is unreachable|TLS handshake timeout|connection reset|context deadline exceeded|failure (?:connecting to|checking existence of) repository/i,
    nextStep:
      'Check the repository’s address, name resolution and network policies from this namespace.',
  },
  {
    code: 'FM-09',
    title: 'The prune did not end well',
    pattern: /error running command=\S{0,100}restic prune|=== Starting prune ===/i,
    nextStep: {
      volsync:
        'What was saved before the prune is safe. Give the mover more memory (moverResources; a prune needs the most of all), prune less often (pruneIntervalDays), and make sure that the dead prune left no lock behind.',
      velero:
        'What was saved before the prune is safe. Give what maintains the repository more memory (a prune needs the most of all), or move to kopia; make sure that the dead prune left no lock behind.',
      any: 'What was saved before the prune is safe. Give the pod that prunes more memory (a prune needs the most of all), prune less often, and make sure that the dead prune left no lock behind.',
    },
  },
];

const LONGEST_LINE = 200;

/** The first known failure mode that a log or condition shows, with the line that shows it; null: none is known. */
export function causeOf(text: string | null): Cause | null {
  if (text === null) return null;
  for (const { code, title, pattern } of CATALOGUE) {
    const found = pattern.exec(text);
    if (found) return { code, title, shownBy: lineAround(text, found.index) };
  }
  return null;
}

/** What to do about a cause where this engine met it; null for a code that is not in the catalogue. */
export function nextStepFor(code: string, engine: Engine | null): string | null {
  const known = CATALOGUE.find((one) => one.code === code);
  return known === undefined ? null : textFor(known.nextStep, engine);
}

/** The line of a log that says most about a failure: a known cause’s, else the last that names an error. */
export function tellingLine(text: string): string {
  const cause = causeOf(text);
  if (cause) return cause.shownBy;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.findLast((line) => /fatal|error|fail/i.test(line)) ?? lines.at(-1) ?? '';
  return telling.trim().slice(0, LONGEST_LINE);
}

const AGE = /lock was created at .{0,80}?\(([\d.hmsµ]+) ago\)/;

/** How old the lock is that a restic log names, in seconds; null when it does not say. */
export function lockAgeSeconds(text: string | null): number | null {
  const age = AGE.exec(text ?? '')?.[1];
  if (age === undefined) return null;
  const units: Record<string, number> = { h: 3_600, m: 60, s: 1 };
  let seconds = 0;
  for (const [, amount, unit] of age.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) {
    seconds += Number(amount) * (units[unit ?? ''] ?? 0);
  }
  return seconds;
}

function lineAround(text: string, index: number): string {
  const from = text.lastIndexOf('\n', index) + 1;
  const end = text.indexOf('\n', index);
  return text
    .slice(from, end < 0 ? undefined : end)
    .trim()
    .slice(0, LONGEST_LINE);
}
