import type { Cluster, Status } from '../domain/views.ts';
import { el } from './element.ts';
import { COVERAGE, since } from './pieces.ts';

export function demoBanner(status: Status): HTMLElement[] {
  if (!status.demo) return [];
  return [
    el(
      'p',
      { class: 'banner' },
      el('b', {}, 'This is a demo. '),
      'The clusters are simulated; nothing here is yours. Start Plimsoll with a kubeconfig to read a real one.',
    ),
  ];
}

/** The headline counts; a count that cannot be trusted says so. */
export function summary(status: Status): HTMLElement[] {
  const { coverage, findingsOpen, claims, recommendations } = status.counts;
  const endangered = (coverage['uncovered'] ?? 0) + (coverage['never-succeeded'] ?? 0);
  const open = Object.values(findingsOpen).reduce((sum, count) => sum + count, 0);
  return [
    el('h1', {}, headline(status, claims, endangered, open)),
    el(
      'ul',
      { class: 'tiles' },
      ...Object.entries(COVERAGE)
        .map(([state, label]) => ({ state, label, count: coverage[state] ?? 0 }))
        .filter(({ state, count }) => count > 0 || state === 'protected')
        .map(({ state, label, count }) => tile(String(count), label, state)),
      tile(String(open), open === 1 ? 'Open finding' : 'Open findings', ''),
      tile(
        String(recommendations),
        recommendations === 1 ? 'Recommendation' : 'Recommendations',
        '',
      ),
    ),
    clusterList(status.clusters),
  ];
}

function headline(status: Status, claims: number, endangered: number, open: number): string {
  if (status.clusters.length === 0) return 'No cluster is being read yet';
  if (status.clusters.some((cluster) => cluster.judgedAt === null) && open === 0)
    return 'Still reading; nothing can be said yet';
  if (endangered > 0)
    return `${endangered} of ${claims} claims ${endangered === 1 ? 'is' : 'are'} not being backed up`;
  if (open > 0) return `${open} ${open === 1 ? 'thing needs' : 'things need'} a look`;
  if (status.clusters.some((cluster) => cluster.problems.length > 0))
    return 'No finding, but not everything could be read';
  if (claims === 0) return 'No claims found';
  if ((status.counts.coverage['unknown'] ?? 0) > 0)
    return 'No finding, but not everything is known';
  return 'No open finding';
}

function tile(figure: string, label: string, coverage: string): HTMLElement {
  return el('li', { 'data-coverage': coverage }, el('b', {}, figure), el('span', {}, label));
}

/** More than these would push the claims off the screen. */
const MOST_CLUSTERS = 3;

function clusterList(clusters: Cluster[]): HTMLElement {
  if (clusters.length <= MOST_CLUSTERS) return el('p', { class: 'quiet' }, ...freshness(clusters));
  const open = document.querySelector('details.clusters')?.hasAttribute('open') ?? false;
  return el(
    'details',
    { class: 'quiet clusters', open },
    el('summary', {}, `${clusters.length} clusters, `, ...longestAgo(clusters)),
    el('p', {}, ...freshness(clusters)),
  );
}

function longestAgo(clusters: Cluster[]): (Node | string)[] {
  const judged = clusters.flatMap(({ judgedAt }) => judgedAt ?? []).toSorted();
  const missing = clusters.length - judged.length;
  if (missing > 0) return [`${missing} of them not judged yet`];
  return ['least recently judged ', since(judged[0]!)];
}

function freshness(clusters: Cluster[]): (Node | string)[] {
  return clusters.flatMap((cluster, at) => [
    `${at > 0 ? ' · ' : ''}${cluster.name} (${cluster.engines.join(', ') || 'no backup engine found'}), `,
    ...(cluster.judgedAt === null ? ['not judged yet'] : ['judged ', since(cluster.judgedAt)]),
  ]);
}

/** What could not be read, so that silence is not taken for safety. */
export function problemList(clusters: Cluster[]): HTMLElement[] {
  const problems = clusters.flatMap((cluster) =>
    cluster.problems.map((problem) => ({ cluster, problem })),
  );
  if (problems.length === 0) return [];
  const items = problems.map(({ cluster, problem }) =>
    el(
      'li',
      {},
      el('b', {}, `${cluster.name}: ${problem.source}`),
      problem.namespaces === null ? '' : ` (${problem.namespaces.join(', ')})`,
      ` ${problem.message} `,
      el('span', { class: 'quiet' }, 'Since ', since(problem.since), '. '),
      el('span', { class: 'next' }, problem.nextStep),
    ),
  );
  const title =
    problems.length === 1
      ? 'One thing could not be read'
      : `${problems.length} things could not be read`;
  return [
    el(
      'details',
      { class: 'problems', open: true },
      el('summary', {}, `${title}; what lies there is unknown, not safe`),
      el('ul', {}, ...items),
    ),
  ];
}

/** What an empty list means, and what to do. */
export function emptyState(status: Status, filtered: boolean): HTMLElement {
  const [title, text, command] = emptyWords(status, filtered);
  return el(
    'div',
    { class: 'empty' },
    el('h3', {}, title),
    el('p', {}, text),
    command === '' ? '' : el('pre', { tabindex: '0' }, el('code', {}, command)),
  );
}

function emptyWords(status: Status, filtered: boolean): [string, string, string] {
  if (filtered)
    return ['No claim matches', 'Clear the search or a severity to see the others.', ''];
  if (status.clusters.length === 0)
    return [
      'No cluster is being read',
      'Give Plimsoll a kubeconfig that may get, list and watch, then start it again. It never writes.',
      'KUBECONFIG=~/.kube/config npm start',
    ];
  if (status.clusters.some((cluster) => cluster.judgedAt === null))
    return [
      'Still reading',
      'The first reading of a cluster takes some seconds. This page fills by itself.',
      '',
    ];
  if (status.counts.claims === 0)
    return [
      'No persistent claims found',
      'Plimsoll judges PersistentVolumeClaims. If there should be some, check what it may read.',
      'npx plimsoll doctor',
    ];
  return [
    'No claim has been scored',
    'Claims that are exempt carry no risk. See which ones and why.',
    'npx plimsoll coverage',
  ];
}
