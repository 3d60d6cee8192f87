import { expect, it } from 'vitest';
import type { FactBatch } from '../domain/facts.ts';
import { sourceFact } from '../../test/support/judged-facts.ts';
import { readingWith } from '../../test/contracts/engine-reader.ts';
import type { EngineReader } from './engine.ts';
import { drain, type Waiting } from './fact-drain.ts';

const AT = new Date('2026-11-20T12:00:00Z');
const covered = sourceFact('media', 'photos');
const remembering: EngineReader = {
  engine: 'longhorn',
  kinds: [],
  onObject: () => ({}),
  onDeleted: () => ({}),
  onListed: (_kind, namespace, uids) =>
    namespace === 'media' && uids.has('a') ? { policies: [covered] } : {},
  idOf: () => null,
};

const listed = (namespace: string): Waiting => ({
  reader: remembering,
  kind: 'Volume',
  writtenAt: null,
  change: 'listed',
  namespace,
  uids: new Set(['a']),
  lists: [],
});

it('tells a reader of a complete list, and saves what it says to that', async () => {
  const saved: FactBatch[] = [];
  const deps = {
    context: readingWith({ create: () => remembering }).context,
    sink: { save: async (batch: FactBatch) => void saved.push(batch) },
    memory: new Map<string, string>(),
    batchFacts: 100,
    onProblems: () => undefined,
    onListed: () => undefined,
  };
  const inventory = { resources: [], edges: [], completeLists: [], removedResourceIds: [] };
  const observed = { at: AT, after: null };
  await drain(deps, [listed('media'), listed('web')], inventory, observed, () => undefined);
  expect(saved.map(({ policies }) => policies)).toEqual([[covered]]);
});
