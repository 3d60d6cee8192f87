import { expect, it } from 'vitest';
import { kindNamed, qualifiedPlural, WORLD_KINDS } from './kinds.ts';

it('finds a kind by plural and group, by the bare plural the first', () => {
  expect(kindNamed('backups').group).toBe('velero.io');
  expect(kindNamed('backups.k8up.io').group).toBe('k8up.io');
  expect(kindNamed('backups.longhorn.io').version).toBe('v1beta2');
  expect(() => kindNamed('backups.nowhere.io')).toThrow('no kind backups.nowhere.io');
});

it('serves each qualified plural once per version', () => {
  const names = WORLD_KINDS.map((kind) => `${qualifiedPlural(kind)}/${kind.version}`);
  expect(new Set(names).size).toBe(names.length);
});
