import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_RULES, READER_RULES, type Rights } from '../../src/world/api/rights.ts';
import { startWorld, type TestWorld } from '../support/world.ts';
import {
  addressOf,
  createProgramHome,
  feed,
  rowsOf,
  until,
  type ProgramHome,
} from '../support/program.ts';

const SOURCE = '/apis/volsync.backube/v1alpha1/namespaces/media/replicationsources/photos';
const MINUTE_MS = 60_000;
/** Who reads holds the narrow role; who patches is an administrator. */
const RIGHTS: Rights = {
  tokens: {
    right: { name: 'reader', rules: READER_RULES },
    admin: { name: 'admin', rules: ADMIN_RULES },
  },
  anonymous: null,
};

let home: ProgramHome;
let world: TestWorld;
let ticking: NodeJS.Timeout;

beforeEach(async () => {
  home = await createProgramHome();
});
afterEach(async () => {
  await home.remove();
  clearInterval(ticking);
  await world.stop();
});

/** A small home whose clock is this machine's: one claim, one policy that worked until yesterday. */
async function startHome(rights: Rights = RIGHTS): Promise<string> {
  world = await startWorld({ now: new Date(), rights });
  ticking = setInterval(() => world.clock.set(new Date()), 100);
  world.put('storageclasses', '', 'fast', { provisioner: 'csi.example.org' });
  for (const name of ['photos', 'cache'])
    world.put('persistentvolumeclaims', 'media', name, {
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'fast',
        resources: { requests: { storage: '10Gi' } },
      },
      status: { phase: 'Bound', capacity: { storage: '10Gi' } },
    });
  world.put('replicationsources', 'media', 'photos', {
    spec: {
      sourcePVC: 'photos',
      trigger: { schedule: '0 */6 * * *' },
      restic: { repository: 'photos-restic', copyMethod: 'Snapshot' },
    },
    status: {
      lastSyncTime: ago(7 * 60),
      lastSyncDuration: '54.2s',
      nextSyncTime: ago(-60),
      latestMoverStatus: { result: 'Successful', logs: 'snapshot 5d0c11ab saved' },
      conditions: [condition('WaitingForSchedule', ago(7 * 60))],
    },
  });
  return home.kubeconfig(world.server, 'right');
}

const ago = (minutes: number): string =>
  new Date(Date.now() - minutes * MINUTE_MS).toISOString().replace(/\.\d+Z/, 'Z');

function condition(reason: string, at: string) {
  return {
    type: 'Synchronizing',
    status: reason === 'SyncInProgress' ? 'True' : 'False',
    reason,
    message: reason,
    lastTransitionTime: at,
  };
}

/** As `kubectl patch --subresource=status --type=merge` sends it. */
function patchStatus(status: Record<string, unknown>) {
  return world.request(`${SOURCE}/status`, {
    method: 'PATCH',
    headers: {
      authorization: 'Bearer admin',
      'content-type': 'application/merge-patch+json',
    },
    body: JSON.stringify({ status }),
  });
}

describe('a cluster of a kubeconfig', () => {
  it('is read once, and the answers stay for later commands', async () => {
    const KUBECONFIG = await startHome();
    const collected = await home.run(['collect', '--once'], { KUBECONFIG });
    expect(collected).toMatchObject({ code: 0 });
    expect(collected.out).toMatch(/^reader@house: read up to \d{4}-/);
    expect(collected.err).toMatch(/listing .*persistentvolumeclaims/);
    expect(world.api.requests().filter((line) => !line.startsWith('GET '))).toEqual([]);
    expect(world.api.requests().join('\n')).not.toContain('/secrets');

    const status = await home.run(['status'], { KUBECONFIG });
    expect(status.out).toContain('engines volsync');
    expect(status.out).toContain('2 claims: ');
    expect(status.err).toBe('');
    const uncovered = rowsOf(
      await home.run(['coverage', '--state', 'uncovered', '--json'], { KUBECONFIG }),
    );
    expect(uncovered).toMatchObject([{ namespace: 'media', name: 'cache' }]);
    const shown = await home.run(['show', 'media/photos'], { KUBECONFIG });
    expect(shown.out).toContain('ReplicationSource media/photos');
    expect(existsSync(join(home.dataDir, 'demo'))).toBe(false);

    const doctor = await home.run(['doctor'], { KUBECONFIG });
    expect(doctor.out).toContain('cluster reader@house');
    expect(doctor.code).toBe(0);
  });

  it('is watched: a status patch becomes a finding in the feed within seconds', async () => {
    const KUBECONFIG = await startHome();
    const server = home.start({ KUBECONFIG });
    const address = await addressOf(server);
    expect(server.printed()).toMatch(/^reading reader@house \(http:/);
    await server.says(/found 2 claims, 1 policies, 1 runs/);

    const started = ago(45);
    await patchStatus({
      lastSyncStartTime: started,
      conditions: [condition('SyncInProgress', started)],
    });
    const locked = ago(80).slice(0, 19).replace('T', ' ');
    const patched = await patchStatus({
      latestMoverStatus: {
        result: 'Failed',
        logs: `unable to create lock in backend: repository is already locked exclusively by PID 41 on volsync-src-photos-x7k2p by  (UID 1000, GID 1000)\nlock was created at ${locked} (1h20m0.1s ago)\nERROR: failure locking repository`,
      },
    });
    expect(patched.status).toBe(200);
    const findings = await until(
      () => feed(address, '/v1/findings?kind=repository-locked'),
      (rows) => rows.length > 0,
    );
    expect(findings).toMatchObject([
      { severity: 'high', policy: 'media/photos', state: 'open', cause: { code: 'FM-01' } },
    ]);
    server.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: 0, err: '' });
    expect(existsSync(join(home.dataDir, 'demo'))).toBe(false);
  });

  it('names what may not be read, and reads the rest', async () => {
    const readable = ['namespaces', 'persistentvolumeclaims', 'replicationsources'];
    const rules = [{ verbs: ['get', 'list', 'watch'], groups: ['*'], resources: readable }];
    const rights = { tokens: { right: { name: 'reader', rules } }, anonymous: null };
    const KUBECONFIG = await startHome(rights);
    const collected = await home.run(['collect', '--once'], { KUBECONFIG });
    expect(collected.out).toMatch(/not read: .*pods.*\n\s+\S+/);
    expect(collected.code).toBe(0);
    const status = await home.run(['status'], { KUBECONFIG });
    expect(status.out).toMatch(/2 claims: /);
    expect(status.out).toMatch(/not read .*pods/);
    const doctor = await home.run(['doctor'], { KUBECONFIG });
    expect(doctor.code).toBe(1);
    expect(doctor.out).toMatch(/no .*pods/);
  });

  it('is never replaced by the demo when its token has expired', async () => {
    const rights = {
      tokens: { other: { name: 'other', rules: ADMIN_RULES } },
      anonymous: null,
    };
    const KUBECONFIG = await startHome(rights);
    const served = await home.start({ KUBECONFIG }).ended;
    expect(served.code).toBe(1);
    expect(served.err).toMatch(/401|credentials|token/i);
    expect(served.err.trim().split('\n').length).toBeGreaterThanOrEqual(2);
    expect(served.out + served.err).not.toMatch(/demo|\n\s+at /);
    const collected = await home.run(['collect', '--once'], { KUBECONFIG });
    expect(collected.code).toBe(1);
    expect(collected.out).toMatch(/^reader@house: .*(401|credentials|token)/i);
    expect(existsSync(join(home.dataDir, 'demo'))).toBe(false);
  });
});
