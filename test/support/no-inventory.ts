import type { Inventory } from '../../src/analyze/cluster/inventory.ts';

/** A cluster of which nothing is known. */
export const noInventory: Inventory = {
  resources: [],
  policies: [],
  repositories: [],
  newestPoints: [],
  restoreRuns: [],
  exemptions: [],
  objectives: [],
  problems: [],
};
