import { expect, it } from 'vitest';
import type { ClusterReader } from '../collect/port.ts';
import type { MetricValue } from '../domain/metrics.ts';
import type { SystemStore } from '../store/port.ts';
import type { ClusterLedger } from './account-cluster.ts';
import type { ClusterJudge } from './judge-cluster.ts';
import { collectClusterOnce } from './watch-cluster.ts';

const NOW = new Date('2026-11-21T07:00:00Z');
const never = new AbortController().signal;
const ANSWER: MetricValue = {
  seriesId: 's',
  metric: 'out-of-sync',
  subject: 'policy',
  subjectId: 'p',
  origin: 'volsync_volume_out_of_sync',
  at: NOW,
  value: 0,
};

/** What the judge of a cluster that is read once hears, given what its metrics store said; undefined: it has none. */
async function heardBy(witnesses: MetricValue[] | null | undefined) {
  const heard: unknown[] = [];
  const identity = {
    clusterId: 'c',
    name: 'home',
    server: 'https://api',
    version: null,
    demo: false,
  };
  const store = {
    saveCluster: async () => {},
    takeLease: async () => true,
    releaseLease: async () => {},
    readPolicyMemory: async () => new Map(),
  } as Partial<SystemStore> as SystemStore;
  const reader = {
    identify: async () => identity,
    collectOnce: async () => ({ observedAt: NOW, problems: [] }),
  } as Partial<ClusterReader> as ClusterReader;
  const judge: ClusterJudge = {
    resume: async () => {},
    hear: (told) => void heard.push(told),
    judge: async () => ({ changes: [], judgedAt: NOW }),
    finish: async () => {},
  };
  const ledger: ClusterLedger = {
    account: async () => ({ written: 0, waiting: 0, more: false }),
  };
  await collectClusterOnce(
    {
      store,
      tenantId: 't',
      holder: 'test',
      reader,
      judgeOf: () => judge,
      ledgerOf: () => ledger,
      onTrouble: (error) => expect(error).toBeUndefined(),
      ...(witnesses !== undefined && {
        metricsOf: () => ({ collect: async () => ({ runs: 0, witnesses }) }),
      }),
    },
    never,
  );
  return heard;
}

it('a cluster read once is judged by what its metrics store said', async () => {
  expect(await heardBy([ANSWER])).toEqual([[ANSWER]]);
});

it('a cluster without a metrics store has no witness there: what one said once no longer holds', async () => {
  expect(await heardBy(undefined)).toEqual([[]]);
});

it('a metrics store that does not answer leaves open what its witnesses disagree about', async () => {
  expect(await heardBy(null)).toEqual([null]);
});
