import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/**
 * The official client, of which we use kubeconfig, credentials and transport. Its index would also load the generated
 * calls and models of every Kubernetes kind, 30 MB that nothing here calls: they are left out as the module is loaded.
 */
registerHooks({
  load(url, context, next) {
    if (!url.endsWith('/@kubernetes/client-node/dist/gen/index.js')) return next(url, context);
    const whole = readFileSync(new URL(url), 'utf8');
    const source = whole.replaceAll(
      /^export .*\/(?:models\/all|types\/ObjectParamAPI)\.js.*$/gm,
      '',
    );
    return { format: 'module', shortCircuit: true, source };
  },
});

const config = await import('@kubernetes/client-node/dist/config.js');
const http = await import('@kubernetes/client-node/dist/gen/http/http.js');
const transport = await import('@kubernetes/client-node/dist/gen/http/isomorphic-fetch.js');

export const { KubeConfig } = config;
export type KubeConfig = InstanceType<typeof KubeConfig>;
export const { HttpMethod, RequestContext } = http;
export type HttpMethod = (typeof http.HttpMethod)[keyof typeof http.HttpMethod];
export type RequestContext = InstanceType<typeof RequestContext>;
export const { IsomorphicFetchHttpLibrary } = transport;
