import { describe, expect, it } from 'vitest';
import type { Engine } from '../../domain/words.ts';
import { agentPattern, moverPattern } from './mover-names.ts';

function moves(engine: Engine, name: string, pod: string): boolean {
  const pattern = moverPattern({ engine, name });
  return pattern !== null && new RegExp(`^(?:${pattern})$`).test(pod);
}

describe('the names of movers', () => {
  it.each([
    ['volsync', 'photos', 'volsync-src-photos-x7k2p'],
    ['volsync', 'photos', 'volsync-rsync-tls-src-photos-x7k2p'],
    ['velero', 'daily-20261101020000', 'daily-20261101020000-abcde'],
    ['k8up', 'shop-backup-x2v', 'backup-shop-backup-x2v-0-zzzzz'],
    ['kopiur', 'photos-hourly-29400120', 'photos-hourly-29400120-4zk9x'],
    ['cronjob', 'dump-29400120', 'dump-29400120-9c8d7'],
    ['volsync', 'a'.repeat(60), `volsync-src-${'a'.repeat(46)}x7k2p`],
  ] as const)('%s run %s is moved by %s', (engine, name, pod) => {
    expect(moves(engine, name, pod)).toBe(true);
  });

  it.each([
    ['volsync', 'photos', 'volsync-src-photos-old-x7k2p'],
    ['volsync', 'photos', 'volsync-dst-photos-x7k2p'],
    ['volsync', 'p.otos', 'volsync-src-pxotos-x7k2p'],
    ['velero', 'daily', 'daily-20261101020000-abcde'],
    ['longhorn', 'photos', 'photos-abcde'],
    ['cnpg', 'crm-nightly-20261120030000', 'crm-nightly-20261120030000-abcde'],
  ] as const)('%s run %s is not moved by %s', (engine, name, pod) => {
    expect(moves(engine, name, pod)).toBe(false);
  });

  it('are long-lived agents for Velero alone', () => {
    expect(agentPattern({ engine: 'velero' })).toContain('node-agent');
    expect(agentPattern({ engine: 'volsync' })).toBeNull();
  });
});
