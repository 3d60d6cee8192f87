import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../domain/time.ts';
import { kindNamed } from '../api/kinds.ts';
import { createObjectStore, type Change } from '../api/object-store.ts';
import { isJson } from '../api/world-object.ts';
import { realDefinitions } from '../../../test/support/definitions.ts';
import { createSimulation } from '../playback/simulation.ts';
import { HOME } from './home-script.ts';
import { plantedFaults } from './planted-faults.ts';

const ANCHOR = Date.parse('2026-11-21T05:00:00Z');
const SEEDS = Array.from({ length: 20 }, (_, index) => 101 + index);

function play(seed: number, days: number, onChange: (change: Change) => void = () => undefined) {
  const store = createObjectStore();
  store.onChange(onChange);
  const frame = { seed, anchor: ANCHOR, begin: ANCHOR - 98 * DAY_MS };
  const simulation = createSimulation(frame, store, HOME);
  simulation.advance(ANCHOR + days * DAY_MS);
  return store;
}

const { present, validators } = realDefinitions(['volsync', 'velero']);

describe('the home', () => {
  it.skipIf(!present)(
    `serves only objects that satisfy the engines' definitions${present ? '' : ' (skipped: ../shared/definitions is absent)'}`,
    () => {
      const known = validators();
      let checked = 0;
      const faulty = new Set<string>();
      for (const seed of SEEDS.slice(0, 3)) {
        play(seed, 0, ({ object }) => {
          const { kind } = object;
          const validate = known.get(kind);
          if (!validate) return;
          checked += 1;
          if (!validate(object)) faulty.add(`${kind}: ${JSON.stringify(validate.errors?.[0])}`);
        });
      }
      expect([...faulty]).toStrictEqual([]);
      expect(checked).toBeGreaterThan(30_000);
    },
    120_000,
  );

  it('is the same for the same seed, anchor and instant, however it got there', () => {
    const straight = play(5, 0);
    const store = createObjectStore();
    const frame = { seed: 5, anchor: ANCHOR, begin: ANCHOR - 98 * DAY_MS };
    const simulation = createSimulation(frame, store, HOME);
    while (simulation.now() < ANCHOR)
      simulation.advance(Math.min(ANCHOR, simulation.now() + 5e6), 7);
    simulation.advance(ANCHOR);
    const sources = kindNamed('replicationsources');
    expect(store.version()).toBe(straight.version());
    expect(store.list(sources, null)).toStrictEqual(straight.list(sources, null));
    expect(play(6, 0).list(sources, null)).not.toStrictEqual(straight.list(sources, null));
  });

  it.each(SEEDS.slice(0, 4))(
    'seed %i holds at most 10,000 runs in its history and few objects',
    (seed) => {
      let runs = 0;
      const store = play(seed, 0, ({ kind, type, object, before }) => {
        const status = isJson(object['status']) ? object['status'] : {};
        const earlier = before && isJson(before['status']) ? before['status'] : {};
        if (
          kind.plural === 'replicationsources' &&
          status['lastSyncTime'] !== earlier['lastSyncTime']
        )
          runs += 1;
        if (kind.plural === 'backups' && type === 'ADDED') runs += 1;
      });
      expect(runs).toBeGreaterThan(3_000);
      expect(runs).toBeLessThan(10_000);
      expect(store.list(kindNamed('datauploads'), null).length).toBeLessThan(200);
    },
  );
});

describe('planted faults', () => {
  it.each(SEEDS)('seed %i: ten that last and one that is over, each on its own subject', (seed) => {
    const faults = plantedFaults(seed);
    expect(faults.filter(({ open }) => open)).toHaveLength(10);
    expect(new Set(faults.flatMap(({ subjects }) => subjects)).size).toBe(
      faults.flatMap(({ subjects }) => subjects).length,
    );
  });

  it.each(SEEDS.slice(0, 8))('seed %i: each shows in the objects at the end', (seed) => {
    const store = play(seed, 0);
    const statusOf = (plural: string, namespace: string, name: string) => {
      const object = store.get(kindNamed(plural), namespace, name);
      return object ? JSON.stringify(object['status']) : null;
    };
    const source = (f: { namespace: string; name: string }) =>
      statusOf('replicationsources', f.namespace, f.name) ?? '';
    const shown: Record<string, RegExp> = {
      locked: /repository is already locked exclusively/,
      unreadable: /permission denied/,
      empty: /Directory is empty skipping backup/,
      'never-succeeded': /wrong password/,
      stuck: /SyncInProgress/,
      orphaned: /not found/,
      overrun: /[67]h\d+m/,
    };
    shown['uncovered'] = /^$/;
    const location = statusOf('backupstoragelocations', 'velero', 'offsite') ?? '';
    const faults = plantedFaults(seed);
    const hidden = faults.filter((fault) => !(shown[fault.script] ?? /^/).test(source(fault)));
    expect(hidden).toStrictEqual([]);
    expect(location.includes('Unavailable')).toBe(
      faults.some(({ script }) => script === 'location-unavailable'),
    );
  });
});
