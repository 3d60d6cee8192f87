import { badRequest } from './api-failure.ts';
import type { WorldObject } from './world-object.ts';

export type Selector = (object: WorldObject) => boolean;

type Labels = Record<string, string>;

function labelTerm(term: string): (labels: Labels) => boolean {
  const set = /^([\w./-]+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return (labels) => values.includes(labels[key] ?? '\0') === (operator === 'in');
  }
  const equal = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/.exec(term);
  if (equal) {
    const [, key = '', operator, value] = equal;
    return (labels) => (labels[key] === value) === (operator !== '!=');
  }
  const exists = /^(!?)([\w./-]+)$/.exec(term);
  if (!exists) throw badRequest(`unable to parse requirement: ${term}`);
  return (labels) => Object.hasOwn(labels, exists[2] ?? '') === (exists[1] === '');
}

function fieldTerm(term: string): Selector {
  const parts = /^(metadata\.name|metadata\.namespace)(==|=|!=)(.*)$/.exec(term);
  if (!parts) throw badRequest(`field label not supported: ${term.split(/[!=]/)[0] ?? ''}`);
  const field = parts[1] === 'metadata.name' ? 'name' : 'namespace';
  return (object) => (object.metadata[field] === parts[3]) === (parts[2] !== '!=');
}

const termsOf = (text: string): string[] =>
  text === '' ? [] : text.split(/,(?![^(]*\))/).map((term) => term.trim());

/** Throws ApiFailure 400 for a selector it cannot read. */
export function selectorOf(query: URLSearchParams): Selector {
  const labels = termsOf(query.get('labelSelector') ?? '').map(labelTerm);
  const fields = termsOf(query.get('fieldSelector') ?? '').map(fieldTerm);
  return (object) =>
    labels.every((matches) => matches(object.metadata.labels ?? {})) &&
    fields.every((matches) => matches(object));
}

export function hasSelector(query: URLSearchParams): boolean {
  return (query.get('labelSelector') ?? '') !== '' || (query.get('fieldSelector') ?? '') !== '';
}
