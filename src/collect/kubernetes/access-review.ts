import type { KubeClient } from './kube-client.ts';
import { field } from './object-meta.ts';

export interface Access {
  verb: string;
  group: string;
  resource: string;
  /** Null: in all namespaces. */
  namespace: string | null;
}

/** Whether we may, by a SelfSubjectAccessReview, which changes nothing. */
export async function mayWe(
  client: KubeClient,
  access: Access,
  signal: AbortSignal,
): Promise<boolean> {
  const { verb, group, resource, namespace } = access;
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {
      resourceAttributes: { verb, group, resource, ...(namespace !== null && { namespace }) },
    },
  };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  return field((await client.post(path, review, signal)).body, 'status', 'allowed') === true;
}

/** Those of the namespaces in which we may list the kind; eight questions at a time. */
export async function readableNamespaces(
  client: KubeClient,
  kind: { group: string; plural: string },
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const readable: string[] = [];
  for (let at = 0; at < namespaces.length; at += 8) {
    const some = namespaces.slice(at, at + 8);
    const answers = await Promise.all(
      some.map((namespace) =>
        mayWe(
          client,
          { verb: 'list', group: kind.group, resource: kind.plural, namespace },
          signal,
        ),
      ),
    );
    readable.push(...some.filter((_, index) => answers[index]));
  }
  return readable;
}
