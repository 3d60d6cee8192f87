import type { Finding, FindingAction } from '../domain/views.ts';
import { el } from './element.ts';
import { quantity } from './format.ts';
import { fact, severityMark, since, time } from './pieces.ts';

export interface FindingActions {
  /** Words typed and not yet sent, kept while the list is drawn anew. */
  notes: Map<string, string>;
  act(finding: Finding, action: FindingAction): void;
}

const LABELS: Record<FindingAction, string> = {
  acknowledge: 'Acknowledge',
  expected: 'This is expected',
  reopen: 'Open again',
};

/** Where a finding’s card can be linked to. */
export function headingOf(findingId: string): string {
  return `finding-${findingId}`;
}

/** What was observed, what was expected, why, what shows it, and what to do. */
export function findingCard(
  finding: Finding,
  actions: FindingActions,
  level: 'h3' | 'h4' = 'h4',
): HTMLElement {
  const heading = headingOf(finding.findingId);
  return el(
    'article',
    {
      class: 'finding',
      'data-severity': finding.severity,
      'data-state': finding.state,
      'aria-labelledby': heading,
    },
    el(
      'header',
      {},
      severityMark(finding.severity),
      el(
        'span',
        { class: 'quiet' },
        `${finding.kind.replaceAll('-', ' ')} · ${finding.state} · raised `,
        since(finding.raisedAt),
      ),
    ),
    el(level, { id: heading }, finding.sentence),
    el(
      'dl',
      { class: 'facts' },
      fact('Observed', finding.observed.text),
      fact('Expected', finding.expected.text),
      finding.cause === null
        ? fact('Cause', 'not known')
        : fact(
            'Cause',
            `${finding.cause.title} (${finding.cause.code})`,
            el('code', { class: 'shown-by' }, finding.cause.shownBy),
          ),
      ...toldFacts(finding),
    ),
    evidenceList(finding),
    el('p', { class: 'next' }, el('b', {}, 'Next step '), finding.nextStep),
    historyList(finding),
    actionBar(finding, actions),
  );
}

const REASONS: Record<NonNullable<Finding['deliveryReason']>, string> = {
  told: 'at once',
  member: 'with its incident',
  low: 'in the digest: low',
  chance: 'in the digest: may be chance',
  again: 'in the digest: told before',
  budget: 'in the digest: enough for one day',
  'first-contact': 'in the digest: was there when reading began',
};

const SHARED: Record<NonNullable<Finding['incident']>['shared'], string> = {
  node: 'node',
  target: 'repository',
  credential: 'credential',
  storageClass: 'storage class',
  engineVersion: 'engine version',
  engine: 'engine',
  startMinute: 'start minute',
  cluster: 'cluster',
  rule: 'rule',
};

function toldFacts({ deliveryReason, incident }: Finding): HTMLElement[] {
  const told = deliveryReason === null ? [] : [fact('Told', REASONS[deliveryReason])];
  if (incident === null) return told;
  const { shared, value, tripped, of } = incident;
  const many = of === null ? `${tripped}` : `${tripped} of ${of}`;
  return [...told, fact('With others', `${many} with the ${SHARED[shared]} ${value}`)];
}

function evidenceList(finding: Finding): HTMLElement | string {
  if (finding.evidence.length === 0) return '';
  const rows = finding.evidence.map((row) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, row.label),
      el(
        'td',
        {},
        row.unit === 'time' && typeof row.value === 'string'
          ? time(row.value)
          : quantity(row.value, row.unit),
      ),
      el(
        'td',
        { class: 'source' },
        row.source,
        el('span', { class: 'row-id' }, ` ${row.table} ${row.rowId}`),
      ),
      el('td', {}, row.at === null ? 'time not known' : time(row.at)),
    ),
  );
  const head = ['Fact', 'Value', 'Read from', 'At'].map((label) =>
    el('th', { scope: 'col' }, label),
  );
  return el(
    'div',
    {
      class: 'scroll',
      tabindex: '0',
      role: 'region',
      'aria-label': `Evidence: ${finding.sentence}`,
    },
    el(
      'table',
      {},
      el('caption', {}, 'Evidence'),
      el('thead', {}, el('tr', {}, ...head)),
      el('tbody', {}, ...rows),
    ),
  );
}

function historyList(finding: Finding): HTMLElement | string {
  const told = finding.events.filter((event) => event.note !== null || event.actor !== 'plimsoll');
  if (told.length === 0) return '';
  const items = told.map((event) =>
    el(
      'li',
      {},
      `${event.change} by ${event.actor}, `,
      time(event.at),
      event.note === null ? '' : `: “${event.note}”`,
    ),
  );
  return el('ul', { class: 'history', 'aria-label': 'What people said' }, ...items);
}

/** To expect one of these is to take a new level as usual, which ends it. */
const ABOUT_LEVEL: ReadonlySet<Finding['kind']> = new Set([
  'size-drop',
  'size-spike',
  'added-surge',
  'duration-anomaly',
]);

function offeredFor({ state, kind, events }: Finding): FindingAction[] {
  if (state === 'open') return ['acknowledge', 'expected'];
  if (state !== 'resolved') return ['reopen'];
  const last = events.findLast(({ change }) => change === 'expected' || change === 'reopen');
  return ABOUT_LEVEL.has(kind) && last?.change === 'expected' ? ['reopen'] : [];
}

function actionBar(finding: Finding, actions: FindingActions): HTMLElement | string {
  const offered = offeredFor(finding);
  if (offered.length === 0) return '';
  const note = el('input', {
    type: 'text',
    id: `note-${finding.findingId}`,
    placeholder: 'Note (optional)',
    'aria-label': 'Note (optional)',
    maxlength: '2000',
    value: actions.notes.get(finding.findingId) ?? '',
    oninput: (event) =>
      actions.notes.set(finding.findingId, (event.target as HTMLInputElement).value),
  });
  const buttons = offered.map((action) =>
    el(
      'button',
      {
        type: 'button',
        id: `${action}-${finding.findingId}`,
        onclick: () => actions.act(finding, action),
      },
      LABELS[action],
    ),
  );
  return el('div', { class: 'actions' }, note, ...buttons);
}
