import type { Finding, FindingAction, Risk, Status } from '../domain/views.ts';
import { claimRow, type ClaimRowContext, type Opened } from './claim-row.ts';
import { byId, el } from './element.ts';
import {
  FeedError,
  changeFinding,
  readClaim,
  readOpenFindings,
  readRisk,
  readStatus,
  signOut,
} from './feed.ts';
import { findingCard } from './finding-card.ts';
import { calmly, followChanges } from './live.ts';
import { demoBanner, emptyState, problemList, summary } from './overview.ts';

const SEVERITIES = ['critical', 'high', 'medium', 'low'];
const CALM_MS = 1_500;

interface State {
  status: Status | null;
  claims: Risk[];
  /** Where the next claims are; null when all are here. */
  nextCursor: string | null;
  pages: number;
  findings: Finding[];
  opened: Map<string, Opened>;
  severities: Set<string>;
  search: string;
}

const state: State = {
  status: null,
  claims: [],
  nextCursor: null,
  pages: 1,
  findings: [],
  opened: new Map(),
  severities: new Set(),
  search: '',
};
const notes = new Map<string, string>();

const context: ClaimRowContext = {
  notes,
  showCluster: false,
  toggle(claim) {
    if (state.opened.delete(claim.resourceId)) return drawClaims();
    state.opened.set(claim.resourceId, null);
    drawClaims();
    void readOpened(claim).then(drawClaims);
  },
  act(finding, action) {
    void act(finding, action);
  },
};

async function readOpened(claim: Risk): Promise<void> {
  const opened: Opened = await readClaim(claim).then(
    (whole) => ({ whole }),
    (error: unknown) => ({ failure: wordsOf(error) }),
  );
  if (state.opened.has(claim.resourceId)) state.opened.set(claim.resourceId, opened);
}

async function act(finding: Finding, action: FindingAction): Promise<void> {
  try {
    await changeFinding(finding.findingId, action, notes.get(finding.findingId)?.trim() ?? '');
    notes.delete(finding.findingId);
    await readAll();
  } catch (error) {
    tellFailure(error);
  }
}

async function readClaims(): Promise<{ claims: Risk[]; nextCursor: string | null }> {
  const claims: Risk[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < state.pages; page++) {
    const found = await readRisk(cursor);
    claims.push(...found.items);
    cursor = found.nextCursor;
    if (cursor === null) break;
  }
  return { claims, nextCursor: cursor };
}

async function readAll(): Promise<void> {
  try {
    const [status, ranked, findings] = await Promise.all([
      readStatus(),
      readClaims(),
      readOpenFindings(),
    ]);
    Object.assign(state, { status, ...ranked, findings: findings.items });
    context.showCluster = status.clusters.length > 1;
    await Promise.all(
      state.claims.filter((claim) => state.opened.has(claim.resourceId)).map(readOpened),
    );
    draw();
  } catch (error) {
    tellFailure(error);
  }
}

function tellFailure(error: unknown): void {
  if (error instanceof FeedError && error.status === 401) return location.reload();
  byId('claims').setAttribute('aria-busy', 'false');
  byId('banner').replaceChildren(el('p', { class: 'notice', role: 'alert' }, wordsOf(error)));
}

function wordsOf(error: unknown): string {
  if (error instanceof FeedError) return `${error.message} ${error.nextStep}`;
  return 'Plimsoll does not answer. What you see may be old; this page tries again by itself.';
}

function draw(): void {
  const { status } = state;
  if (status === null) return;
  byId('banner').replaceChildren(...demoBanner(status));
  byId('summary').replaceChildren(...summary(status));
  byId('problems').replaceChildren(...problemList(status.clusters));
  drawFilters();
  drawClaims();
  drawBeside();
}

function drawFilters(): void {
  const chips = SEVERITIES.map((severity) =>
    el(
      'button',
      {
        type: 'button',
        class: 'chip',
        id: `chip-${severity}`,
        'data-severity': severity,
        'aria-pressed': String(state.severities.has(severity)),
        onclick: () => {
          if (!state.severities.delete(severity)) state.severities.add(severity);
          drawFilters();
          drawClaims();
        },
      },
      severity,
      el('span', { class: 'number' }, ` ${claimsOf(severity)}`),
    ),
  );
  keepingFocus(() => byId('filters').replaceChildren(...chips));
}

