import { apiVersionOf, type WorldKind } from './kinds.ts';
import type { Json } from './world-object.ts';

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];
const REVIEWS = ['SelfSubjectAccessReview', 'SelfSubjectRulesReview'];
const REVIEW_GROUP = 'authorization.k8s.io';

const byName = (left: Json, right: Json): number =>
  String(left['name']) < String(right['name']) ? -1 : 1;

function resourcesOf(kind: WorldKind): Json[] {
  const main = {
    name: kind.plural,
    singularName: kind.kind.toLowerCase(),
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: VERBS,
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
  };
  if (!kind.statusSubresource) return [main];
  const status = {
    name: `${kind.plural}/status`,
    singularName: '',
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: ['get', 'patch', 'update'],
  };
  return [main, status];
}

function groupOf(group: string, versions: string[]): Json {
  const listed = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: listed, preferredVersion: listed[0] };
}

function groupsOf(kinds: readonly WorldKind[]): Map<string, string[]> {
  const groups = new Map<string, string[]>([[REVIEW_GROUP, ['v1']]]);
  for (const { group, version } of kinds) {
    if (group === '') continue;
    groups.set(group, [...new Set([...(groups.get(group) ?? []), version])]);
  }
  return groups;
}

const reviewResources = (): Json[] =>
  REVIEWS.map((kind) => ({
    name: `${kind.toLowerCase()}s`,
    singularName: kind.toLowerCase(),
    namespaced: false,
    kind,
    verbs: ['create'],
  }));

const resourceList = (groupVersion: string, resources: Json[]): Json => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources: resources.sort(byName),
});

/** The discovery document at a path such as `/apis` or `/apis/velero.io/v1`; null when there is none. */
export function discoveryDocument(path: string, kinds: readonly WorldKind[]): Json | null {
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  const groups = groupsOf(kinds);
  const described = [...groups].map(([group, versions]) => groupOf(group, versions));
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: described };
  if (path === `/apis/${REVIEW_GROUP}/v1`)
    return resourceList(`${REVIEW_GROUP}/v1`, reviewResources());
  const group = described.find(({ name }) => path === `/apis/${String(name)}`);
  if (group) return { kind: 'APIGroup', apiVersion: 'v1', ...group };
  const groupVersion = path.replace(/^\/apis?\//, '');
  const here = kinds.filter((kind) => apiVersionOf(kind) === groupVersion);
  return here.length > 0 ? resourceList(groupVersion, here.flatMap(resourcesOf)) : null;
}
