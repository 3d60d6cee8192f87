import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DAY_MS } from '../../domain/time.ts';
import { kindNamed } from '../api/kinds.ts';
import { createObjectStore, type Change } from '../api/object-store.ts';
import { isJson } from '../api/world-object.ts';
import { createSimulation } from '../playback/simulation.ts';
import { plantedFaults } from './planted-faults.ts';

const ANCHOR = Date.parse('2026-11-21T05:00:00Z');
const DEFINITIONS = ['volsync', 'velero'].map(
  (engine) => new URL(`../../../../shared/definitions/${engine}/`, import.meta.url),
);
const SEEDS = Array.from({ length: 20 }, (_, index) => 101 + index);

function play(seed: number, days: number, onChange: (change: Change) => void = () => undefined) {
  const store = createObjectStore();
  store.onChange(onChange);
  const frame = { seed, anchor: ANCHOR, begin: ANCHOR - 98 * DAY_MS };
  const simulation = createSimulation(frame, store);
  simulation.advance(ANCHOR + days * DAY_MS);
  return store;
}

const Definition = z.object({
  spec: z.object({
    names: z.object({ kind: z.string() }),
    versions: z.array(
      z.object({ schema: z.object({ openAPIV3Schema: z.record(z.string(), z.unknown()) }) }),
    ),
  }),
});

/** The schema with unknown fields refused where it names its fields: a real server would drop them. */
function closed(schema: object): object {
  const copy = Object.fromEntries(
    Object.entries(schema).map(([key, value]: [string, unknown]) => [
      key,
      isJson(value) ? closed(value) : value,
    ]),
  );
  const names = isJson(copy['properties']) && copy['type'] === 'object';
  return names && !('additionalProperties' in copy)
    ? { ...copy, additionalProperties: false }
    : copy;
}

/** kind → validator of the engine's own definition. */
function validators(): Map<string, ValidateFunction> {
  const ajv = new Ajv({ strict: false });
  formats.default(ajv);
  ajv.addFormat('int32', true);
  ajv.addFormat('int64', true);
  const found = new Map<string, ValidateFunction>();
  for (const folder of DEFINITIONS) {
    for (const file of readdirSync(folder)) {
      const definition = Definition.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
      const { names, versions } = definition.spec;
      found.set(names.kind, ajv.compile(closed(versions[0]?.schema.openAPIV3Schema ?? {})));
    }
  }
  return found;
}

const present = DEFINITIONS.every((folder) => existsSync(folder));

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
    const simulation = createSimulation(frame, store);
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
