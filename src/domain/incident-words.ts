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

/** A copy that grew too old says not whether runs failed or did not come. */
const DEEDS: { words: string; of: ReadonlySet<FindingKind> }[] = [
  {
    words: 'failed',
    of: new Set(['failed-run', 'failure-streak', 'flapping', 'repository-locked']),
  },
  { words: 'did not run', of: new Set(['missed-run', 'schedule-stopped']) },
  { words: 'fell behind their RPO', of: new Set(['rpo-breach']) },
];

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
  if (!kinds.every((kind) => DEEDS.some(({ of }) => of.has(kind))))
    return `had trouble (${kinds.join(', ')})`;
  const did = DEEDS.filter(({ of }) => kinds.some((kind) => of.has(kind))).map(
    ({ words }) => words,
  );
  return [did.slice(0, -1).join(', '), ...did.slice(-1)].filter(Boolean).join(' or ');
}

/** `between 02:00 and 02:20 UTC on 2026-11-20`. */
function spanOf(since: string, newestAt: string): string {
  const [day, from] = [since.slice(0, 10), since.slice(11, 16)];
  const [lastDay, until] = [newestAt.slice(0, 10), newestAt.slice(11, 16)];
  if (day !== lastDay) return `between ${day} ${from} and ${lastDay} ${until} UTC`;
  return from === until ? `at ${from} UTC on ${day}` : `between ${from} and ${until} UTC on ${day}`;
}
