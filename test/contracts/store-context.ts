import type { Store } from '../../src/store/port.ts';
import { CLUSTER } from './store-facts.ts';

/** A store with a migrated schema; each test takes a tenant of its own in it. */
export interface OpenedContractStore {
  store: Store;
  /** Plain SQL as the owner or superuser, for what no function may do: adding members, reading tables. */
  query(sql: string, parameters?: unknown[]): Promise<Record<string, unknown>[]>;
}

export interface ContractContext {
  readonly store: Store;
  query: OpenedContractStore['query'];
  /** A tenant with the owner `owner` and the cluster CLUSTER. */
  tenant: string;
}

export function aCluster(clusterId = CLUSTER) {
  return { clusterId, name: 'home', server: 'https://127.0.0.1', version: 'v1.33', demo: false };
}
