import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DidWell, Traits, WellLately } from '../../domain/delivery.ts';
import { defaultDelivery, deliverTick } from './deliver.ts';
import type { Delivery, Raised } from './deliver.ts';
import { emptyDesk, readDesk, writeDesk } from './desk.ts';
import type { Desk } from './desk.ts';

const finding = (index: number, fields: Partial<Raised> = {}): Raised => ({
  key: `finding-${index}`,
  jobId: `job-${index}`,
  fingerprint: `finding-${index}`,
  severity: 'high',
  probability: null,
  factor: null,
  trouble: 'outage',
  traits: {},
  didWell: {},
  lastWellAt: null,
  ...fields,
});
const surprises = (count: number, probability: number, traits: Traits = {}): Raised[] =>
  Array.from({ length: count }, (_, index) => finding(index, { probability, factor: 3, traits }));
const node = (value: string): Traits => ({ node: { value, clusterId: 'c' } });
const target = (value: string): Traits => ({ target: { value, clusterId: null } });

function tickOf(desk: Desk, raised: readonly Raised[], jobs = 100, minute = 0) {
  const at = new Date(Date.UTC(2026, 9, 1, 2, minute));
  const tick = { at, raised, tests: jobs, jobs, sizeOf: () => jobs };
  return deliverTick(desk, tick, defaultDelivery);
}
const deliver = (...given: Parameters<typeof tickOf>): Delivery[] => tickOf(...given).deliveries;
const whys = (delivered: readonly Delivery[]): string[] => delivered.map(({ why }) => why);

const both = (index: number): Raised =>
  finding(index, {
    traits: { ...node('n1'), cluster: { value: 'c', clusterId: 'c' }, ...target('s3') },
  });

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
    const raised = Array.from({ length: 40 }, (_, index) =>
      finding(index, { traits: target('s3') }),
    );
    const delivered = deliver(emptyDesk(), raised, 40);
    expect(whys(delivered)).toEqual(['told', ...Array.from({ length: 39 }, () => 'member')]);
    for (const { incident } of delivered)
      expect(incident).toMatchObject({ trait: 'target', value: 's3', tripped: 40, of: 40 });
  });

  it('links what was told before the cause was seen, and who trips later is no page', () => {
    const desk = emptyDesk();
    const one = (index: number, minute: number) =>
      tickOf(desk, [finding(index, { traits: target('s3') })], 12, minute);
    for (const [index, minute] of [
      [0, 0],
      [1, 10],
    ] as const)
      expect(one(index, minute)).toMatchObject({
        deliveries: [{ why: 'told' }],
        linked: new Map(),
      });
    const third = one(2, 20);
    expect(whys(third.deliveries)).toEqual(['told']);
    expect([...third.linked.keys()]).toEqual(['finding-0', 'finding-1']);
    const fourth = one(3, 30).deliveries[0];
    expect(fourth).toMatchObject({ why: 'member', incident: { tripped: 4, of: 12 } });
    expect(fourth?.incident?.since).toEqual(new Date('2026-10-01T02:00:00Z'));
    expect(fourth?.incident?.incidentId).toBe(third.deliveries[0]?.incident?.incidentId);
    expect(one(4, 100).deliveries[0]?.incident).toBeNull();
  });

  it('tells an incident again only when it turns out graver', () => {
    const desk = emptyDesk();
    const one = (index: number, severity: Raised['severity'], minute: number) =>
      deliver(desk, [finding(index, { severity, traits: target('s3') })], 12, minute)[0]?.why;
    [0, 1, 2].forEach((index) => one(index, 'high', 0));
    expect(one(3, 'medium', 5)).toBe('member');
    expect(one(4, 'critical', 5)).toBe('told');
    expect(one(5, 'critical', 10)).toBe('member');
    expect(one(6, 'high', 15)).toBe('member');
  });

  it('takes what goes on in its jobs for the same trouble, however late, until they do well', () => {
    const desk = emptyDesk();
    const jobs = [0, 1, 2].map((index) => finding(index, { traits: target('s3') }));
    const incident = deliver(desk, jobs, 3)[0]!.incident!;
    const late = (index: number, lastWellAt: Date | null) =>
      deliver(
        desk,
        [finding(index, { key: `late-${index}`, lastWellAt, traits: target('s3') })],
        3,
        60 * 30,
      )[0]!;
    expect(late(0, null).incident?.incidentId).toBe(incident.incidentId);
    expect(late(9, null).incident).toBeNull();
    expect(late(1, new Date('2026-10-02T00:00:00Z')).incident).toBeNull();
  });

  it('looks at those whose turn it was, not at all who share it', () => {
    const traits: Traits = { cluster: { value: 'c', clusterId: 'c' } };
    const last = (tripped: number, well: WellLately) => {
      const desk = emptyDesk();
      const found = Array.from({ length: tripped }, (_, index) => {
        const didWell = { cluster: well };
        return deliver(desk, [finding(index, { traits, didWell })], 500, index * 50);
      });
      return found.flat().at(-1)?.incident;
    };
    expect(last(5, [0, 5, 400])).toMatchObject({ trait: 'cluster', tripped: 5 });
    expect(last(5, [0, 25, 400])).toBeNull();
    expect(last(3, [0, 3, 400])).toMatchObject({ trait: 'cluster', tripped: 3 });
    expect(last(3, [0, 5, 400])).toBeNull();
  });

  it('is what explains most, not what a few of them share by accident', () => {
    const well: DidWell = { node: [0, 0, 0], cluster: [1, 1, 1] };
    const raised = [0, 1, 2, 3, 4].map((index) =>
      finding(index, {
        didWell: well,
        traits: {
          ...node(index < 3 ? 'n1' : `n${index}`),
          cluster: { value: 'c', clusterId: 'c' },
        },
      }),
    );
    const delivered = deliver(emptyDesk(), raised, 40);
    expect(whys(delivered).filter((why) => why === 'told')).toHaveLength(1);
    for (const { incident } of delivered) expect(incident).toMatchObject({ trait: 'cluster' });
  });

  it('does not take an empty backup for one that failed', () => {
    const desk = emptyDesk();
    const jobs = [0, 1, 2].map((index) => finding(index, { traits: target('s3') }));
    deliver(desk, jobs, 3);
    const other = finding(7, { severity: 'critical', trouble: 'empty-run', traits: target('s3') });
    expect(deliver(desk, [other], 3, 5)).toMatchObject([{ why: 'told', incident: null }]);
  });

  it('names the narrowest thing that explains it', () => {
    const tick = {
      at: new Date('2026-10-01T02:00:00Z'),
      raised: [0, 1, 2, 3].map(both),
      tests: 0,
      jobs: 20,
      sizeOf: (trait: string) => (trait === 'node' ? 20 : trait === 'target' ? 5 : 20),
    };
    const [first] = deliverTick(emptyDesk(), tick, defaultDelivery).deliveries;
    expect(first?.incident).toMatchObject({ trait: 'target', tripped: 4, of: 5 });
  });

  it('takes a finding of no job along, and counts jobs alone', () => {
    const guest = finding(9, { jobId: null, traits: target('s3') });
    const jobs = [0, 1, 2].map((index) => finding(index, { traits: target('s3') }));
    const [first] = deliver(emptyDesk(), [guest, ...jobs], 10);
    expect(first?.incident).toMatchObject({ tripped: 3, of: 10 });
    expect(deliver(emptyDesk(), [guest, ...jobs.slice(1)], 10)[0]?.incident).toBeNull();
  });

  it('is one page for what one look at a cluster finds of many', () => {
    const traits: Traits = { rule: { value: 'not-covered', clusterId: 'c' } };
    const raised = [0, 1, 2].map((index) => finding(index, { jobId: null, traits }));
    const delivered = deliver(emptyDesk(), raised, 0);
    expect(whys(delivered)).toEqual(['told', 'member', 'member']);
    expect(delivered[0]?.incident).toMatchObject({ trait: 'rule', tripped: 3, of: null });
    const remarks = raised.map((one) => ({ ...one, severity: 'low' as const }));
    expect(whys(deliver(emptyDesk(), remarks, 0))).toEqual(['low', 'low', 'low']);
  });

  it('is a coincidence below three jobs, and an hour later', () => {
    const desk = emptyDesk();
    for (const [index, minute] of [
      [0, 0],
      [1, 50],
      [2, 130],
    ] as const)
      expect(
        deliver(desk, [finding(index, { traits: node('n1') })], 10, minute)[0]?.incident,
      ).toBeNull();
  });

  it('does not call ten of a thousand jobs of one schedule an incident', () => {
    const traits: Traits = { startMinute: { value: '0 2 * * * UTC', clusterId: null } };
    const raised = Array.from({ length: 10 }, (_, index) => finding(index, { traits }));
    expect(deliver(emptyDesk(), raised, 1_000)[0]?.incident).toBeNull();
  });

  it('does not depend on the order of a tick', () => {
    const raised = [
      ...surprises(6, 1e-9, node('n1')),
      finding(20),
      finding(21, { severity: 'low', traits: node('n1') }),
      ...[30, 31, 32].map((index) =>
        finding(index, { traits: { ...target('s3'), ...node('n1') } }),
      ),
    ];
    const expected = tickOf(emptyDesk(), raised);
    fc.assert(
      fc.property(fc.shuffledSubarray(raised, { minLength: raised.length }), (shuffled) => {
        expect(tickOf(emptyDesk(), shuffled)).toEqual(expected);
      }),
    );
  });
});

