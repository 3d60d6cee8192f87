import { describe, expect, it } from 'vitest';
import { ENGINES } from '../domain/words.ts';
import { causeOf, lockAgeSeconds, nextStepFor, tellingLine } from './causes.ts';

/** What only one engine knows. */
const OWN_WORDS = {
  volsync: /volsync|moverSecurityContext|spec\.restic|trigger\.manual|cacheCapacity/i,
  kopiur: /kopiur|SnapshotPolicy/,
  k8up: /k8up|podSecurityContext/i,
  velero: /velero/i,
  cnpg: /cnpg/i,
};

describe('the cause of a failure', () => {
  it.each([
    [
      'FM-01',
      'unable to create lock in backend: repository is already locked exclusively by PID 48 on x by  (UID 0, GID 0)',
    ],
    ['FM-03', 'error: open /data/db/x: permission denied'],
    ['FM-03', 'Warning: at least one source file could not be read'],
    ['FM-03', '2 files could not be read and are not in the snapshot'],
    ['FM-20', 'RepositoryUnavailable: cannot open the repository: i/o timeout'],
    ['wrong-password', 'AuthFailure: ERROR error connecting: invalid repository password'],
    ['permission-denied', 'AuthFailure: the key is not valid'],
    ['FM-04', '== Directory is empty skipping backup ==='],
    ['FM-04', 'volume was empty so no snapshot was taken'],
    ['FM-05', '=== No data will be restored ==='],
    ['FM-15', 'No volume named data found in pod shop/db-0, skipping'],
    [
      'FM-17',
      'found a backup with status "InProgress" during the server starting, mark it as "Failed"',
    ],
    ['FM-19', 'timeout on preparing data upload'],
    [
      'FM-20',
      "backup can't be created because BackupStorageLocation default is in Unavailable status.",
    ],
    ['FM-25', 'instance manager was restarted during backup on pod crm-db-2'],
    ['FM-27', 'ContinuousArchivingFailing: barman-cloud-wal-archive: exit status 4: AccessDenied'],
    ['FM-27', 'ERROR: WAL archive check failed for server crm-db: Expected empty archive'],
    ['wrong-password', 'Fatal: wrong password or no key found'],
    ['wrong-password', 'ERROR: failure connecting to repository, incorrect password'],
    ['no-repository', 'Is there a repository at the following location?'],
    ['no-space', 'write /data/x: no space left on device'],
    ['FM-08', 'Fatal: unable to save index: write /cache/6f1c/index/8a: no space left on device'],
    [
      'FM-08',
      'persistentvolumeclaims "volsync-src-photos-cache" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    ],
    ['FM-08', 'ERROR: CACHE EXHAUSTION DETECTED'],
    ['FM-09', 'error running command=restic prune --repo=s3:… : signal: killed'],
    ['FM-09', '=== Starting prune ==='],
    ['FM-16', 'expected one matching path: /host_pods/0c1d/volumes/*/pvc-7/mount, got 0'],
    [
      'FM-30',
      'requested volume size 1073741824 is less than the size 5368709120 for the source snapshot nightly',
    ],
    [
      'FM-36',
      'PersistentVolumeClaim "photos" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
    ],
    ['permission-denied', 'client.PutObject: AccessDenied'],
    ['network', 'dial tcp 10.0.0.1:443: connect: connection refused'],
  ])('%s is shown by %j', (code, line) => {
    const log = `Starting container\n${line}\n=== Done ===`;
    expect(causeOf(log)).toMatchObject({ code, shownBy: line });
    expect(nextStepFor(code, null)).toMatch(/\.$/);
  });

  it.each([
    ['FM-01', 'unable to create lock in backend: repository is already locked by PID 7 on a by b'],
    ['no-space', 'Fatal: write /data/x: no space left on device'],
    ['network', 'Fatal: dial tcp 10.0.0.1:443: i/o timeout'],
  ])('is %s rather than that it came up in a prune', (code, line) => {
    expect(causeOf(`=== Starting prune ===\n${line}`)).toMatchObject({ code, shownBy: line });
  });

  it('is unknown for other words, and for none', () => {
    expect(causeOf('something else')).toBeNull();
    expect(causeOf(null)).toBeNull();
    expect(nextStepFor('FM-99', null)).toBeNull();
  });

  it('is met with what the engine at hand has, never with another engine’s fields', () => {
    expect(nextStepFor('FM-03', 'volsync')).toContain('volsync.backube/privileged-movers');
    expect(nextStepFor('FM-03', 'kopiur')).toContain(
      'kopiur.home-operations.com/privileged-movers',
    );
    for (const engine of ENGINES)
      for (const code of ['FM-01', 'FM-03', 'FM-05', 'FM-08', 'FM-09', 'no-space', 'network']) {
        const others = Object.entries(OWN_WORDS).filter(([owner]) => owner !== engine);
        for (const [, words] of others) expect(nextStepFor(code, engine)).not.toMatch(words);
      }
  });

  it('never takes long, whatever a log holds', () => {
    const started = performance.now();
    causeOf('error: open read lstat BackupStorageLocation lock was created at '.repeat(2_000));
    lockAgeSeconds('lock was created at '.repeat(5_000));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('a log', () => {
  it('is told by its last line that names an error', () => {
    expect(tellingLine('a\nFatal: out of luck\nbye\n')).toBe('Fatal: out of luck');
    expect(tellingLine('one\ntwo')).toBe('two');
    expect(tellingLine('')).toBe('');
  });
  it('says how old a lock is', () => {
    expect(lockAgeSeconds('lock was created at 2026-11-09 20:36:27 (5h24m12.5s ago)')).toBe(
      19_452.5,
    );
    expect(lockAgeSeconds('no lock')).toBeNull();
  });
});
