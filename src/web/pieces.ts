import { el } from './element.ts';
import { ago, duration, localTime } from './format.ts';

/** A time in the reader's zone, with UTC when pointed at. */
export function time(iso: string, words = localTime(iso)): HTMLElement {
  return el('time', { datetime: iso, title: `${iso.slice(0, 19).replace('T', ' ')} UTC` }, words);
}

export function since(iso: string): HTMLElement {
  return time(iso, ago(iso, Date.now()));
}

export function severityMark(severity: string | null): HTMLElement {
  return el(
    'span',
    { class: 'severity', 'data-severity': severity ?? 'none' },
    severity ?? 'no finding',
  );
}

export const COVERAGE: Record<string, string> = {
  protected: 'Protected',
  'never-succeeded': 'Never succeeded',
  uncovered: 'Not covered',
  exempt: 'Exempt',
  unknown: 'Unknown',
};

export const READINESS: Record<string, string> = {
  none: 'No proof',
  declared: 'Declared only',
  listed: 'Point listed',
  verified: 'Verified',
  restored: 'Restored',
};

/** Protected looks well only where nothing is wrong: beside an open finding it is just a word. */
export function coverageMark(state: string, troubled: boolean): HTMLElement {
  const shown = troubled && state === 'protected' ? 'troubled' : state;
  return el('span', { class: 'mark', 'data-coverage': shown }, COVERAGE[state] ?? state);
}

/** `26 h of 2 d`; an absent figure is said in words, never left to look fine. */
export function rpo(target: number | null, achieved: number | null): HTMLElement {
  const reached = achieved === null ? 'no restore point' : duration(achieved);
  const wanted = target === null ? 'no target' : `target ${duration(target)}`;
  const state =
    achieved === null || target === null ? 'unknown' : achieved <= target ? 'met' : 'missed';
  return el('span', { class: 'rpo', 'data-rpo': state }, el('b', {}, reached), ` ${wanted}`);
}

/** One question and what answers it. */
export function fact(label: string, ...answer: (Node | string)[]): HTMLElement {
  return el('div', { class: 'fact' }, el('dt', {}, label), el('dd', {}, ...answer));
}
