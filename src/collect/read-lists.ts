import { AppError } from '../domain/error.ts';
import { SECOND_MS } from '../domain/time.ts';
import type { CollectProblem } from '../domain/facts.ts';
import type { ClusterSession } from './cluster-session.ts';
import { isNarrowable, narrowedScopes, scopesOf } from './kind-scopes.ts';
import type { ClusterSource } from './kubernetes/cluster-source.ts';
import { readKind } from './kubernetes/follow-kind.ts';
import { sourceOf } from './kubernetes/kind-target.ts';
import { problemOf } from './problem-texts.ts';
import type { ReadKind } from './read-kind.ts';
import { savingMeanwhile, type Reading } from './reading.ts';

/** Lists every readable kind once and saves; see `ClusterReader.collectOnce`. */
export async function readLists(
  reading: Reading,
): Promise<{ observedAt: Date; problems: CollectProblem[] }> {
  const { session, source, signal, onProgress } = reading;
  onProgress?.({ phase: 'discover', text: `asking ${source.name} what it serves` });
  const at = await session.probe(signal);
  const kinds = await session.discover(signal);
  reading.onKinds(kinds);
  for (const kind of kinds) {
    onProgress?.({ phase: 'list', text: `listing ${sourceOf(kind.target)}` });
    const lists = scopesOf(source, kind).map((scope) => readOnce(reading, scope, at));
    await savingMeanwhile(reading, Promise.all(lists), at, kind.reader !== null);
  }
  const until = await session.probe(signal);
  const observedAt = new Date(Math.max(until.getTime(), at.getTime() + SECOND_MS));
  await session.save(observedAt);
  const problems = session.problems.current();
  if (session.kinds().length > 0 && everythingFailed(session))
    throw nothingReadable(source, problems);
  return { observedAt, problems };
}

/** Lists a kind; what was listed counts as seen from `at`, the API's time before the lists, until they are done. */
async function readOnce(reading: Reading, kind: ReadKind, at: Date): Promise<void> {
  const { session, client, source, settings, signal } = reading;
  const listener = session.listener(kind, { onDone() {}, onBroken() {} });
  try {
    await readKind(client, kind.target, settings.pageSize, listener, signal);
    listener.onWatching(at);
  } catch (error) {
    if (!(error instanceof AppError) || signal.aborted) throw error;
    listener.onBroken(error, 1);
    if (!isNarrowable(kind, error)) return;
    const scopes = await narrowedScopes(session, client, source, kind, signal);
    for (const scope of scopes) await readOnce(reading, scope, at);
  }
}

function everythingFailed(session: ClusterSession): boolean {
  const failed = new Set(session.problems.current().map(({ source }) => source));
  return session.kinds().every(({ source }) => failed.has(source));
}

function nothingReadable(source: ClusterSource, problems: CollectProblem[]): AppError {
  const [first] = problems.filter(({ code }) => code !== 'invalid');
  const refused = problems.some(({ code }) => code === 'forbidden' || code === 'unauthorized');
  return new AppError(
    refused ? 'source-unauthorized' : 'source-unreachable',
    `nothing in ${source.name} can be read: ${first?.message ?? 'no kind answered'}`,
    { nextStep: first?.nextStep ?? problemOf('cluster', new AppError('internal', '')).nextStep },
  );
}
