import { describe, expect, it } from 'vitest';
import { findPrometheusSources } from './find-sources.ts';

const shared = { url: 'https://mimir/prometheus/', tenant: 't', tokenFile: '/nowhere/token' };

describe('metrics stores of clusters', () => {
  it('is none where nothing is configured', () => {
    expect(findPrometheusSources(undefined, [{ name: 'home' }]).size).toBe(0);
  });

  it('is the shared one, told apart by the cluster’s name or another value', () => {
    const found = findPrometheusSources({ ...shared, clusterLabel: 'cluster' }, [
      { name: 'home' },
      { name: 'work', prometheus: { clusterLabel: 'k8s=w-1' } },
      { name: 'lab', prometheus: false },
    ]);
    expect([...found].map(([name, { url, clusterLabel }]) => [name, url, clusterLabel])).toEqual([
      ['home', 'https://mimir/prometheus', { name: 'cluster', value: 'home' }],
      ['work', 'https://mimir/prometheus', { name: 'k8s', value: 'w-1' }],
    ]);
  });

  it('gives an entry with its own URL no shared credential and no tenant', () => {
    const found = findPrometheusSources(shared, [
      { name: 'edge', prometheus: { url: 'http://edge:9090/api/v1/' } },
    ]);
    const edge = found.get('edge');
    expect(edge).toMatchObject({ url: 'http://edge:9090', tenant: null, clusterLabel: null });
    expect(edge?.credentials()).toMatchObject({ bearer: null, basic: null });
    expect(() =>
      findPrometheusSources(shared, [{ name: 'home' }])
        .get('home')
        ?.credentials(),
    ).toThrow('/nowhere/token cannot be read: ENOENT');
  });

  it.each([
    [{}, {}],
    [{ clusterLabel: 'cluster=x' }, { clusterLabel: 'cluster=x' }],
    [{ clusterLabel: 'cluster=x' }, {}],
  ])('refuses one store for two clusters that nothing tells apart: %j %j', (one, two) => {
    const clusters = [
      { name: 'home', prometheus: one },
      { name: 'work', prometheus: two },
    ];
    expect(() => findPrometheusSources(shared, clusters)).toThrow(
      'https://mimir/prometheus serves the clusters home, work',
    );
  });

  it('refuses an entry without any URL', () => {
    const clusters = [{ name: 'home', prometheus: { tenant: 'a' } }];
    expect(() => findPrometheusSources(undefined, clusters)).toThrow(
      'has prometheus settings but no URL',
    );
  });
});
