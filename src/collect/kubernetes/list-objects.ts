import { AppError } from '../../domain/error.ts';
import type { KubernetesObject } from '../engine.ts';
import { httpStatus } from './api-error.ts';
import type { KubeClient } from './kube-client.ts';
import { listAccept, pathOf, type KindTarget } from './kind-target.ts';
import { field, isRecord, textOf } from './object-meta.ts';

const RESTARTS = 3;

export interface ListPages {
  /** Called for each page in order; awaited, so that a slow taker slows the reading. */
  onPage(items: KubernetesObject[]): Promise<void>;
  /** The continue token expired: everything so far comes again. */
  onRestart(): void;
}

export interface ListEnd {
  resourceVersion: string;
  /** The API's time when the list was asked for: from here on a watch misses nothing. */
  date: Date | null;
}

/** Lists a kind page by page. A token that expired (410) starts the list again, three times at most. */
export async function listObjects(
  client: KubeClient,
  target: KindTarget,
  pageSize: number,
  pages: ListPages,
  signal: AbortSignal,
): Promise<ListEnd> {
  for (let restart = 0; ; restart += 1) {
    try {
      return await listOnce(client, target, pageSize, pages, signal);
    } catch (error) {
      if (httpStatus(error) !== 410 || restart >= RESTARTS) throw error;
      pages.onRestart();
    }
  }
}

async function listOnce(
  client: KubeClient,
  target: KindTarget,
  pageSize: number,
  pages: ListPages,
  signal: AbortSignal,
): Promise<ListEnd> {
  let token: string | null = null;
  let end: ListEnd | null = null;
  do {
    const query = new URLSearchParams({
      limit: String(pageSize),
      ...(token && { continue: token }),
    });
    const { body, date } = await client.get(
      `${pathOf(target)}?${query}`,
      signal,
      listAccept(target),
    );
    const resourceVersion = textOf(field(body, 'metadata', 'resourceVersion'));
    const items = field(body, 'items') ?? [];
    if (resourceVersion === null || !Array.isArray(items))
      throw new AppError(
        'source-invalid',
        `the list of ${target.plural} is not a Kubernetes list`,
        {
          nextStep: 'Check that the address is a Kubernetes API.',
        },
      );
    end ??= { resourceVersion, date };
    await pages.onPage(items.filter(isRecord));
    token = textOf(field(body, 'metadata', 'continue'));
  } while (token !== null);
  return end;
}
