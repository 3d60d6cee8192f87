import { DAY_MS, MINUTE_MS } from '../../domain/time.ts';
import type { QueryReply } from './reply.ts';

/** Notices metrics that were there and no longer are: renamed, or no longer scraped. */
export interface FamilyWatch {
  /** Names that have been silent for a quarter of an hour and for less than a day, in alphabetical order. */
  silentIn(replies: readonly (QueryReply | null | undefined)[], at: Date): string[];
}

/** Longer than a scraper or an exporter needs to begin again. */
const SILENT_MS = 15 * MINUTE_MS;
/** Afterwards it is taken as gone on purpose, as with the last volume or an engine that was removed. */
const FORGOTTEN_MS = DAY_MS;

export function createFamilyWatch(): FamilyWatch {
  const heardAt = new Map<string, number>();
  return {
    silentIn(replies, at) {
      const now = at.getTime();
      for (const { labels } of replies.flatMap((reply) => reply?.series ?? []))
        if (labels['__name__'] !== undefined) heardAt.set(labels['__name__'], now);
      // Absence tells something in whole answers alone.
      if (replies.some((reply) => !reply || reply.partial)) return [];
      for (const [name, heard] of heardAt) if (now - heard > FORGOTTEN_MS) heardAt.delete(name);
      return [...heardAt.keys()]
        .filter((name) => now - (heardAt.get(name) ?? now) >= SILENT_MS)
        .sort();
    },
  };
}
