import { AppError } from '../../domain/error.ts';
import type { KindSpec } from '../engine.ts';
import { httpStatus } from './api-error.ts';
import type { KubeClient } from './kube-client.ts';
import type { KindTarget } from './kind-target.ts';
import { field, isRecord } from './object-meta.ts';

export interface Discovered {
  /** The kinds this API serves, in the best version both sides know. */
  served: Map<KindSpec, Omit<KindTarget, 'namespace' | 'metadataOnly'>>;
  /** Groups that are announced but did not answer. */
  broken: { group: string; error: AppError }[];
}

/** Which of the kinds this API serves: `/apis`, then one request for each wanted group version. */
export async function discoverKinds(
  client: KubeClient,
  specs: readonly KindSpec[],
  signal: AbortSignal,
): Promise<Discovered> {
  const announced = await announcedVersions(client, signal);
  const found: Discovered = { served: new Map(), broken: [] };
  const lists = new Map<string, Map<string, boolean> | null>();
  for (const spec of specs)
    for (const version of spec.versions.filter((v) => announced.has(`${spec.group}/${v}`))) {
      const key = `${spec.group}/${version}`;
      if (!lists.has(key))
        lists.set(key, await resourcesOf(client, spec.group, version, found, signal));
      const namespaced = lists.get(key)?.get(spec.plural);
      if (namespaced === undefined) continue;
      const { group, plural, kind } = spec;
      found.served.set(spec, { group, version, plural, kind, namespaced });
      break;
    }
  return found;
}

async function announcedVersions(client: KubeClient, signal: AbortSignal): Promise<Set<string>> {
  const { body } = await client.get('/apis', signal);
  const groups = field(body, 'groups');
  const versions = (Array.isArray(groups) ? groups : []).flatMap((group: unknown) => {
    const listed = field(group, 'versions');
    return (Array.isArray(listed) ? listed : []).map((item: unknown) =>
      String(field(item, 'groupVersion')),
    );
  });
  return new Set(['/v1', ...versions]);
}

async function resourcesOf(
  client: KubeClient,
  group: string,
  version: string,
  found: Discovered,
  signal: AbortSignal,
): Promise<Map<string, boolean> | null> {
  try {
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const resources = field((await client.get(path, signal)).body, 'resources');
    const listed = (Array.isArray(resources) ? resources : []).filter(isRecord);
    return new Map(listed.map((item) => [String(item['name']), item['namespaced'] === true]));
  } catch (error) {
    if (signal.aborted || !(error instanceof AppError)) throw error;
    if (httpStatus(error) !== 404) found.broken.push({ group, error });
    return null;
  }
}
