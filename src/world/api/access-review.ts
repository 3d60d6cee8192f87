import { allows, type User } from './rights.ts';
import { isJson, type Json } from './world-object.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function accessStatus(spec: Json, user: User): Json {
  const wanted = spec['resourceAttributes'];
  if (!isJson(wanted)) return { allowed: true, reason: 'non-resource paths are open' };
  const subresource = text(wanted['subresource']);
  const allowed = allows(user, {
    verb: text(wanted['verb']),
    group: text(wanted['group']),
    resource: text(wanted['resource']) + (subresource === '' ? '' : `/${subresource}`),
    namespace: text(wanted['namespace']) || null,
  });
  return allowed
    ? { allowed, reason: `RBAC: allowed by ClusterRoleBinding "${user.name}"` }
    : { allowed };
}

function rulesStatus(spec: Json, user: User): Json {
  const namespace = text(spec['namespace']);
  const here = user.rules.filter(
    (rule) => rule.namespaces === undefined || rule.namespaces.includes(namespace),
  );
  return {
    resourceRules: here.map((rule) => ({
      verbs: rule.verbs,
      apiGroups: rule.groups,
      resources: rule.resources,
    })),
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/api', '/apis', '/version'] }],
    incomplete: false,
  };
}

/** The answer to a POST of a review by its plural; null when there is no such review. */
export function reviewAnswer(plural: string, body: Json, user: User): Json | null {
  const spec = isJson(body['spec']) ? body['spec'] : {};
  const reviews: Record<string, [string, () => Json]> = {
    selfsubjectaccessreviews: ['SelfSubjectAccessReview', () => accessStatus(spec, user)],
    selfsubjectrulesreviews: ['SelfSubjectRulesReview', () => rulesStatus(spec, user)],
  };
  const [kind, status] = reviews[plural] ?? [];
  if (kind === undefined || status === undefined) return null;
  return {
    kind,
    apiVersion: 'authorization.k8s.io/v1',
    metadata: { creationTimestamp: null },
    spec,
    status: status(),
  };
}
