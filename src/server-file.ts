import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const ServerFile = z.object({
  url: z.string(),
  pid: z.number(),
  /** A key of the owner, made anew at each start; the file is readable by its user only. */
  key: z.string(),
  demo: z.boolean(),
  version: z.string(),
});
export type ServerFile = z.infer<typeof ServerFile>;

const NAME = 'server.json';

/** Tells the command line where this data directory's server listens. Written whole or not at all. */
export async function writeServerFile(directory: string, file: ServerFile): Promise<void> {
  const path = join(directory, NAME);
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, JSON.stringify(file), { mode: 0o600 });
  await rename(draft, path);
}

/** The running server of a data directory; null when there is none, also when one was killed and left its file. */
export async function readServerFile(directory: string): Promise<ServerFile | null> {
  const text = await readFile(join(directory, NAME), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = ServerFile.safeParse(parseJson(text));
  return parsed.success && (await answers(parsed.data)) ? parsed.data : null;
}

export async function removeServerFile(directory: string): Promise<void> {
  await rm(join(directory, NAME), { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A busy server takes its time; where none is, the connection is refused at once. */
const PATIENCE_MS = 30_000;

/** A pid can be given to another process: only an answer to our own key proves the server. */
async function answers(file: ServerFile): Promise<boolean> {
  const reply = await fetch(new URL('/v1/me', file.url), {
    headers: { authorization: `Bearer ${file.key}` },
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => null);
  await reply?.body?.cancel();
  return reply?.ok === true;
}
