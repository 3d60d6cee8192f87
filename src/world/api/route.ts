import { apiVersionOf, type WorldKind } from './kinds.ts';

/** What a request path names. */
export interface Route {
  kind: WorldKind;
  /** Null: all namespaces, or a cluster-scoped kind. */
  namespace: string | null;
  /** '' for the collection. */
  name: string;
  subresource: 'status' | null;
}

/** Null when no served kind has this path, which a real server answers with plain `404 page not found`. */
export function routeOf(path: string, kinds: readonly WorldKind[]): Route | null {
  const parts = /^\/(?:api|apis\/([^/]+))\/([^/]+)\/(?:namespaces\/([^/]+)\/)?(.+)$/.exec(path);
  if (!parts) return null;
  const [, group = '', version = '', namespace, rest = ''] = parts;
  const kindOf = (plural: string | undefined): WorldKind | undefined =>
    kinds.find(
      (kind) => kind.plural === plural && apiVersionOf(kind) === apiVersionOf({ group, version }),
    );
  const steps =
    namespace !== undefined && kindOf(rest.split('/')[0]) === undefined
      ? ['namespaces', namespace, ...rest.split('/')]
      : rest.split('/');
  const [plural, name = '', subresource, ...more] = steps.map(decodeURIComponent);
  const kind = kindOf(plural);
  if (!kind || more.length > 0) return null;
  if (subresource !== undefined && !(subresource === 'status' && kind.statusSubresource))
    return null;
  if (kind.namespaced && namespace === undefined && name !== '') return null;
  return {
    kind,
    namespace: kind.namespaced && namespace !== undefined ? decodeURIComponent(namespace) : null,
    name,
    subresource: subresource === 'status' ? 'status' : null,
  };
}
