import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResourceFact } from '../domain/facts.ts';
import { DEFAULT_VOCABULARY } from '../domain/label-vocabulary.ts';
import { claimFact } from '../../test/support/judged-facts.ts';
import { labelWords } from './claim-labels.ts';
import { criticalityOf } from './criticality.ts';
import { impactOf, type ImpactFacts } from './risk-impact.ts';

const GIB = 1_024 ** 3;
const photos = claimFact('media', 'photos');
const facts = (more: Partial<ImpactFacts> = {}): ImpactFacts => ({
  claim: photos,
  criticality: null,
  changedBytes: null,
  ...more,
});
const named = (more: Partial<ImpactFacts>) => impactOf(facts(more)).terms.map(({ name }) => name);

describe('impact', () => {
  it('is the sum of its terms and stays between 0.05 and 1', () => {
    const names = fc.constantFrom('photos', 'postgres', 'cache', 'postgres-cache');
    const levels = fc.constantFrom('high' as const, 'normal' as const, 'low' as const, null);
    const bytes = fc.option(fc.double({ min: 0, max: 1e15, noNaN: true }));
    fc.assert(
      fc.property(names, levels, bytes, bytes, (name, level, size, changedBytes) => {
        const claim = claimFact('media', name, {}, { capacityBytes: size, requestedBytes: null });
        const criticality = level === null ? null : { level, said: 'a label' };
        const { impact, terms } = impactOf({ claim, criticality, changedBytes });
        expect(terms.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(impact, 9);
        expect(impact).toBeGreaterThanOrEqual(0.05);
        expect(impact).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('weighs what people say, what it is, and what has changed since the newest copy', () => {
    const plain = impactOf(facts()).impact;
    const said = (level: 'high' | 'low') =>
      impactOf(facts({ criticality: { level, said: '' } })).impact;
    expect(said('high')).toBeCloseTo(plain + 0.3, 9);
    expect(said('low')).toBeCloseTo(plain - 0.3, 9);
    expect(named({ claim: claimFact('media', 'db', { app: 'StatefulSet/db' }) })).toContain(
      'database',
    );
    expect(named({ claim: claimFact('media', 'x', { app: 'StatefulSet/x' }) })).toContain(
      'stateful',
    );
    const changed = (changedBytes: number) => impactOf(facts({ changedBytes })).impact - plain;
    expect(changed(1_000)).toBe(0);
    expect(changed(2 * 1_024 ** 2)).toBeCloseTo(0.02, 9);
    expect(changed(GIB)).toBeCloseTo(0.08, 9);
    expect(changed(1e15)).toBeCloseTo(0.1, 9);
  });
});

describe('criticality', () => {
  const words = labelWords(DEFAULT_VOCABULARY);
  const KEY = 'plimsoll.dev/criticality';
  const object = (kind: string, namespace: string, name: string, level: string): ResourceFact => ({
    ...photos,
    kind,
    namespace,
    name,
    resourceId: `${kind}/${name}`,
    labels: { [KEY]: level },
    app: null,
    claim: null,
  });
  const levelIn = (claim: typeof photos, ...others: ResourceFact[]) =>
    criticalityOf(words, [claim], [claim, ...others]).get(claim.resourceId);

  it('is the claim’s own, else its app’s, else its namespace’s', () => {
    const namespace = object('Namespace', '', 'media', 'low');
    const app = object('Deployment', 'media', 'photos', 'normal');
    const own = claimFact('media', 'photos', { annotations: { [KEY]: 'high' } });
    expect(levelIn(own, app, namespace)).toEqual({
      level: 'high',
      said: `annotation ${KEY}: high of PersistentVolumeClaim photos`,
    });
    expect(levelIn(photos, app, namespace)?.level).toBe('normal');
    expect(levelIn(photos, namespace)?.level).toBe('low');
    expect(levelIn(photos, object('Namespace', '', 'office', 'high'))).toBeUndefined();
  });

  it('takes the highest of several, and no word it does not know', () => {
    const both = { labels: { [KEY]: 'low' }, annotations: { [KEY]: 'high' } };
    expect(levelIn(claimFact('media', 'photos', both))?.level).toBe('high');
    const odd = { labels: { [KEY]: 'utmost' } };
    expect(levelIn(claimFact('media', 'photos', odd))).toBeUndefined();
  });
});
