import { KubeConfig } from '@kubernetes/client-node';
import type { ClusterSource } from '../collect/kubernetes/cluster-source.ts';
import type { RunningDemo } from '../world/playback/demo-world.ts';

/** The demo world as a cluster like any other: an address and a kubeconfig. */
export function demoSource(demo: RunningDemo): ClusterSource {
  return {
    name: demo.name,
    server: demo.server,
    origin: 'the demo world',
    namespaces: null,
    defaultNamespace: null,
    timeZone: 'UTC',
    load() {
      const config = new KubeConfig();
      config.loadFromString(JSON.stringify(demo.kubeconfig));
      return config;
    },
  };
}
