import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_VOCABULARY, vocabularyWith } from '../domain/label-vocabulary.ts';
import { claimFact } from '../../test/support/judged-facts.ts';
import {
  labelWords,
  readClaimLabels,
  selectedValues,
  type SelectedValues,
} from './claim-labels.ts';
import { nearestWord } from './nearest-word.ts';

const NONE: SelectedValues = new Map();
const read = (
  labels: Record<string, string>,
  annotations: Record<string, string> = {},
  selected = NONE,
  vocabulary = DEFAULT_VOCABULARY,
) =>
  readClaimLabels(
    labelWords(vocabulary),
    claimFact('media', 'photos', { labels, annotations }),
    selected,
  );

const until = (day: string) => read({ 'backup-exempt': 'true' }, { 'backup-exempt-until': day });

describe('what a claim’s labels say', () => {
  it.each([
    [{ backup: 'hourly' }, 7_200],
    [{ backup: 'daily' }, 172_800],
    [{ 'pvc-plumber.io/tier': 'hourly', backup: 'daily' }, 7_200],
    [{ backup: 'true' }, undefined],
    [{ app: 'photos' }, undefined],
  ])('%j promises copies no older than %s s', (labels, seconds) => {
    expect(read(labels).objective?.rpoSeconds).toBe(seconds);
  });

  it.each([
    [{}, { 'plimsoll.dev/exempt': 'a cache' }, 'a cache'],
    [{}, { 'plimsoll.dev/exempt': '' }, 'annotation plimsoll.dev/exempt, no reason given'],
    [{}, { 'backup-exempt': 'can be made again' }, 'can be made again'],
    [{ 'backup-exempt': 'true' }, {}, 'backup-exempt: true'],
    [{ 'backup-exempt': 'true' }, { 'backup-exempt-reason': 'a cache' }, 'a cache'],
    [
      { 'backup-exempt': 'true' },
      { 'storage.vanillax.dev/backup-exempt-reason': 'scratch' },
      'scratch',
    ],
    [{ 'backup-exempt': 'false' }, {}, undefined],
    [{}, { 'plimsoll.dev/exempt': 'False' }, undefined],
    [{}, { 'backup-exempt': 'no' }, undefined],
  ])('%j %j exempts it: %s', (labels, annotations, reason) => {
    expect(read(labels, annotations).exemptions[0]?.reason).toBe(reason);
  });

  it('ends an exemption with its last day, and refuses a day nobody can read', () => {
    expect(until('2026-12-31').exemptions[0]?.until).toEqual(new Date('2027-01-01T00:00:00Z'));
    const odd = until('next spring');
    expect(odd.exemptions).toEqual([]);
    expect(odd.unknown[0]?.said).toBe('annotation backup-exempt-until: next spring');
  });

  it.each([
    [{ backup: 'dayly' }, 'dayly'],
    [{ backup: 'Hourly' }, 'Hourly'],
    [{ 'velero.io/exclude-from-backup': 'yes' }, 'yes'],
    [{ 'recurring-job.longhorn.io/source': 'true' }, 'true'],
  ])('%j means nothing', (labels, value) => {
    expect(read(labels).unknown.map((one) => one.value)).toEqual([value]);
  });

  it('is no mistake where a policy selects by it', () => {
    const selected = selectedValues([
      {
        type: 'namespaces',
        include: [],
        exclude: [],
        labelSelectors: [
          {
            matchLabels: { backup: 'nightly' },
            matchExpressions: [{ key: 'tier', operator: 'Exists', values: [] }],
          },
        ],
        excludeLabels: {},
        claimsIncluded: true,
        volumes: 'data-mover',
      },
    ]);
    expect(read({ backup: 'nightly' }, {}, selected).unknown).toEqual([]);
    const wrong = read({ backup: 'nigthly' }, {}, selected).unknown[0];
    expect(nearestWord('nigthly', wrong?.allowed ?? [])).toBe('nightly');
    const tiers = vocabularyWith([{ key: 'tier', on: 'label', values: { gold: {} } }]);
    expect(read({ tier: 'silver' }, {}, selected, tiers).unknown).toEqual([]);
    expect(read({ tier: 'silver' }, {}, NONE, tiers).unknown).toHaveLength(1);
  });

  it('of Longhorn counts with its source label only', () => {
    const group = { 'recurring-job-group.longhorn.io/nightly': 'enabled' };
    expect(read(group)).toMatchObject({ engines: [] });
    expect(read(group).idle).toHaveLength(1);
    const whole = { ...group, 'recurring-job.longhorn.io/source': 'enabled' };
    expect(read(whole)).toMatchObject({ engines: [{ engine: 'longhorn' }], idle: [] });
  });

  it('follows people’s own words, which stand instead of the usual ones', () => {
    const own = vocabularyWith([
      { key: 'backup', on: 'label', values: { gold: { rpo: 3_600 } } },
      { key: 'backup-exempt', on: 'label', values: {} },
    ]);
    expect(read({ backup: 'gold' }, {}, NONE, own).objective?.rpoSeconds).toBe(3_600);
    expect(read({ backup: 'daily' }, {}, NONE, own).unknown).toHaveLength(1);
    expect(read({ 'backup-exempt': 'true' }, {}, NONE, own).exemptions).toEqual([]);
  });

  it('is on the reference page, word for word', () => {
    const page = readFileSync('docs/reference/labels.md', 'utf8');
    for (const { key, values } of DEFAULT_VOCABULARY) {
      expect(page).toContain(`\`${key}\``);
      for (const value of Object.keys(values)) expect(page).toContain(`\`${value}\``);
    }
  });
});

describe('the nearest right word', () => {
  it.each([
    ['dayly', 'daily'],
    ['HOURLY', 'hourly'],
    ['weakly', 'weekly'],
    ['houly', 'hourly'],
    ['x', null],
    ['a very long value of sixty-three odd characters ----------- £$%&', null],
  ])('to %s is %s', (word, nearest) => {
    expect(nearestWord(word, ['hourly', 'daily', 'weekly'])).toBe(nearest);
  });
});
