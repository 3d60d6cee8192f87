import type { Page } from '../domain/views.ts';

const LARGEST_PAGE = 500;

/**
 * The pages of a list, one after the other, of at most `most` rows together. Each is read when the one before has been
 * taken; the last one's `nextCursor` says whether rows were left out.
 */
export async function* pagesOf<T>(
  read: (page: { limit: number; cursor?: string }) => Promise<Page<T>>,
  most = Infinity,
): AsyncGenerator<Page<T>> {
  let cursor: string | null = null;
  let rows = 0;
  do {
    const limit = Math.min(LARGEST_PAGE, most - rows);
    const page: Page<T> = await read({ limit, ...(cursor !== null && { cursor }) });
    yield page;
    rows += page.items.length;
    cursor = page.nextCursor;
  } while (cursor !== null && rows < most);
}
