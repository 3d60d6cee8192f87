import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultDelivery, deliverTick, emptyDesk } from './deliver.ts';
import type { Delivery, Desk, Raised } from './deliver.ts';
import type { Traits } from './shared-cause.ts';

const finding = (index: number, fields: Partial<Raised> = {}): Raised => ({
  jobId: `job-${index}`,
  fingerprint: `finding-${index}`,
  severity: 'high',
  probability: null,
  factor: null,
  traits: {},
  ...fields,
});
const surprises = (count: number, probability: number, traits: Traits = {}): Raised[] =>
  Array.from({ length: count }, (_, index) => finding(index, { probability, factor: 3, traits }));

function deliver(desk: Desk, raised: readonly Raised[], jobs = 100, minute = 0): Delivery[] {
  const at = new Date(Date.UTC(2026, 9, 1, 2, minute));
  const tick = { at, raised, tests: jobs, jobs, sizeOf: () => jobs };
  return deliverTick(desk, tick, defaultDelivery);
}
const whys = (delivered: readonly Delivery[]): string[] => delivered.map(({ why }) => why);

describe('what a fleet tells', () => {
  it('is every fact that matters, and surprises that chance does not explain', () => {
    const raised = [finding(0), finding(1, { severity: 'low' }), finding(2, { probability: 0.01 })];
    expect(new Set(whys(deliver(emptyDesk(), raised)))).toEqual(new Set(['told', 'chance', 'low']));
    expect(whys(deliver(emptyDesk(), surprises(1, 1e-5)))).toEqual(['told']);
    expect(whys(deliver(emptyDesk(), surprises(1, 1e-5), 100_000))).toEqual(['chance']);
  });

  it('keeps to a budget of surprises a day, which grows with the fleet', () => {
    for (const [jobs, pages] of [
      [100, 3],
      [20_000, 20],
    ] as const) {
      const delivered = deliver(emptyDesk(), surprises(50, 1e-12), jobs);
      expect(delivered.filter(({ why }) => why === 'told').length).toBe(pages);
    }
  });

  it('says the same again only when it is twice as bad', () => {
    const desk = emptyDesk();
    const again = (factor: number, minute: number): string[] =>
      whys(deliver(desk, [finding(1, { probability: 1e-9, factor })], 100, minute));
    expect([again(3, 0), again(4, 5), again(7, 10)]).toEqual([['told'], ['again'], ['told']]);
  });

  it('is one page for a shared cause, and names it to all its members', () => {
    const shared = { target: 's3-main' };
    const raised = Array.from({ length: 40 }, (_, index) => finding(index, { traits: shared }));
    const delivered = deliver(emptyDesk(), raised, 40);
    expect(delivered.filter(({ as }) => as === 'page').length).toBeLessThanOrEqual(8);
    const [last] = delivered.slice(-1);
    expect(last).toMatchObject({
      why: 'member',
      incident: { trait: 'target', tripped: 40, of: 40 },
    });
  });

  it('is a coincidence below three jobs, and an hour later', () => {
    const desk = emptyDesk();
    const traits = { node: 'n1' };
    for (const [index, minute] of [
      [0, 0],
      [1, 50],
      [2, 130],
    ] as const)
      expect(deliver(desk, [finding(index, { traits })], 10, minute)[0]?.incident).toBeNull();
  });

  it('does not depend on the order of a tick', () => {
    const raised = [
      ...surprises(6, 1e-9, { node: 'n1' }),
      finding(20),
      finding(21, { severity: 'low', traits: { node: 'n1' } }),
    ];
    const expected = deliver(emptyDesk(), raised);
    fc.assert(
      fc.property(fc.shuffledSubarray(raised, { minLength: raised.length }), (shuffled) => {
        expect(deliver(emptyDesk(), shuffled)).toEqual(expected);
      }),
    );
  });
});
