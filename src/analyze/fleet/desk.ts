import { z } from 'zod';
import { SEVERITIES, SHARED_TRAITS } from '../../domain/words.ts';
import { noGroups } from './cause-groups.ts';
import type { CauseGroups, Group } from './cause-groups.ts';

/** What a fleet remembers of what was told; bounded by the findings of a week. Instants are milliseconds. */
export interface Desk {
  /** The newest tick there was news of, and its surprises. */
  tick: { at: number; surprises: number[] };
  /** Surprises that paged, by day. */
  pages: Map<number, number>;
  /** By fingerprint, when it was last told and how bad it was. */
  told: Map<string, { at: number; factor: number }>;
  groups: CauseGroups;
}

export function emptyDesk(): Desk {
  const tick = { at: -Infinity, surprises: [] };
  return { tick, pages: new Map(), told: new Map(), groups: noGroups() };
}

const VERSION = 2;
const StoredGroup = z.object({
  trait: z.enum(SHARED_TRAITS),
  value: z.string(),
  clusterId: z.string().nullable(),
  trouble: z.string(),
  since: z.number(),
  newest: z.number(),
  incidentId: z.string().nullable(),
  told: z.enum(SEVERITIES).nullable(),
  didWell: z.tuple([z.number(), z.number(), z.number()]).nullable(),
  members: z.array(z.tuple([z.string(), z.number(), z.boolean(), z.array(z.string())])),
});
type StoredGroup = z.output<typeof StoredGroup>;
const StoredGroups = z.array(z.tuple([z.string(), StoredGroup]));
const Stored = z.object({
  v: z.literal(VERSION),
  tick: z.object({ at: z.number().nullable(), surprises: z.array(z.number()) }),
  pages: z.array(z.tuple([z.number(), z.number()])),
  told: z.array(z.tuple([z.string(), z.number(), z.number()])),
  groups: z.object({ forming: StoredGroups, incidents: StoredGroups }),
});

export function writeDesk({ tick, pages, told, groups }: Desk): string {
  const stored: z.output<typeof Stored> = {
    v: VERSION,
    tick: { ...tick, at: Number.isFinite(tick.at) ? tick.at : null },
    pages: [...pages],
    told: [...told].map(([fingerprint, { at, factor }]) => [fingerprint, at, factor]),
    groups: { forming: written(groups.forming), incidents: written(groups.incidents) },
  };
  return JSON.stringify(stored);
}

/** An empty desk when there is none yet, or when the text is of another version or damaged: something may be told again. */
export function readDesk(text: string | null): Desk {
  const stored = text === null ? null : Stored.safeParse(parsed(text));
  if (stored === null || !stored.success) return emptyDesk();
  const { tick, pages, told, groups } = stored.data;
  return {
    tick: { ...tick, at: tick.at ?? -Infinity },
    pages: new Map(pages),
    told: new Map(told.map(([fingerprint, at, factor]) => [fingerprint, { at, factor }])),
    groups: { forming: read(groups.forming), incidents: read(groups.incidents) },
  };
}

function written(groups: CauseGroups['forming']): [string, StoredGroup][] {
  return [...groups].map(([key, group]) => {
    const members = [...group.members.values()];
    const rows = members.map(({ id, at, counts, keys }): StoredGroup['members'][number] => [
      id,
      at,
      counts,
      keys,
    ]);
    return [key, { ...group, members: rows }];
  });
}

function read(stored: readonly [string, StoredGroup][]): CauseGroups['forming'] {
  return new Map(
    stored.map(([key, group]): [string, Group] => {
      const members = group.members.map(([id, at, counts, keys]) => ({ id, at, counts, keys }));
      return [key, { ...group, members: new Map(members.map((member) => [member.id, member])) }];
    }),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
