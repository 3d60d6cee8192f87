import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../domain/time.ts';
import { realDefinitions } from '../../../test/support/definitions.ts';
import { createObjectStore } from '../api/object-store.ts';
import type { WorldObject } from '../api/world-object.ts';
import { createSimulation } from '../playback/simulation.ts';
import { companyLives } from './company-cluster.ts';
import { plantedFaults } from './company-faults.ts';
import { CLUSTER_NAMES, policiesOf } from './company-plan.ts';

const ANCHOR = Date.parse('2026-11-21T05:00:00Z');
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

function play(cluster: string, seed: number, onObject: (object: WorldObject) => void): void {
  const store = createObjectStore();
  store.onChange(({ object }) => onObject(object));
  const frame = { seed, anchor: ANCHOR, begin: ANCHOR - 29 * DAY_MS };
  const simulation = createSimulation(frame, store, {
    lives: (company) => companyLives(cluster, company),
  });
  simulation.advance(ANCHOR);
}

/** Engines whose definitions are at hand, and the groups of their kinds. */
const GROUPS = {
  volsync: ['volsync.backube'],
  velero: ['velero.io'],
  k8up: ['k8up.io'],
  longhorn: ['longhorn.io'],
  cnpg: ['postgresql.cnpg.io', 'barmancloud.cnpg.io'],
  csi: ['snapshot.storage.k8s.io'],
};
const definitions = Object.entries(GROUPS).map(([engine, groups]) => ({
  groups,
  ...realDefinitions([engine]),
}));
const present = definitions.every((one) => one.present);

describe('the company', () => {
  it('has twenty clusters and every engine in several of them', () => {
    expect(new Set(CLUSTER_NAMES).size).toBe(20);
    const policies = CLUSTER_NAMES.flatMap((cluster) => policiesOf(1, cluster));
    const clusters = Map.groupBy(policies, ({ engine }) => engine);
    for (const [engine, own] of clusters)
      expect([engine, new Set(own.map(({ cluster }) => cluster)).size > 1]).toEqual([engine, true]);
    expect(clusters.size).toBe(8);
  });

  it.each(SEEDS)('of seed %i has each fault on a policy of its own', (seed) => {
    const faults = plantedFaults(seed);
    const places = faults.map(({ cluster, policy }) => `${cluster}/${policy}`);
    expect(new Set(places).size).toBe(faults.length);
    expect(new Set(faults.map(({ cluster }) => cluster)).size).toBeGreaterThan(8);
    expect(faults.length).toBeGreaterThan(30);
  });

  it('lives the same way for the same seed', () => {
    const versions = [1, 1, 2].map((seed) => {
      const objects: object[] = [];
      play('shop-eu', seed, (object) => objects.push(object));
      return JSON.stringify(objects);
    });
    expect(versions[0]).toBe(versions[1]);
    expect(versions[0]).not.toBe(versions[2]);
  });

  it.skipIf(!present)('serves only what its engines’ definitions allow', () => {
    const known = definitions.map(({ groups, validators }) => ({ groups, own: validators() }));
    const faulty = new Set<string>();
    let checked = 0;
    for (const cluster of ['shop-eu', 'payments-2', 'observability', 'edge-porto'])
      play(cluster, 1, (object) => {
        const group = object.apiVersion.split('/')[0] ?? '';
        const { own } = known.find(({ groups }) => groups.includes(group)) ?? {};
        const validate = own?.get(object.kind);
        if (validate === undefined) return;
        checked += 1;
        const { kind } = object;
        if (!validate(object))
          faulty.add(`${kind}.${group}: ${JSON.stringify(validate.errors?.[0])}`);
      });
    expect([...faulty]).toEqual([]);
    expect(checked).toBeGreaterThan(1_000);
  });
});
