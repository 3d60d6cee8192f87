import type { Finding, Recommendation, ResourceWhole, Risk, Run } from '../domain/views.ts';
import { el } from './element.ts';
import { findingCard, headingOf, type FindingActions } from './finding-card.ts';
import { byteSize, duration, percent } from './format.ts';
import { READINESS, coverageMark, fact, rpo, severityMark, since, time } from './pieces.ts';

/** What is known of an opened claim: `null` while it is being read. */
export type Opened = { whole: ResourceWhole } | { failure: string } | null;

export interface ClaimRowContext extends FindingActions {
  /** Shown beside the namespace when there is more than one cluster. */
  showCluster: boolean;
  toggle(claim: Risk): void;
}

/** One claim in the ranked list; `opened` is undefined while it is closed. */
export function claimRow(
  claim: Risk,
  worst: Finding | undefined,
  opened: Opened | undefined,
  context: ClaimRowContext,
): HTMLElement {
  const open = opened !== undefined;
  const panel = `panel-${claim.resourceId}`;
  const button = el(
    'button',
    {
      type: 'button',
      class: 'toggle',
      id: `claim-${claim.resourceId}`,
      'aria-expanded': String(open),
      'aria-controls': panel,
      onclick: () => context.toggle(claim),
    },
    el('span', { class: 'app' }, claim.app?.split('/').at(-1) ?? claim.name),
    el(
      'span',
      { class: 'path' },
      [...(context.showCluster ? [claim.cluster] : []), claim.namespace, claim.name].join(' / '),
    ),
  );
  return el(
    'article',
    {
      class: 'claim',
      'data-severity': claim.worstSeverity ?? 'none',
      'data-coverage': claim.coverage,
      'data-open': String(open),
      '--score': claim.score,
    },
    el(
      'div',
      { class: 'row' },
      scoreGauge(claim),
      el('div', { class: 'what' }, el('h3', {}, button), sentence(claim, worst)),
      figures(claim),
    ),
    el(
      'div',
      { id: panel, class: 'panel', hidden: !open, 'aria-busy': String(opened === null) },
      ...(open ? panelOf(claim, opened, context) : []),
    ),
  );
}

function scoreGauge(claim: Risk): HTMLElement {
  const score = claim.score > 0 && claim.score < 1 ? '< 1' : String(Math.round(claim.score));
  return el(
    'div',
    { class: 'score' },
    el('span', { class: 'hidden' }, 'Risk '),
    el('b', {}, score),
    el('span', { class: 'gauge', 'aria-hidden': 'true' }),
    el('span', { class: 'parts' }, `${percent(claim.probability)} × ${percent(claim.impact)}`),
  );
}

function sentence(claim: Risk, worst: Finding | undefined): HTMLElement {
  if (worst !== undefined)
    return el('p', { class: 'sentence' }, severityMark(worst.severity), ' ', worst.sentence);
  const words =
    claim.coverage === 'unknown'
      ? 'Nothing is known yet about how this claim is backed up.'
      : claim.openFindings > 0
        ? `${claim.openFindings} open findings.`
        : withoutFinding(claim);
  return el('p', { class: 'sentence quiet' }, words);
}

/** What every claim has, however well it is backed up. */
const CALM = new Set(['unproven', 'one-repository', 'forecast', 'exempt']);

/** The trouble may be its policy's: a claim is not called well because no finding bears its own name. */
function withoutFinding({ terms, readiness }: Risk): string {
  const trouble = terms.find(({ name, contribution }) => contribution > 0 && !CALM.has(name));
  if (trouble !== undefined) return `No finding of its own, but ${trouble.text}.`;
  return `No open finding. ${sentenceOf(readiness.text)}`;
}

