import { expect, it } from 'vitest';
import { pagesOf } from './pages.ts';

/** A list of so many numbers, and the limits it was asked with. */
function listOf(count: number) {
  const limits: number[] = [];
  const read = async ({ limit, cursor = '0' }: { limit: number; cursor?: string }) => {
    limits.push(limit);
    const from = Number(cursor);
    const items = Array.from({ length: Math.min(limit, count - from) }, (_, index) => from + index);
    const end = from + items.length;
    return { items, nextCursor: end < count ? String(end) : null };
  };
  return { read, limits };
}

async function rowsOf(count: number, most?: number) {
  const { read, limits } = listOf(count);
  const rows: number[] = [];
  let next: string | null = null;
  for await (const page of pagesOf(read, most)) {
    rows.push(...page.items);
    next = page.nextCursor;
  }
  return { rows, limits, next };
}

it('brings every row once, in order', async () => {
  const { rows, limits, next } = await rowsOf(1_234);
  expect(rows).toEqual(Array.from({ length: 1_234 }, (_, index) => index));
  expect([limits, next]).toEqual([[500, 500, 500], null]);
});

it('ends with the row asked for, and says whether there are more', async () => {
  expect(await rowsOf(700, 600)).toMatchObject({ limits: [500, 100], next: '600' });
  expect(await rowsOf(600, 600)).toMatchObject({ limits: [500, 100], next: null });
  expect(await rowsOf(0)).toEqual({ rows: [], limits: [500], next: null });
});

it('reads no page that nobody takes', async () => {
  const { read, limits } = listOf(5_000);
  for await (const { items } of pagesOf(read)) if (items.includes(3)) break;
  expect(limits).toEqual([500]);
});
