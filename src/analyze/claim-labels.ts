import type { Selection } from '../domain/facts.ts';
import type { LabelVocabulary, LabelWord } from '../domain/label-vocabulary.ts';
import type { Engine } from '../domain/words.ts';
import type { Claim } from './selection.ts';

/** A label or annotation as people write it, e.g. `label backup: hourly`. */
interface Said {
  said: string;
}

/** What a claim's labels and annotations say in the vocabulary; instants are not compared with now. */
export interface ClaimLabels {
  /** The strictest age its data may have. */
  objective: (Said & { rpoSeconds: number }) | null;
  exemptions: { reason: string; until: Date | null }[];
  /** Engines that are said to take it. */
  engines: (Said & { engine: Engine })[];
  /** Values that are none of the key's; `allowed` are the right ones. */
  unknown: (Said & { value: string; allowed: string[] })[];
  /** Words that count only with another label, which is missing. */
  idle: (Said & { needs: string })[];
}

/** Values that selectors of policies name, by label key; null: they take any value. */
export type SelectedValues = ReadonlyMap<string, ReadonlySet<string> | null>;

const nothing = (): ClaimLabels => ({
  objective: null,
  exemptions: [],
  engines: [],
  unknown: [],
  idle: [],
});
/** Of claims that say nothing. */
export const NO_LABELS: ClaimLabels = nothing();

/** Annotations may be long; what a finding quotes of them is not. */
const LONGEST_SAID = 200;

/** The look-up of a vocabulary, made once for all claims. */
export type LabelWords = (on: LabelWord['on'], key: string) => LabelWord | undefined;

export function labelWords(vocabulary: LabelVocabulary): LabelWords {
  const exact = new Map<string, LabelWord>();
  for (const word of vocabulary.toReversed()) exact.set(`${word.on} ${word.key}`, word);
  const patterns = vocabulary.filter(({ key }) => key.endsWith('*'));
  return (on, key) =>
    exact.get(`${on} ${key}`) ??
    patterns.find((word) => word.on === on && key.startsWith(word.key.slice(0, -1)));
}

export function readClaimLabels(
  words: LabelWords,
  claim: Claim,
  selected: SelectedValues,
): ClaimLabels {
  let read: ClaimLabels | null = null;
  for (const [on, pairs] of [
    ['label', claim.labels],
    ['annotation', claim.annotations],
  ] as const)
    for (const [key, value] of Object.entries(pairs)) {
      const word = words(on, key);
      if (word === undefined) continue;
      read ??= nothing();
      readWord(read, word, claim, { key, value: value.trim() }, selected);
    }
  return read ?? NO_LABELS;
}

function readWord(
  read: ClaimLabels,
  word: LabelWord,
  claim: Claim,
  { key, value }: { key: string; value: string },
  selected: SelectedValues,
): void {
  const values = Object.keys(word.values);
  if (values.length === 0) return;
  const said = `${word.on} ${key}: ${value.slice(0, LONGEST_SAID)}`;
  const own = ownMeaning(word, value);
  const meaning = own ?? word.values['*'];
  if (meaning === undefined) {
    const named = word.on === 'label' ? selected.get(key) : undefined;
    if (named !== null && !named?.has(value))
      read.unknown.push({ said, value, allowed: [...values, ...(named ?? [])] });
    return;
  }
  const { rpo, exempt, engine } = meaning;
  const says = rpo !== undefined || exempt === true || engine !== undefined;
  if (says && word.needs !== undefined && !hasLabel(claim, word.needs)) {
    read.idle.push({ said, needs: word.needs });
    return;
  }
  if (rpo !== undefined && rpo < (read.objective?.rpoSeconds ?? Number.POSITIVE_INFINITY))
    read.objective = { said, rpoSeconds: rpo };
  if (engine !== undefined) read.engines.push({ said, engine });
  if (exempt === true)
    readExemption(read, word, claim, { key, value, isReason: own === undefined });
}

/** Engines compare to the letter; where people write freely, `False` is `false`. */
function ownMeaning({ values }: LabelWord, value: string): LabelWord['values'][string] | undefined {
  const spelt = Object.hasOwn(values, '*') ? [value, value.toLowerCase()] : [value];
  const found = spelt.find((one) => Object.hasOwn(values, one));
  return found === undefined ? undefined : values[found];
}

/** `key=value`. */
function hasLabel({ labels }: Claim, pair: string): boolean {
  const at = pair.indexOf('=');
  return at < 0 ? labels[pair] !== undefined : labels[pair.slice(0, at)] === pair.slice(at + 1);
}

const YES = new Set(['true', 'yes', '1', 'on', '']);

function readExemption(
  read: ClaimLabels,
  word: LabelWord,
  claim: Claim,
  { key, value, isReason }: { key: string; value: string; isReason: boolean },
): void {
  const given = word.reasons?.map((one) => claim.annotations[one]?.trim()).find((one) => one);
  const free = isReason && !YES.has(value.toLowerCase()) ? value : null;
  const plain = value === '' ? `${word.on} ${key}, no reason given` : `${key}: ${value}`;
  const ends = word.until === undefined ? undefined : claim.annotations[word.until];
  const until = ends === undefined ? null : dayOf(ends);
  if (until === undefined) {
    const said = `annotation ${word.until}: ${ends}`;
    read.unknown.push({ said, value: ends ?? '', allowed: ['a day such as 2027-01-31'] });
    return;
  }
  read.exemptions.push({ reason: given ?? free ?? plain, until });
}

/** The end of that day in UTC, or the very instant; undefined when it is neither. */
function dayOf(value: string): Date | undefined {
  const text = value.trim();
  const instant = /^\d{4}-\d\d-\d\d$/.test(text)
    ? Date.parse(`${text}T00:00:00Z`) + 86_400_000
    : /^\d{4}-\d\d-\d\dT/.test(text)
      ? Date.parse(text)
      : Number.NaN;
  return Number.isNaN(instant) ? undefined : new Date(instant);
}

/** Which values of which labels policies select claims by: such values are no mistakes. */
export function selectedValues(selections: readonly Selection[]): SelectedValues {
  const found = new Map<string, Set<string> | null>();
  const note = (key: string, values: readonly string[] | null): void => {
    const known = found.get(key);
    if (values === null || known === null) found.set(key, null);
    else found.set(key, new Set([...(known ?? []), ...values]));
  };
  for (const selection of selections) {
    if (selection.type === 'labels')
      for (const [key, value] of Object.entries(selection.matchLabels)) note(key, [value]);
    if (selection.type !== 'namespaces') continue;
    for (const { matchLabels, matchExpressions } of selection.labelSelectors) {
      for (const [key, value] of Object.entries(matchLabels)) note(key, [value]);
      for (const { key, operator, values } of matchExpressions)
        note(key, operator === 'In' ? values : null);
    }
  }
  return found;
}
