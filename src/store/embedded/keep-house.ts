import type { PGlite } from '@electric-sql/pglite';

/** Between two looks; each looks after all tables that are due, one at a time, so that calls get in between. */
const EVERY_MS = 10_000;

/**
 * Tables that have grown by a fifth since they were last looked after, the most grown first. Not autovacuum's counters:
 * embedded they do not outlive a restart. A table that only changes grows too, by its dead rows.
 */
const DUE = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  cross join lateral (select pg_relation_size(c.oid) / 8192 as pages) now
  where n.nspname = 'plimsoll' and c.relkind = 'r' and now.pages > 1.2 * c.relpages + 8
  order by now.pages - c.relpages desc`;

/**
 * What autovacuum does on a server: without fresh statistics a page of a large list takes ten times as long.
 * `mayWrite` says whether there is room.
 */
export function keepHouse(
  database: PGlite,
  mayWrite: () => boolean,
  everyMs = EVERY_MS,
): { stop(): Promise<void> } {
  let stopped = false;
  let round: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    round = round.then(() => (mayWrite() ? lookAfter(database, () => stopped) : undefined));
  }, everyMs);
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
      return round;
    },
  };
}

/** A failure is no trouble of anyone's: the next round tries again. */
async function lookAfter(database: PGlite, isStopped: () => boolean): Promise<void> {
  try {
    const { rows } = await database.query<{ name: string }>(DUE);
    for (const { name } of rows) {
      if (isStopped()) return;
      await database.exec(`vacuum (analyze) ${name}`);
    }
  } catch {
    return;
  }
}
