import { AppError } from '../../domain/error.ts';
import { answerError, networkError } from './api-error.ts';
import type { KubeClient } from './kube-client.ts';
import { pathOf, watchAccept, type KindTarget } from './kind-target.ts';
import { field, isRecord, textOf } from './object-meta.ts';

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: Record<string, unknown>;
}

export interface WatchCalls {
  /** The API accepted the watch. */
  onOpen(date: Date | null): void;
  /** Awaited: nothing more is read from the connection meanwhile. */
  onEvent(event: WatchEvent): Promise<void>;
}

/** Beyond the server's own limit; then the connection is dead, whatever TCP says. */
const GRACE_MS = 30_000;

/**
 * One watch, until it ends: `closed` by the server or after its time, which is normal, or `expired` (410 in either
 * form), after which only a new list helps. Any other end throws AppError.
 */
export async function watchObjects(
  client: KubeClient,
  target: KindTarget,
  from: { resourceVersion: string; seconds: number },
  calls: WatchCalls,
  signal: AbortSignal,
): Promise<'closed' | 'expired'> {
  const query = new URLSearchParams({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: from.resourceVersion,
    timeoutSeconds: String(from.seconds),
  });
  const own = new AbortController();
  try {
    const path = `${pathOf(target)}?${query}`;
    const either = AbortSignal.any([signal, own.signal]);
    const { body, date } = await client.stream(path, either, watchAccept(target));
    calls.onOpen(date);
    for await (const line of linesOf(client.server, body, from.seconds * 1000 + GRACE_MS, signal)) {
      const event = parseEvent(line, target);
      if (event === 'expired') return event;
      await calls.onEvent(event);
    }
    return 'closed';
  } catch (error) {
    if (error instanceof AppError && error.details['status'] === 410) return 'expired';
    throw error;
  } finally {
    own.abort();
  }
}

function parseEvent(line: string, target: KindTarget): WatchEvent | 'expired' {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    throw new AppError('source-invalid', `the watch of ${target.plural} sent what is not JSON`, {
      retryable: true,
    });
  }
  const [type, object] = [field(event, 'type'), field(event, 'object')];
  if (type === 'ERROR') {
    const code = field(object, 'code');
    if (code === 410) return 'expired';
    const status = typeof code === 'number' ? code : 500;
    throw answerError(status, JSON.stringify(object ?? {}), `the watch of ${target.plural}`);
  }
  return {
    type: type === 'ADDED' || type === 'DELETED' || type === 'BOOKMARK' ? type : 'MODIFIED',
    object: isRecord(object) ? object : {},
  };
}

async function* linesOf(
  server: string,
  body: ReadableStreamDefaultReader<Uint8Array>,
  idleMs: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const chunk = await readWithin(server, body, idleMs, signal);
    if (chunk === null) return;
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (textOf(line.trim()) !== null) yield line;
  }
}

/** Null at the end of the body, or when nothing came within the time. */
async function readWithin(
  server: string,
  body: ReadableStreamDefaultReader<Uint8Array>,
  idleMs: number,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), idleMs);
    timer.unref();
  });
  try {
    const chunk = await Promise.race([body.read(), idle]);
    return chunk === null || chunk.done ? null : chunk.value;
  } catch (error) {
    throw signal.aborted ? signal.reason : networkError(server, error);
  } finally {
    clearTimeout(timer);
  }
}