function claimsOf(severity: string): number {
  return state.claims.filter((claim) => claim.worstSeverity === severity).length;
}

function visibleClaims(): Risk[] {
  const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
  return state.claims.filter((claim) => {
    const text =
      `${claim.cluster} ${claim.namespace}/${claim.name} ${claim.app ?? ''}`.toLowerCase();
    const severe =
      state.severities.size === 0 || state.severities.has(claim.worstSeverity ?? 'none');
    return severe && words.every((word) => text.includes(word));
  });
}

function drawClaims(): void {
  if (state.status === null) return;
  const shown = visibleClaims();
  const filtered = state.severities.size > 0 || state.search.trim() !== '';
  const worst = new Map<string, Finding>();
  for (const finding of state.findings) {
    const known = finding.resourceId === null ? undefined : worst.get(finding.resourceId);
    if (finding.resourceId !== null && (known === undefined || rank(finding) < rank(known)))
      worst.set(finding.resourceId, finding);
  }
  const rows = shown.map((claim) =>
    claimRow(claim, worst.get(claim.resourceId), state.opened.get(claim.resourceId), context),
  );
  const more =
    state.nextCursor === null
      ? []
      : [
          el(
            'button',
            { type: 'button', id: 'more', class: 'more', onclick: () => void showMore() },
            'Show more claims',
          ),
        ];
  byId('claims').setAttribute('aria-busy', 'false');
  tell(
    'count',
    filtered
      ? `${shown.length} of ${state.claims.length} claims`
      : `${state.claims.length}${state.nextCursor === null ? '' : '+'} claims, highest risk first`,
  );
  keepingFocus(() =>
    byId('claims').replaceChildren(
      ...(rows.length > 0
        ? rows
        : [emptyState(state.status!, filtered && state.claims.length > 0)]),
      ...more,
    ),
  );
}

function rank(finding: Finding): number {
  return SEVERITIES.indexOf(finding.severity);
}

async function showMore(): Promise<void> {
  state.pages += 1;
  await readAll();
}

/** Findings of repositories and of jobs that cover no claim in the list. */
function drawBeside(): void {
  const listed = new Set(state.claims.map((claim) => claim.resourceId));
  const beside = state.findings.filter(
    (finding) =>
      finding.resourceId === null || (state.nextCursor === null && !listed.has(finding.resourceId)),
  );
  const cards = beside.map((finding) => findingCard(finding, context, 'h3'));
  keepingFocus(() =>
    byId('beside').replaceChildren(
      ...(cards.length === 0
        ? []
        : [el('h2', {}, 'Findings beside single claims'), el('div', { class: 'cards' }, ...cards)]),
    ),
  );
}

/** Drawing anew must not take the keyboard's place nor the caret away. */
function keepingFocus(drawAnew: () => void): void {
  const before = document.activeElement;
  const caret = before instanceof HTMLInputElement ? before.selectionStart : null;
  drawAnew();
  if (before === null || before.id === '' || before.isConnected) return;
  const now = document.getElementById(before.id);
  now?.focus({ preventScroll: true });
  if (now instanceof HTMLInputElement && caret !== null) now.setSelectionRange(caret, caret);
}

/** Only a changed text is written, so that screen readers stay calm. */
function tell(id: string, words: string): void {
  if (byId(id).textContent !== words) byId(id).textContent = words;
}

byId('search').addEventListener('input', (event) => {
  state.search = (event.target as HTMLInputElement).value;
  drawClaims();
});
byId('sign-out').addEventListener('click', () => {
  signOut().then(() => location.assign('/'), tellFailure);
});
const refresh = calmly(readAll, CALM_MS);
refresh();
followChanges(refresh, (connection) => {
  byId('connection').dataset['state'] = connection;
  tell('connection', connection === 'live' ? 'Live' : 'Connection lost; trying again');
});
