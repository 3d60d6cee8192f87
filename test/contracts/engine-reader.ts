import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import * as addFormatsModule from 'ajv-formats';
import { array, assert, constantFrom, nat, property, shuffledSubarray, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isRecord } from '../../src/collect/kubernetes/object-meta.ts';
import type {
  EngineContext,
  EngineFacts,
  EngineReader,
  KubernetesObject,
} from '../../src/collect/engine.ts';

export const OBSERVED_AT = new Date('2026-11-20T15:00:00Z');
const DEFINITIONS = new URL('../../../shared/definitions/', import.meta.url);

export interface Fixture {
  name: string;
  object: KubernetesObject;
}

/** A copy of the fixture of that name, with these fields of its status changed. */
export function fixtureNamed(
  fixtures: Fixture[],
  name: string,
  status: Record<string, unknown> = {},
): KubernetesObject {
  const found = fixtures.find((fixture) => fixture.name === name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  const object = structuredClone(found.object);
  if (!isRecord(object['status']) && Object.keys(status).length === 0) return object;
  return { ...object, status: { ...statusOf(object), ...status } };
}

export function statusOf(object: KubernetesObject): Record<string, unknown> {
  return isRecord(object['status']) ? object['status'] : {};
}

export interface EngineContract {
  /** Folder of the engine's real definitions, beside the checkout; where there is none, what its fixtures follow. */
  definitions: string | { follow: string };
  create: () => EngineReader;
  fixtures: Fixture[];
  /** Whether the object's status itself says that what it stands for succeeded. */
  saysSuccess: (object: KubernetesObject) => boolean;
  /** Inventory the reader may ask; by default it knows nothing. */
  inventory?: Partial<Pick<EngineContext, 'claimByUid' | 'claimOfPodVolume' | 'claimOfVolume'>>;
}

/** Reads with a memory that goes on from one object to the next, as the collector keeps it. */
export function readingWith(contract: Pick<EngineContract, 'create' | 'inventory'>) {
  const memory = new Map<string, string>();
  const reader = contract.create();
  const context: EngineContext = {
    clusterId: 'cluster',
    timeZone: 'UTC',
    memoryOf: (policyId) => memory.get(policyId) ?? null,
    claimByUid: contract.inventory?.claimByUid ?? (() => null),
    claimOfPodVolume: contract.inventory?.claimOfPodVolume ?? (() => null),
    claimOfVolume: contract.inventory?.claimOfVolume ?? (() => null),
  };
  const keep = (facts: EngineFacts): EngineFacts => {
    for (const policy of facts.policies ?? [])
      if (policy.memory !== null) memory.set(policy.policyId, policy.memory);
    return facts;
  };
  return {
    reader,
    context,
    read: (object: KubernetesObject, at = OBSERVED_AT) =>
      keep(reader.onObject(String(object['kind']), object, at, context)),
    remove: (object: KubernetesObject, at = OBSERVED_AT) =>
      keep(reader.onDeleted(String(object['kind']), object, at, context)),
  };
}

/** What a store would hold after these facts: the last row of each key wins. */
function rowsOf(batches: EngineFacts[]): Record<string, unknown> {
  const rows = batches.flatMap((facts): [string, unknown][] => [
    ...(facts.policies ?? []).map(keyed('policies', (row) => row.policyId)),
    ...(facts.repositories ?? []).map(keyed('repositories', (row) => row.repositoryId)),
    ...(facts.runs ?? []).map(keyed('runs', (row) => row.runId)),
    ...(facts.runVolumes ?? []).map(keyed('runVolumes', (row) => `${row.runId}/${row.resourceId}`)),
    ...(facts.attempts ?? []).map(keyed('attempts', (row) => `${row.runId}/${row.attemptKey}`)),
    ...(facts.restorePoints ?? []).map(keyed('restorePoints', (row) => row.restorePointId)),
    ...(facts.restoreRuns ?? []).map(keyed('restoreRuns', (row) => row.restoreRunId)),
  ]);
  return Object.fromEntries(rows.toSorted(([a], [b]) => a.localeCompare(b)));
}

function keyed<T>(table: string, keyOf: (row: T) => string) {
  return (row: T): [string, unknown] => [`${table}:${keyOf(row)}`, row];
}

/** What every engine's reader must keep. */
export function describeEngineReader(name: string, contract: EngineContract): void {
  const { fixtures } = contract;
  describe(`${name} keeps the engine reader contract`, () => {
    it.each(fixtures)('reads twice, tells once: $name', ({ object }) => {
      const first = readingWith(contract);
      const before = rowsOf([first.read(object)]);
      const again = rowsOf([first.read(object)]);
      for (const [key, row] of Object.entries(again))
        expect({ [key]: row }).toEqual({ [key]: before[key] });
    });

    it.each(fixtures)('is pure: $name', ({ object }) => {
      expect(readingWith(contract).read(object)).toEqual(readingWith(contract).read(object));
    });

    it('does not change what it is given', () => {
      const copies = structuredClone(fixtures);
      const { read } = readingWith(contract);
      for (const { object } of fixtures) read(object);
      expect(fixtures).toEqual(copies);
    });

    it('gives the same facts in any order', () => {
      const inOrder = readingWith(contract);
      const expected = rowsOf(fixtures.map(({ object }) => inOrder.read(object)));
      const all = shuffledSubarray(fixtures, { minLength: fixtures.length });
      assert(
        property(all, (shuffled) => {
          const { read } = readingWith(contract);
          expect(rowsOf(shuffled.map(({ object }) => read(object)))).toEqual(expected);
        }),
        { numRuns: 50 },
      );
    });

    it.each(fixtures)('lets fields of a later version be: $name', ({ object }) => {
      const later = { ...object, laterVersion: 1 };
      for (const part of ['metadata', 'spec', 'status'])
        if (isRecord(object[part]))
          Object.assign(later, { [part]: { ...object[part], laterVersion: { mode: 'New' } } });
      expect(readingWith(contract).read(later)).toEqual(readingWith(contract).read(object));
    });

    it.each(fixtures)(
      'names the run that it is, of a list that is complete: $name',
      ({ object }) => {
        const { reader, context, read } = readingWith(contract);
        if (reader.runIdOf === undefined) return;
        const under = (read(object).runs ?? []).filter(({ outcome }) => outcome === 'running');
        const id = reader.runIdOf(String(object['kind']), object, context);
        expect(under.map(({ runId }) => runId)).toEqual(under.length === 0 ? [] : [id]);
      },
    );

    it('says of each object in which table it is, and takes it out of that one', () => {
      const misplaced = fixtures.flatMap(({ name: fixture, object }) => {
        const { reader, context, read, remove } = readingWith(contract);
        const kind = String(object['kind']);
        const place = reader.idOf(kind, object, context);
        if (place === null) return [];
        const shown = idsIn(read(object), place.table);
        const elsewhere = shown.length > 0 && !shown.includes(place.id);
        const stays = !removedIn(remove(object), place.table).includes(place.id);
        return elsewhere || stays ? [fixture] : [];
      });
      expect(misplaced).toEqual([]);
    });

    it.each(['deleted', 'left out of a list'] as const)(
      'tells nothing more of what was %s, whatever else changes',
      (how) => {
        const kinds = new Set(fixtures.map(({ object }) => String(object['kind'])));
        const ghosts = [...kinds].flatMap((kind) => ghostsOf(contract, kind, how));
        expect(ghosts).toEqual([]);
      },
    );

    describeMutations(contract);
    describeDefinitions(contract);
  });
}

type Table = NonNullable<ReturnType<EngineReader['idOf']>>['table'];

function idsIn(facts: EngineFacts, table: Table): string[] {
  switch (table) {
    case 'policies':
      return (facts.policies ?? []).map(({ policyId }) => policyId);
    case 'repositories':
      return (facts.repositories ?? []).map(({ repositoryId }) => repositoryId);
    case 'restore_points':
      return (facts.restorePoints ?? []).map(({ restorePointId }) => restorePointId);
    case 'restore_runs':
      return (facts.restoreRuns ?? []).map(({ restoreRunId }) => restoreRunId);
  }
}

/** All of that kind go while all else stays and is read again: what is told of them then. */
function ghostsOf(
  contract: EngineContract,
  kind: string,
  how: 'deleted' | 'left out of a list',
): string[] {
  const { reader, context, read, remove } = readingWith(contract);
  for (const { object } of contract.fixtures) read(object);
  const gone = contract.fixtures.filter(({ object }) => object['kind'] === kind);
  if (how === 'deleted') for (const { object } of gone) remove(object);
  else reader.onListed?.(kind, null, new Set(), context);
  const places = gone.flatMap(({ object }) => reader.idOf(kind, object, context) ?? []);
  return contract.fixtures
    .filter(({ object }) => object['kind'] !== kind)
    .flatMap(({ object }) => {
      const facts = read(object);
      return places.flatMap(({ table, id }) => idsIn(facts, table).filter((told) => told === id));
    })
    .map((id) => `${kind} ${id}`);
}

function removedIn(facts: EngineFacts, table: Table): string[] {
  const removed = {
    policies: facts.removedPolicyIds,
    repositories: facts.removedRepositoryIds,
    restore_points: facts.removedRestorePointIds,
    restore_runs: facts.removedRestoreRunIds,
  };
  return removed[table] ?? [];
}

const FUTURE = '2399-01-01T00:00:00Z';
const PLANTED: unknown[] = [
  undefined,
  null,
  '',
  'Weird',
  -1,
  1e300,
  true,
  [],
  [null],
  {},
  { a: 1 },
  FUTURE,
  '9'.repeat(5_000),
];

function describeMutations(contract: EngineContract): void {
  const mutated = tuple(
    constantFrom(...contract.fixtures),
    array(tuple(nat(), constantFrom(...PLANTED)), { minLength: 1, maxLength: 3 }),
  ).map(([fixture, changes]) => {
    const object = structuredClone(fixture.object);
    for (const [at, value] of changes) plant(object, at, value);
    return { kind: String(fixture.object['kind']), object };
  });

  it('never throws on a malformed object and never calls it a success unasked', () => {
    assert(
      property(mutated, ({ kind, object }) => {
        const { reader, context } = readingWith(contract);
        const facts = reader.onObject(kind, object, OBSERVED_AT, context);
        reader.idOf(kind, object, context);
        reader.onDeleted(kind, object, OBSERVED_AT, context);
        const unasked = contract.saysSuccess(object) ? [] : successesIn(facts);
        expect(unasked).toEqual([]);
        expect(unstorableIn(facts)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(contract.fixtures)('survives nulls everywhere below status: $name', ({ object }) => {
    const status = Object.fromEntries(
      Object.keys(isRecord(object['status']) ? object['status'] : {}).map((key) => [key, null]),
    );
    const nulled = { ...object, status };
    const unasked = contract.saysSuccess(nulled)
      ? []
      : successesIn(readingWith(contract).read(nulled));
    expect(unasked).toEqual([]);
  });
}

/** What these facts count as recoverable: outcomes of success, and restore points. */
function successesIn(facts: EngineFacts): unknown[] {
  const outcomes = [
    ...(facts.runs ?? []),
    ...(facts.runVolumes ?? []),
    ...(facts.restoreRuns ?? []),
  ];
  return [
    ...outcomes.filter(({ outcome }) => outcome === 'success'),
    ...(facts.restorePoints ?? []),
  ];
}

/** Numbers from 2^63 on are no bigint. */
const isStorable = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 63;

const COUNTS = [
  'logicalBytes',
  'addedBytes',
  'storedBytes',
  'restoredBytes',
  'files',
  'warnings',
  'errors',
];

/** Counts and bytes that no store takes; one of them would hold up all that is read with it. */
function unstorableIn(facts: EngineFacts): unknown[] {
  const { runs = [], runVolumes = [], restorePoints = [], restoreRuns = [] } = facts;
  return [...runs, ...runVolumes, ...restorePoints, ...restoreRuns].flatMap((row) =>
    Object.entries(row).filter(
      ([key, value]) => COUNTS.includes(key) && value !== null && !isStorable(value),
    ),
  );
}

/** Puts a value at the n-th place of the object, counted round; `undefined` takes the field away. */
function plant(object: KubernetesObject, n: number, value: unknown): void {
  const places: [holder: object, key: string][] = [];
  const walk = (at: unknown): void => {
    if (typeof at !== 'object' || at === null) return;
    for (const [key, child] of Object.entries(at)) {
      places.push([at, key]);
      walk(child);
    }
  };
  walk(object);
  const place = places[n % places.length];
  if (place === undefined) return;
  const [holder, key] = place;
  if (value === undefined) Reflect.deleteProperty(holder, key);
  else Reflect.set(holder, key, structuredClone(value));
}

const Definition = z.object({
  spec: z.object({
    versions: z.array(
      z.object({
        name: z.string(),
        schema: z.object({ openAPIV3Schema: z.record(z.string(), z.unknown()) }),
      }),
    ),
  }),
});

function describeDefinitions({ definitions, create, fixtures }: EngineContract): void {
  if (typeof definitions !== 'string') return describeNoDefinitions(definitions.follow, create);
  const folder = new URL(`${definitions}/`, DEFINITIONS);
  const present = existsSync(folder);
  const title = present
    ? 'fixtures satisfy'
    : 'SKIPPED, no ../shared/definitions: fixtures satisfy';
  it.skipIf(!present).each(fixtures)(`${title} the real definition: $name`, ({ object }) => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormatsModule.default.default(ajv);
    const kind = create().kinds.find((candidate) => candidate.kind === object['kind']);
    if (kind === undefined) throw new Error(`no reader for ${String(object['kind'])}`);
    const file = new URL(`${kind.plural}.${kind.group}.json`, folder);
    const { spec } = Definition.parse(JSON.parse(readFileSync(file, 'utf8')));
    const version = spec.versions.find(({ name }) => kind.versions.includes(name));
    if (version === undefined) throw new Error(`${kind.kind} has none of the versions we read`);
    const validate = ajv.compile(version.schema.openAPIV3Schema);
    validate(object);
    expect(validate.errors).toBeNull();
  });
}

/** Fails as soon as there are some: then the fixtures are to be held against them. */
function describeNoDefinitions(follow: string, create: () => EngineReader): void {
  it(`has no real definitions at hand: its fixtures follow ${follow}`, () => {
    const group = create().kinds[0]?.group ?? '';
    const found = existsSync(DEFINITIONS)
      ? readdirSync(DEFINITIONS, { recursive: true }).filter((file) => String(file).includes(group))
      : [];
    expect(found).toEqual([]);
  });
}
