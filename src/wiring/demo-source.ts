import { KubeConfig } from '../collect/kubernetes/official-client.ts';
import type { ClusterSource } from '../collect/kubernetes/cluster-source.ts';
import type { RunningDemo } from '../world/playback/demo-world.ts';

/** The demo world as a cluster like any other: an address, a kubeconfig and the address of its metrics. */
export function demoSource(demo: RunningDemo): ClusterSource {
  return {
    name: demo.name,
    server: demo.server,
    origin: 'the demo world',
    namespaces: null,
    defaultNamespace: null,
    timeZone: 'UTC',
    prometheus: demo.prometheus === null ? false : { url: demo.prometheus },
    load() {
      const config = new KubeConfig();
      config.loadFromString(JSON.stringify(demo.kubeconfig));
      return config;
    },
  };
}
