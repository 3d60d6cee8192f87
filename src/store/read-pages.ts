/** Rows of one page: what is read at once stays small in the server, on the way and here. */
const ROWS = 1_000;

type Key = readonly (string | number | null)[];

interface Page<Item> {
  items: Item[];
  /** Sort key of the last row when more follow. */
  next: Key | null;
}

/** Reads a list page after page. What changes meanwhile may be read as it was or as it is. */
export async function readPages<Item>(
  read: (query: { limit: number; after: Key | null }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const all: Item[] = [];
  let after: Key | null = null;
  do {
    const page: Page<Item> = await read({ limit: ROWS, after });
    for (const item of page.items) all.push(item);
    after = page.next;
  } while (after !== null);
  return all;
}