function sentenceOf(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`.replace(/\.?$/, '.');
}

function late({ rpoTargetSeconds: target, rpoAchievedSeconds: achieved }: Risk): boolean {
  return target !== null && achieved !== null && achieved > target;
}

function figures(claim: Risk): HTMLElement {
  return el(
    'dl',
    { class: 'figures' },
    fact(
      'Readiness',
      el(
        'span',
        { class: 'mark', 'data-readiness': claim.readiness.level },
        READINESS[claim.readiness.level] ?? claim.readiness.level,
      ),
    ),
    fact('Coverage', coverageMark(claim.coverage, claim.openFindings > 0 || late(claim))),
    fact('Newest state (RPO)', rpo(claim.rpoTargetSeconds, claim.rpoAchievedSeconds)),
  );
}

function panelOf(claim: Risk, opened: Opened, context: ClaimRowContext): HTMLElement[] {
  if (opened === null) return [el('p', { class: 'loading' }, 'Reading …')];
  if ('failure' in opened)
    return [termsTable(claim), el('p', { class: 'notice', role: 'alert' }, opened.failure)];
  const { findings, recommendations, runs, policies, coverage } = opened.whole;
  const living = findings.filter((finding) => finding.state !== 'resolved');
  return [
    el('h4', { class: 'part' }, living.length === 0 ? 'No open finding' : 'Findings'),
    ...living.filter(ofClaim).map((finding) => findingCard(finding, context)),
    ...living.filter((finding) => !ofClaim(finding)).map(findingLink),
    ...recommendationList(recommendations.filter((one) => one.state === 'open')),
    termsTable(claim),
    el(
      'dl',
      { class: 'facts' },
      fact(
        'Readiness',
        sentenceOf(claim.readiness.text),
        ...(claim.readiness.provenAt === null
          ? []
          : [' The evidence is from ', since(claim.readiness.provenAt), '.']),
      ),
      fact('Coverage', coverage?.reason ?? 'not known'),
      fact(
        'RPO target',
        claim.rpoTargetSeconds === null
          ? 'none'
          : `${duration(claim.rpoTargetSeconds)}, ${claim.rpoWhy}`,
      ),
      fact(
        'Backup jobs',
        policies.length === 0
          ? 'none'
          : policies
              .map(
                (policy) =>
                  `${policy.engine} ${policy.namespace}/${policy.name} (${schedule(policy)})`,
              )
              .join('; '),
      ),
    ),
    runsTable(claim, runs.slice(0, 8)),
  ];
}

function ofClaim({ resourceId }: Finding): boolean {
  return resourceId !== null;
}

/** Of a policy that takes other claims too: its card stands once, below the list, while it is open. */
function findingLink({ severity, sentence, findingId, state }: Finding): HTMLElement {
  const link = el('a', { href: `#${headingOf(findingId)}` }, sentence);
  const said = state === 'open' ? link : `${sentence} (${state})`;
  return el('p', { class: 'sentence' }, severityMark(severity), ' ', said);
}

function schedule(policy: ResourceWhole['policies'][number]): string {
  return [policy.schedule ?? 'not scheduled', policy.paused ? 'paused' : '']
    .filter(Boolean)
    .join(', ');
}

function recommendationList(recommendations: Recommendation[]): HTMLElement[] {
  if (recommendations.length === 0) return [];
  const cards = recommendations.map((one) =>
    el(
      'article',
      { class: 'recommendation' },
      el('h4', {}, one.title),
      el('p', {}, one.reason),
      el(
        'dl',
        { class: 'facts' },
        fact('Now', one.current),
        fact('Proposed', one.proposed),
        ...one.effects.map((effect) => fact(effect.measure, effect.text)),
      ),
      el('p', { class: 'quiet' }, `Confidence ${percent(one.confidence)}`),
    ),
  );
  return [el('h4', { class: 'part' }, 'What would help'), ...cards];
}

/** The terms add up to the score, and the table says so. */
function termsTable(claim: Risk): HTMLElement {
  const sum = claim.terms.reduce((total, term) => total + term.contribution, 0);
  return el(
    'table',
    { class: 'terms' },
    el(
      'caption',
      {},
      `Why ${sum.toFixed(1)}: ${percent(claim.probability)} chance within ${duration(claim.horizonSeconds)} that it cannot be recovered × ${percent(claim.impact)} impact`,
    ),
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        el('th', { scope: 'col' }, 'Term'),
        el('th', { scope: 'col', class: 'number' }, 'Points'),
      ),
    ),
    el('tbody', {}, ...claim.terms.map((term) => termRow(term.text, term.contribution))),
    el('tfoot', {}, termRow('Sum', sum)),
  );
}

function termRow(label: string, points: number): HTMLElement {
  return el(
    'tr',
    {},
    el('th', { scope: 'row' }, label),
    el('td', { class: 'number' }, points.toFixed(1)),
  );
}

function runsTable(claim: Risk, runs: Run[]): HTMLElement {
  if (runs.length === 0) return el('p', { class: 'quiet' }, 'No run has been seen yet.');
  const rows = runs.map((run) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, time(run.startedAt)),
      el('td', {}, el('span', { class: 'outcome', 'data-outcome': run.outcome }, run.outcome)),
      el(
        'td',
        { class: 'number' },
        run.durationSeconds === null ? 'not known' : duration(run.durationSeconds),
      ),
      el(
        'td',
        { class: 'number' },
        run.addedBytes === null ? 'not known' : byteSize(run.addedBytes),
      ),
    ),
  );
  const head = ['Run', 'Outcome', 'Took', 'Added'].map((label, at) =>
    el('th', { scope: 'col', class: at > 1 ? 'number' : '' }, label),
  );
  return el(
    'div',
    {
      class: 'scroll',
      tabindex: '0',
      role: 'region',
      'aria-label': `Latest runs of ${claim.namespace}/${claim.name}`,
    },
    el(
      'table',
      {},
      el('caption', {}, 'Latest runs'),
      el('thead', {}, el('tr', {}, ...head)),
      el('tbody', {}, ...rows),
    ),
  );
}
