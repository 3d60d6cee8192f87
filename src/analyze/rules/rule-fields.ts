import { ENGINES, OUTCOMES } from '../../domain/words.ts';
import type { JobFacts } from '../job/job-facts.ts';
import type { RecentRun } from '../job/job-state.ts';

/** `B` bytes, `s` seconds, `1` a count or a ratio. */
export type Unit = 'B' | 's' | '1';
/** Null: the run does not say. */
export type RuleValue = number | string | boolean | null;

export interface NumberField {
  type: 'number';
  unit: Unit;
  least: number;
  most: number;
  whole: boolean;
}
export type RuleField =
  | NumberField
  /** `words`: all it can be; null: any text. */
  | { type: 'text'; words: readonly string[] | null }
  | { type: 'truth' };

export const WEEKDAYS = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;

const figure = (unit: Unit): NumberField => ({
  type: 'number',
  unit,
  least: 0,
  most: Infinity,
  whole: false,
});
const anyText: RuleField = { type: 'text', words: null };
/** Rules judge runs that have ended. */
const ended = OUTCOMES.filter((outcome) => outcome !== 'running');

/** All that a rule may ask of a run; nothing else has a name. */
const FIELDS = {
  duration: figure('s'),
  logicalBytes: figure('B'),
  addedBytes: figure('B'),
  files: { ...figure('1'), whole: true },
  dedupRatio: figure('1'),
  startDelaySeconds: figure('s'),
  hour: { type: 'number', unit: '1', least: 0, most: 23, whole: true },
  weekday: { type: 'text', words: WEEKDAYS },
  outcome: { type: 'text', words: ended },
  engine: { type: 'text', words: ENGINES },
  namespace: anyText,
  name: anyText,
  resource: anyText,
  cause: anyText,
  error: anyText,
  fullRead: { type: 'truth' },
} as const satisfies Record<string, RuleField>;
export type RuleFieldName = keyof typeof FIELDS;
export const RULE_FIELDS: Record<RuleFieldName, RuleField> = FIELDS;
export const RULE_FIELD_NAMES = Object.keys(RULE_FIELDS) as RuleFieldName[];

export function isRuleField(name: string): name is RuleFieldName {
  return Object.hasOwn(RULE_FIELDS, name);
}

/** Hour and weekday are of the start, in UTC. */
export function readField(name: RuleFieldName, run: RecentRun, job: JobFacts): RuleValue {
  switch (name) {
    case 'duration':
      return run.seconds;
    case 'logicalBytes':
      return run.logical;
    case 'addedBytes':
      return run.added;
    case 'files':
      return run.files;
    case 'dedupRatio':
      return run.dedup;
    case 'startDelaySeconds':
      return run.delay;
    case 'hour':
      return new Date(run.start).getUTCHours();
    case 'weekday':
      return WEEKDAYS[new Date(run.start).getUTCDay()] ?? null;
    case 'outcome':
      return run.outcome;
    case 'engine':
      return job.engine;
    case 'namespace':
      return job.namespace;
    case 'name':
      return job.policy?.slice(job.policy.indexOf('/') + 1) ?? null;
    case 'resource':
      return job.resource;
    case 'cause':
      return run.cause?.code ?? (run.outcome === 'failed' ? null : '');
    case 'error':
      return run.text ?? (run.outcome === 'failed' ? null : '');
    case 'fullRead':
      return run.full;
    default:
      return name satisfies never;
  }
}