const news = fc.record({
  minute: fc.integer({ min: 0, max: 60 * 24 * 5 }),
  job: fc.integer({ min: 0, max: 11 }),
  node: fc.constantFrom('n1', 'n2'),
  target: fc.constantFrom('s3', 'nfs'),
  severity: fc.constantFrom('critical', 'high', 'low'),
  probability: fc.constantFrom(null, 1e-9, 0.2),
  trouble: fc.constantFrom('outage', 'empty-run'),
  well: fc.integer({ min: 0, max: 9 }),
});

describe('a desk', () => {
  it('that is put away after every tick tells what one that stays in memory tells', () => {
    fc.assert(
      fc.property(fc.array(news, { maxLength: 60 }), (events) => {
        const ticks = [...Map.groupBy(events, ({ minute }) => minute - (minute % 5))];
        ticks.sort(([a], [b]) => a - b);
        const kept = emptyDesk();
        let text: string | null = null;
        for (const [minute, tick] of ticks) {
          const raised = tick.map((one, index) =>
            finding(one.job, {
              key: `${minute} ${index}`,
              severity: one.severity,
              probability: one.probability,
              factor: one.probability === null ? null : 2,
              trouble: one.trouble,
              didWell: { node: [one.well, one.well, 2 * one.well] },
              traits: { ...node(one.node), ...target(one.target) },
            }),
          );
          const stored = readDesk(text);
          expect(tickOf(stored, raised, 12, minute)).toEqual(tickOf(kept, raised, 12, minute));
          text = writeDesk(stored);
        }
      }),
    );
  });

  it('begins anew when its text is cut or of another version', () => {
    const desk = emptyDesk();
    deliver(desk, [finding(1)]);
    const text = writeDesk(desk);
    expect(readDesk(text)).toEqual(desk);
    for (const bad of [null, '', text.slice(0, -3), text.replace('"v":2', '"v":0')])
      expect(readDesk(bad)).toEqual(emptyDesk());
  });
});
