import { describe, expect, it } from 'vitest';
import type { ClaimMount } from '../domain/facts.ts';
import { claimFact, scheduleFact, sourceFact } from '../../test/support/judged-facts.ts';
import { globMatches, isClaim, takingOf } from './selection.ts';

const mount = (fileSystemBackup: ClaimMount['fileSystemBackup']): ClaimMount => ({
  pod: 'p',
  podVolume: 'data',
  fileSystemBackup,
});
const take = (
  selection: Parameters<typeof scheduleFact>[1],
  claim = claimFact('media', 'photos', { labels: { tier: 'gold' } }),
  podsSeen = true,
) => takingOf(scheduleFact('s', selection).selection, claim, podsSeen)?.take ?? null;

describe('which claims a policy takes', () => {
  it('takes the claims it names, in its namespace only', () => {
    const { selection } = sourceFact('media', 'photos');
    expect(takingOf(selection, claimFact('media', 'photos'), true)?.take).toBe('taken');
    expect(takingOf(selection, claimFact('media', 'music'), true)).toBeNull();
    expect(takingOf(selection, claimFact('other', 'photos'), true)).toBeNull();
  });

  it.each([
    ['*', 'media', true],
    ['med*', 'media', true],
    ['m?dia', 'media', true],
    ['{media,web}', 'web', true],
    ['[a-m]edia', 'media', true],
    ['med', 'media', false],
    ['m.dia', 'media', false],
    ['[z-a]', 'z', false],
  ])('glob %s on %s is %s', (glob, text, expected) => {
    expect(globMatches(glob, text)).toBe(expected);
  });

  it('goes by included and excluded namespaces', () => {
    expect(take({ include: [] })).toBe('taken');
    expect(take({ include: ['web', 'med*'] })).toBe('taken');
    expect(take({ include: ['web'] })).toBeNull();
    expect(take({ include: ['*'], exclude: ['media'] })).toBeNull();
  });

  it('goes by labels: one selector of several is enough, an exclude label is an opt-out', () => {
    const gold = { matchLabels: { tier: 'gold' }, matchExpressions: [] };
    const not = {
      matchLabels: {},
      matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' as const, values: [] }],
    };
    expect(take({ labelSelectors: [not] })).toBeNull();
    expect(take({ labelSelectors: [not, gold] })).toBe('taken');
    expect(take({ excludeLabels: { tier: 'gold' } })).toBe('opted-out');
  });

  it.each([
    ['file-system', [], 'not-taken'],
    ['file-system', ['unset'], 'taken'],
    ['file-system', ['opt-out'], 'opted-out'],
    ['file-system', ['opt-out', 'unset'], 'taken'],
    ['file-system-opt-in', ['unset'], 'not-taken'],
    ['file-system-opt-in', ['opt-in'], 'taken'],
    ['file-system-opt-in', ['opt-out'], 'opted-out'],
    ['data-mover', [], 'taken'],
    ['none', ['unset'], 'not-taken'],
  ] as const)('%s with pods %j: %s', (volumes, pods, expected) => {
    const claim = claimFact('media', 'photos', {}, { mounts: pods.map(mount) });
    expect(take({ volumes }, claim)).toBe(expected);
  });

  it.each([
    [{}, ['ReadWriteOnce'], 'taken'],
    [{}, ['ReadOnlyMany'], 'not-taken'],
    [{ 'k8up.io/backup': 'true' }, ['ReadOnlyMany'], 'taken'],
    [{ 'k8up.io/backup': 'false' }, ['ReadWriteMany'], 'opted-out'],
    [{ 'k8up.io/backup': 'yes' }, ['ReadWriteOnce'], 'opted-out'],
    [{ 'k8up.io/backup': '1', 'old/backup': 'false' }, ['ReadWriteOnce'], 'taken'],
    [{ 'old/backup': 'false' }, ['ReadWriteOnce'], 'opted-out'],
  ])('mounted, annotated %j, modes %j: %s', (annotations, accessModes, expected) => {
    const claim = claimFact('media', 'photos', { annotations }, { accessModes });
    const keys = ['k8up.io/backup', 'old/backup'];
    expect(take({ volumes: 'mounted', annotations: keys }, claim)).toBe(expected);
    expect(take({ volumes: 'data-mover' }, claim)).toBe('taken');
  });

  it('does not guess about pods it could not see', () => {
    expect(take({ volumes: 'file-system' }, undefined, false)).toBe('unknown');
    expect(take({ volumes: 'data-mover' }, undefined, false)).toBe('taken');
  });

  it('never counts an engine’s own claims', () => {
    expect(isClaim(claimFact('media', 'x', {}, { temporary: true }))).toBe(false);
    expect(isClaim({ ...claimFact('media', 'x'), claim: null })).toBe(false);
  });
});
