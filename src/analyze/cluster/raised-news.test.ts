import { expect, it } from 'vitest';
import { noInventory } from '../../../test/support/no-inventory.ts';
import { CLUSTER } from '../../../test/support/judged-facts.ts';
import type { FindingDraft } from '../../domain/judgement.ts';
import { indexInventory } from './inventory.ts';
import { emptyJobBook } from './job-book.ts';
import { raisedNews } from './raised-news.ts';
import { emptyRunMemory } from './run-memory.ts';

const AT = new Date('2026-10-01T02:00:00Z');
function draft(policyId: string): FindingDraft {
  const [policy, quantity] = [`media/${policyId}`, { value: null, unit: '1', text: 'none' }];
  const ofPolicy = { policyId, resourceId: null, repositoryId: null };
  return {
    fingerprint: policyId,
    kind: 'missed-run',
    severity: 'high',
    subject: { ...ofPolicy, policy, resource: null, namespace: 'media' },
    observed: quantity,
    expected: quantity,
    cause: null,
    evidence: [],
    sentence: 'The run is missed.',
    nextStep: 'Look at the controller.',
  };
}

it('tells of a hundred and fifty thousand findings of one pass', () => {
  const changes = Array.from({ length: 150_000 }, (_, job) => ({
    change: 'raised' as const,
    at: AT,
    finding: draft(`job-${job}`),
  }));
  const runs = emptyRunMemory();
  const input = { clusterId: CLUSTER, at: AT, before: null, changes, jobChanges: changes, runs };
  const news = raisedNews(emptyJobBook(), indexInventory(noInventory), {
    ...input,
    tests: new Map(),
  });
  expect(news?.raised).toHaveLength(150_000);
});
