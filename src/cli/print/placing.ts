import { plain } from './table.ts';

/** How to name the things of a list: with their cluster where the list holds several. */
export function placing(
  items: readonly { cluster: string }[],
): (item: { cluster: string }, place: string) => string {
  const several = new Set(items.map(({ cluster }) => cluster)).size > 1;
  return ({ cluster }, place) => plain(several ? `${cluster}: ${place}` : place);
}
