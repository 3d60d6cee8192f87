import { describe, expect, it } from 'vitest';
import type { Metric } from '../../domain/metrics.ts';
import { createSeriesBook } from './series-book.ts';

const hours = (count: number) => new Date(Date.UTC(2026, 10, 21) + count * 3_600_000);
const reading = (metric: Metric, at: Date, value: number) => ({
  metric,
  subject: 'resource' as const,
  subjectId: 'photos',
  namespace: 'media',
  origin: 'x',
  at,
  value,
});

const taken = (metric: Metric, values: [number, number][]) => {
  const book = createSeriesBook();
  return values.map(
    ([hour, value]) => book.take('c', [reading(metric, hours(hour), value)]).samples.length,
  );
};

describe('what is worth writing', () => {
  it.each<[Metric, [number, number][], number[]]>([
    [
      'volume-used-bytes',
      [
        [0, 1_000],
        [1, 1_001],
        [2, 1_003],
        [3, 1_003],
      ],
      [1, 0, 1, 0],
    ],
    [
      'volume-used-bytes',
      [
        [0, 1_000],
        [5, 1_000],
        [6, 1_000],
      ],
      [1, 0, 1],
    ],
    [
      'volume-capacity-bytes',
      [
        [0, 1_000],
        [6, 1_000],
        [7, 1_001],
        [31, 1_001],
      ],
      [1, 0, 1, 1],
    ],
    [
      'out-of-sync',
      [
        [0, 0],
        [1, 1],
        [2, 1],
      ],
      [1, 1, 0],
    ],
    [
      'mover-cpu-seconds',
      [
        [0, 5],
        [0, 5],
        [1, 5],
      ],
      [1, 0, 1],
    ],
    [
      'volume-used-bytes',
      [
        [2, 1_000],
        [1, 5_000],
      ],
      [1, 0],
    ],
  ])('of %s: %j', (metric, values, expected) => {
    expect(taken(metric, values)).toEqual(expected);
  });

  it('is everything again after a write has failed', () => {
    const book = createSeriesBook();
    const same = [reading('out-of-sync', hours(0), 0)];
    expect(book.take('c', same).samples).toHaveLength(1);
    book.clear();
    expect(book.take('c', same)).toMatchObject({
      series: [{ metric: 'out-of-sync' }],
      samples: [{ value: 0 }],
    });
  });
});
