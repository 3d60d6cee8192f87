import { performance } from 'node:perf_hooks';
import type { UserStore } from '../src/store/port.ts';
import { CLUSTER, dayOf, NAMESPACES, namespaceOf, POLICIES } from './facts.ts';

export interface PageFigures {
  page: string;
  p50Ms: number;
  p95Ms: number;
}

/** Reads every list of the feed `reads` times, as `benchReads` does. */
export async function benchPages(user: UserStore, reads: number): Promise<PageFigures[]> {
  return benchReads(pagesOf(user), reads);
}

/** Each page `reads` times, one call after the other. Throws when one that has rows is empty. */
export async function benchReads(pages: Pages, reads: number): Promise<PageFigures[]> {
  const figures: PageFigures[] = [];
  for (const [page, read] of Object.entries(pages)) {
    const times: number[] = [];
    for (let count = 0; count < reads; count += 1) {
      const started = performance.now();
      const answer = await read(count);
      times.push(performance.now() - started);
      if (isEmpty(answer) !== page.includes('nowhere'))
        throw new Error(`${page}: not the rows that the bench expects`);
    }
    times.sort((a, b) => a - b);
    figures.push({ page, p50Ms: at(times, 0.5), p95Ms: at(times, 0.95) });
  }
  return figures;
}

function isEmpty(answer: unknown): boolean {
  if (answer === null) return true;
  return typeof answer === 'object' && 'items' in answer && Array.isArray(answer.items)
    ? answer.items.length === 0
    : false;
}

type Pages = Record<string, (count: number) => Promise<unknown>>;

function pagesOf(user: UserStore): Pages {
  return { ...runPages(user), ...factPages(user), ...judgedPages(user) };
}

function runPages(user: UserStore): Pages {
  let cursor: string | null = null;
  return {
    'runs, newest': () => user.listRuns({}),
    'runs, newest 500': () => user.listRuns({ limit: 500 }),
    'runs, page after page': async () => {
      const page = await user.listRuns({ ...(cursor !== null && { cursor }) });
      cursor = page.nextCursor;
      return page;
    },
    'runs of a policy': (count) => user.listRuns({ policyId: `policy-${count % POLICIES}` }),
    'runs of a resource': (count) => user.listRuns({ resourceId: resourceOf(count) }),
    'runs of a resource among others': (count) => user.listRuns({ resourceId: listed(count) }),
    'runs of a resource that no run names': (count) =>
      user.listRuns({ resourceId: together(count) }),
    'runs of a namespace': (count) => user.listRuns({ namespace: namespaceOf(count) }),
    'runs of a cluster': () => user.listRuns({ clusterId: CLUSTER }),
    'runs of namespace nowhere': () => user.listRuns({ namespace: 'nowhere' }),
    'runs of cluster nowhere': () => user.listRuns({ clusterId: 'nowhere' }),
    'runs that failed': () => user.listRuns({ outcome: 'failed' }),
    'runs that failed in a namespace': (count) =>
      user.listRuns({
        outcome: 'failed',
        namespace: namespaceOf(count % 2 === 0 ? 0 : NAMESPACES),
      }),
    'runs that were partial (nowhere)': () => user.listRuns({ outcome: 'partial' }),
    'runs before a day': (count) => user.listRuns({ until: dayOf(count * 7 + 1).toISOString() }),
    'runs since a day': (count) => user.listRuns({ since: dayOf(count * 7).toISOString() }),
  };
}

function factPages(user: UserStore): Pages {
  return {
    clusters: () => user.listClusters(),
    resources: () => user.listResources({}),
    'resources of a namespace': (count) => user.listResources({ namespace: namespaceOf(count) }),
    policies: () => user.listPolicies({}),
    'policies of a resource': (count) => user.listPolicies({ resourceId: resourceOf(count) }),
    'restore points': () => user.listRestorePoints({}),
    'restore points of a resource': (count) =>
      user.listRestorePoints({ resourceId: resourceOf(count) }),
    'restore points of a resource that none names': (count) =>
      user.listRestorePoints({ resourceId: together(count) }),
    'show of a resource that no run names': (count) => {
      const index = POLICIES - 1 - (count % 10);
      return user.showResource(namespaceOf(index), `app-${index}`, null);
    },
    show: (count) =>
      user.showResource(namespaceOf(count % POLICIES), `app-${count % POLICIES}`, null),
    status: () => user.readStatus(),
    revision: () => user.readRevision(),
  };
}

function judgedPages(user: UserStore): Pages {
  return {
    coverage: () => user.listCoverage({}),
    'coverage of a namespace': (count) => user.listCoverage({ namespace: namespaceOf(count) }),
    findings: () => user.listFindings({}),
    'findings that resolved': () => user.listFindings({ state: 'resolved' }),
    'findings, high': () => user.listFindings({ severity: 'high' }),
    'findings of a namespace': (count) => user.listFindings({ namespace: namespaceOf(count) }),
    risk: () => user.listRisk({}),
    'risk from 20 up': () => user.listRisk({ minScore: 20 }),
    recommendations: () => user.listRecommendations({}),
    'recommendations of a resource': (count) =>
      user.listRecommendations({ resourceId: resourceOf(count) }),
  };
}

function resourceOf(count: number): string {
  return `resource-${count % POLICIES}`;
}

/** One whose runs list it among others. */
function listed(count: number): string {
  return `resource-${POLICIES - 11 - (count % 10)}`;
}

/** One whose policy takes all its claims together. */
function together(count: number): string {
  return `resource-${POLICIES - 1 - (count % 10)}`;
}

function at(sorted: number[], share: number): number {
  return Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) * 10) / 10;
}
