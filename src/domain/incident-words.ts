/** How an incident reads. */
import type { Incident } from './views.ts';
import type { FindingKind, SharedTrait } from './words.ts';

/** What an incident tells of itself. */
export type IncidentFigures = Pick<Incident, 'shared' | 'value' | 'tripped' | 'of'>;

const WORDS = [
  'none',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];

const SHARING: Record<Exclude<SharedTrait, 'rule'>, (value: string) => string> = {
  node: (value) => `that run on node ${value}`,
  target: (value) => `that write to ${value}`,
  credential: (value) => `that use ${value}`,
  storageClass: (value) => `on storage class ${value}`,
  engineVersion: (value) => `of engine version ${value}`,
  engine: (value) => `of ${value}`,
  startMinute: (value) => `scheduled at ${value}`,
  cluster: (value) => `in cluster ${value}`,
};

/** `7 of 8 jobs that write to BackupStorageLocation velero/main`. */
export function incidentMembers({ shared, value, tripped, of }: IncidentFigures): string {
  if (shared === 'rule') return `${tripped} findings of ${value}`;
  return `${of === null ? tripped : `${tripped} of ${of}`} jobs ${SHARING[shared](value)}`;
}

const FAILED: ReadonlySet<FindingKind> = new Set([
  'failed-run',
  'failure-streak',
  'flapping',
  'repository-locked',
]);
const MISSED: ReadonlySet<FindingKind> = new Set(['missed-run', 'schedule-stopped', 'rpo-breach']);

/** The whole sentence, with times in UTC. */
export function incidentSentence(
  incident: IncidentFigures & Pick<Incident, 'kinds' | 'since' | 'newestAt'>,
): string {
  const { shared, kinds, tripped, since, newestAt } = incident;
  const likelier = `one cause is likelier than ${WORDS[tripped] ?? tripped}`;
  const did = shared === 'rule' ? 'came' : deedOf(kinds);
  return `${incidentMembers(incident)} ${did} ${spanOf(since, newestAt)}: ${likelier}`;
}

function deedOf(kinds: readonly FindingKind[]): string {
  const failed = kinds.some((kind) => FAILED.has(kind));
  const missed = kinds.some((kind) => MISSED.has(kind));
  if (!kinds.every((kind) => FAILED.has(kind) || MISSED.has(kind)))
    return `had trouble (${kinds.join(', ')})`;
  if (failed && missed) return 'failed or did not run';
  return failed ? 'failed' : 'did not run';
}

/** `between 02:00 and 02:20 UTC on 2026-11-20`. */
function spanOf(since: string, newestAt: string): string {
  const [day, from] = [since.slice(0, 10), since.slice(11, 16)];
  const [lastDay, until] = [newestAt.slice(0, 10), newestAt.slice(11, 16)];
  if (day !== lastDay) return `between ${day} ${from} and ${lastDay} ${until} UTC`;
  return from === until ? `at ${from} UTC on ${day}` : `between ${from} and ${until} UTC on ${day}`;
}
