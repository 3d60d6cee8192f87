import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Objective } from '../domain/judgement.ts';
import { claimFact } from '../../test/support/judged-facts.ts';
import { inheritObjectives } from './objectives.ts';

const photos = claimFact('media', 'photos');
const docs = claimFact('office', 'docs');
const asked = (
  level: Objective['level'],
  rpoSeconds: number | null,
  rtoSeconds: number | null = null,
): Objective => ({
  level,
  namespace: level === 'namespace' || level === 'resource' ? 'media' : null,
  resourceId: level === 'resource' ? photos.resourceId : null,
  rpoSeconds,
  rtoSeconds,
});

describe('objectives', () => {
  it('come from the narrowest scope that says something, RPO and RTO each by itself', () => {
    const set = [
      asked('tenant', 86_400, 7_200),
      asked('cluster', 43_200),
      asked('namespace', null, 3_600),
      asked('resource', 600),
    ];
    const inherited = inheritObjectives([photos, docs], set);
    expect(inherited.get(photos.resourceId)).toEqual({
      rpo: { seconds: 600, why: 'an objective of its own' },
      rto: { seconds: 3_600, why: 'an objective for namespace media' },
    });
    expect(inherited.get(docs.resourceId)).toEqual({
      rpo: { seconds: 43_200, why: 'an objective for the cluster' },
      rto: { seconds: 7_200, why: 'an objective for all clusters' },
    });
  });

  it('leave out claims of which nothing is asked', () => {
    const inherited = inheritObjectives([photos, docs], [asked('namespace', 600)]);
    expect([...inherited.keys()]).toEqual([photos.resourceId]);
    expect(inherited.get(photos.resourceId)?.rto).toBeNull();
  });

  it('do not depend on their order', () => {
    const levels = ['tenant', 'cluster', 'namespace', 'resource'] as const;
    const all = levels.map((level, at) => asked(level, at === 3 ? null : 100 * (at + 1), at + 1));
    const expected = inheritObjectives([photos, docs], all);
    const anyOrder = fc.shuffledSubarray(all, { minLength: all.length });
    fc.assert(
      fc.property(anyOrder, (order) => {
        expect(inheritObjectives([photos, docs], order)).toEqual(expected);
      }),
    );
  });
});
