import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Standing, WayBack } from '../domain/views.ts';
import { LOSS_KINDS } from '../domain/words.ts';
import { parseLoss } from './what-if-loss.ts';
import { whatIf } from './what-if.ts';

const NOW = '2026-11-21T12:00:00.000Z';
const hoursAgo = (hours: number) => new Date(Date.parse(NOW) - hours * 3_600_000).toISOString();
const way = (repository: string | null, hours: number, more: Partial<WayBack> = {}): WayBack => ({
  policyId: 'p',
  policy: 'media/p',
  engine: 'velero',
  repositoryId: repository === null ? null : `id of ${repository}`,
  repository,
  newestAt: hoursAgo(hours),
  sameStorage: false,
  ...more,
});
const standing = (name: string, ways: WayBack[], more: Partial<Standing> = {}): Standing => ({
  resourceId: name,
  clusterId: 'c1',
  cluster: 'home',
  namespace: 'media',
  name,
  app: `Deployment/${name}`,
  storageClass: 'ceph',
  coverage: 'protected',
  ways,
  judgedAt: NOW,
  ...more,
});
const [S3, NAS, SECRET] = [
  'BackupStorageLocation velero/s3',
  'Repository backup/nas',
  'Secret media/photos-restic',
];
const local = way(null, 1, { sameStorage: true, engine: 'csi' });
const photos = standing('photos', [way(SECRET, 1), way(S3, 24)]);
const music = standing('music', [local, way(S3, 30)]);
const films = standing('films', [local]);
const docs = standing('docs', [way(NAS, 2)], { namespace: 'office', storageClass: 'local-path' });
const all = [photos, music, films, docs];
const ask = (lose: string, standings = all) => {
  const answer = whatIf(standings, parseLoss(lose));
  const claims = answer.apps.flatMap((app) => app.claims);
  const windows = Object.fromEntries(
    claims.map(({ name, left, lossWindowSeconds }) => [
      name,
      lossWindowSeconds === null ? left : lossWindowSeconds / 3_600,
    ]),
  );
  return { ...answer, claims, windows };
};

describe('what if', () => {
  it('a namespace is gone: its data, and copies on its own storage', () => {
    const { windows, apps, counts, notes } = ask('namespace:media');
    expect(windows).toEqual({ films: 'nothing', music: 30, photos: 1 });
    expect(apps.map(({ app }) => app)).toEqual([
      'Deployment/films',
      'Deployment/music',
      'Deployment/photos',
    ]);
    expect(counts).toEqual({ apps: 3, claims: 3, copy: 2, nothing: 1, unknown: 0 });
    expect(notes.join()).toContain('media/photos-restic');
  });

  it('a repository is gone: the data stays, the next best copy counts', () => {
    const { windows, claims, notes } = ask('repository:velero/s3');
    expect(windows).toEqual({ music: 1, photos: 1 });
    expect(claims.every(({ dataLost }) => dataLost === 'no')).toBe(true);
    expect(notes.join()).toContain('In which bucket');
    expect(ask(`repository:${S3}`).windows).toEqual(ask(`repository:id of ${S3}`).windows);
    expect(ask('repository:backup/nas').windows).toEqual({ docs: 'nothing' });
  });

  it('a copy that may lie there is unknown, never safe', () => {
    const scripted = standing('scripted', [way(null, 3, { engine: 'cronjob' })]);
    const { windows, claims } = ask('repository:backup/nas', [docs, scripted]);
    expect(windows).toEqual({ docs: 'nothing', scripted: 'unknown' });
    expect(claims.at(-1)?.unsure).toEqual(['cronjob, where is not known']);
    const unseen = standing('unseen', [], { coverage: 'unknown' });
    expect(ask('namespace:media', [unseen]).windows).toEqual({ unseen: 'unknown' });
  });

  it('a credential is known where the Secret is the repository', () => {
    expect(ask('credential:media/photos-restic').windows).toEqual({
      docs: 'unknown',
      music: 1,
      photos: 'unknown',
    });
    expect(
      ask('credential:media/photos-restic', [standing('one', [way(SECRET, 1)])]).windows,
    ).toEqual({ one: 'nothing' });
  });

  it('a node is gone: no claim is said to be safe, nor lost', () => {
    const { claims, windows, counts } = ask('node:worker-1');
    expect(claims.every(({ dataLost }) => dataLost === 'unknown')).toBe(true);
    expect(windows).toEqual({ films: 'unknown', music: 30, photos: 1, docs: 2 });
    expect(counts.claims).toBe(4);
  });

  it('a storage class or a cluster is gone', () => {
    expect(ask('storageClass:ceph').windows).toEqual({ films: 'nothing', music: 30, photos: 1 });
    const unclassed = standing('odd', [way(S3, 5)], { storageClass: null });
    expect(ask('storageClass:ceph', [photos, unclassed]).claims.at(0)).toMatchObject({
      name: 'odd',
      dataLost: 'unknown',
    });
    const far = standing('far', [way(S3, 1)], { clusterId: 'c2', cluster: 'work' });
    expect(Object.keys(ask('cluster:home', [...all, far]).windows)).not.toContain('far');
    expect(ask('cluster:c2', [...all, far]).windows).toEqual({ far: 1 });
  });

  it('refuses what nobody knows and names what is known', () => {
    expect(() => ask('namespace:mdeia')).toThrow(
      expect.objectContaining({
        code: 'not-found',
        nextStep: 'Known are media, office.',
      }) as Error,
    );
    for (const text of ['media', 'moon:full', 'namespace:', ':media', ''])
      expect(() => parseLoss(text)).toThrow(
        expect.objectContaining({ code: 'invalid-input' }) as Error,
      );
    expect(parseLoss('node:a:b')).toEqual({ kind: 'node', name: 'a:b' });
  });

  it('never leaves more when a copy is older or missing', () => {
    const ages = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(ages, fc.constantFrom(...LOSS_KINDS), fc.nat(100), (hours, kind, by) => {
        const names = { repository: 'velero/s3', namespace: 'media', cluster: 'c1' };
        const name = { ...names, storageClass: 'ceph', credential: 'media/x', node: 'n' }[kind];
        const places = [S3, NAS, SECRET, null];
        const ways = hours.map((age, at) => way(places[at]!, age));
        const older = ways.map((one, at) => (at === 0 ? way(one.repository, hours[0]! + by) : one));
        const worst = (given: WayBack[]) => {
          const [one] = whatIf([standing('x', given)], { kind, name }).apps;
          return one?.lossWindowSeconds ?? Number.POSITIVE_INFINITY;
        };
        expect(worst(older)).toBeGreaterThanOrEqual(worst(ways));
      }),
    );
  });
});
