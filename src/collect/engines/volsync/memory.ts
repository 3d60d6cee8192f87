import { z } from 'zod';

/** What one ReplicationSource's reading must remember: VolSync keeps no history, only the newest synchronisation. */
const Memory = z.object({
  v: z.literal(1),
  /** Incarnation the rest belongs to. */
  uid: z.string(),
  /** The run under way, by its canonical start. */
  running: z.string().nullable(),
  /** The newest ended run: its start, and the `lastSyncTime` that ended it. */
  ended: z.object({ start: z.string(), syncTime: z.string() }).nullable(),
  /** The failed mover's log already told, hashed. */
  failure: z.string().nullable(),
  /** End of the newest synchronisation that moved data. */
  success: z.string().nullable(),
  /** The restore point the status stands for: VolSync shows the newest only. */
  point: z.string().nullable(),
});
export type Memory = z.infer<typeof Memory>;

export function noMemory(uid: string): Memory {
  return { v: 1, uid, running: null, ended: null, failure: null, success: null, point: null };
}

/** A memory of another version, damaged, or of an earlier incarnation counts as none. */
export function recall(text: string | null, uid: string): Memory {
  return parseMemory(text, uid) ?? noMemory(uid);
}

/** The memory of an earlier incarnation with a run that was under way when the object went; else null. */
export function unfinished(
  text: string | null,
  uid: string,
): { uid: string; start: string } | null {
  const parsed = parse(text);
  return parsed !== null && parsed.uid !== uid && parsed.running !== null
    ? { uid: parsed.uid, start: parsed.running }
    : null;
}

function parseMemory(text: string | null, uid: string): Memory | null {
  const parsed = parse(text);
  return parsed?.uid === uid ? parsed : null;
}

function parse(text: string | null): Memory | null {
  if (text === null) return null;
  try {
    return Memory.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
