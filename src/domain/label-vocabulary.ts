import { z } from 'zod';
import { ENGINES, type Engine } from './words.ts';

const text = z.string().min(1);
const UNIT_SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Seconds of `90m`, `2h`, `2d` or `2w`; null for anything else. */
export function secondsOf(duration: string): number | null {
  if (!/^[1-9]\d{0,4}[mhdw]$/.test(duration)) return null;
  return Number(duration.slice(0, -1)) * (UNIT_SECONDS[duration.slice(-1)] ?? 0);
}

const duration = z
  .string()
  .refine((value) => secondsOf(value) !== null, 'is no duration such as 2h, 2d or 2w')
  .transform((value) => secondsOf(value) ?? 0);

export const CRITICALITIES = ['high', 'normal', 'low'] as const;
export type Criticality = (typeof CRITICALITIES)[number];

const Meaning = z.strictObject({
  /** The claim's data may be this old at most; twice the interval that the word promises. */
  rpo: duration.optional(),
  /** The claim needs no backup. */
  exempt: z.literal(true).optional(),
  /** A policy of this engine takes the claim. */
  engine: z.enum(ENGINES).optional(),
  /** How much the loss of the data would matter: part of its risk. */
  criticality: z.enum(CRITICALITIES).optional(),
});

export const LabelWord = z.strictObject({
  /** A label's or annotation's key; a star at its end stands for any rest. */
  key: text,
  on: z.enum(['label', 'annotation']).default('label'),
  /** What each right value says; `*` is any other value. None: the key says nothing to us. */
  values: z.record(text, Meaning),
  /** Another label without which it counts for nothing, as `key=value`. */
  needs: text.optional(),
  /** Annotations that hold the reason of an exemption, best first. */
  reasons: z.array(text).optional(),
  /** The annotation that holds the day an exemption ends, as `2027-01-31`. */
  until: text.optional(),
});
export type LabelWord = z.output<typeof LabelWord>;
/** What labels and annotations of claims mean: the first word whose key fits counts, exact keys before patterns. */
export type LabelVocabulary = readonly LabelWord[];

type Values = LabelWord['values'];
const HOUR = 3_600;
const cadence: Values = {
  hourly: { rpo: 2 * HOUR },
  daily: { rpo: 48 * HOUR },
};
const by = (engine: Engine, ...values: string[]): Values =>
  Object.fromEntries(values.map((value) => [value, { engine }]));
const silent = (...values: string[]): Values =>
  Object.fromEntries(values.map((value) => [value, {}]));
const NO = ['false', 'no', 'off', '0'];
const exempt: Values = { true: { exempt: true }, yes: { exempt: true }, ...silent(...NO) };
const reasoned: Values = { ...silent(...NO), '*': { exempt: true } };
const exemption = {
  reasons: ['backup-exempt-reason', 'storage.vanillax.dev/backup-exempt-reason'],
  until: 'backup-exempt-until',
};

const criticality: Values = Object.fromEntries(
  CRITICALITIES.map((level) => [level, { criticality: level }]),
);

/** Words in use among people, and those of the engines; docs/reference/labels.md. */
export const DEFAULT_VOCABULARY: LabelVocabulary = [
  {
    key: 'plimsoll.dev/exempt',
    on: 'annotation',
    values: reasoned,
    until: 'plimsoll.dev/exempt-until',
  },
  { key: 'plimsoll.dev/criticality', on: 'label', values: criticality },
  { key: 'plimsoll.dev/criticality', on: 'annotation', values: criticality },
  { key: 'backup-exempt', on: 'annotation', values: reasoned, ...exemption },
  { key: 'backup-exempt', on: 'label', values: exempt, ...exemption },
  {
    key: 'backup',
    on: 'label',
    values: { ...cadence, weekly: { rpo: 336 * HOUR }, ...silent('true', 'false') },
  },
  { key: 'pvc-plumber.io/tier', on: 'label', values: cadence },
  { key: 'velero.io/exclude-from-backup', on: 'label', values: silent('true', 'false') },
  {
    key: 'k8up.io/backup',
    on: 'annotation',
    values: {
      ...by('k8up', 'true', 'True', 'TRUE', 't', 'T', '1'),
      ...silent('false', 'False', 'FALSE', 'f', 'F', '0'),
    },
  },
  {
    key: 'recurring-job.longhorn.io/source',
    on: 'label',
    values: silent('enabled', 'disabled'),
  },
  ...['recurring-job-group.longhorn.io/*', 'recurring-job.longhorn.io/*'].map((key) => ({
    key,
    on: 'label' as const,
    values: { ...by('longhorn', 'enabled'), ...silent('disabled') },
    needs: 'recurring-job.longhorn.io/source=enabled',
  })),
  // Not in Longhorn's code, yet found on claims: it has no effect.
  {
    key: 'longhorn.io/recurring-job-group',
    on: 'annotation',
    values: by('longhorn', '*'),
  },
];

/** People's own words before the usual ones; one for the same key and place stands instead of it. */
export function vocabularyWith(own: LabelVocabulary): LabelVocabulary {
  const isOwn = (word: LabelWord) => own.some(({ key, on }) => key === word.key && on === word.on);
  return [...own, ...DEFAULT_VOCABULARY.filter((word) => !isOwn(word))];
}
