import { z } from 'zod';
import { AppError } from '../../domain/error.ts';
import type { RuleSource, SettingChanges } from '../../domain/rule.ts';
import { nearestWord } from '../nearest-word.ts';
import { JudgeSettings } from './job-detectors.ts';

const RULES = 'custom-rule';

/** What can be set: every setting of every built-in rule. */
export interface SettingDescription {
  kind: string;
  name: string;
  default: number;
  /** Unit and reason. */
  text: string;
}

export const SETTINGS: readonly SettingDescription[] = Object.entries(
  JudgeSettings.parse({}),
).flatMap(([kind, values]) =>
  kind === RULES
    ? []
    : Object.entries(values).map(([name, value]) => ({
        kind,
        name,
        default: Number(value),
        text: textOf(kind, name),
      })),
);

function textOf(kind: string, name: string): string {
  const outer = JudgeSettings.shape[kind as keyof typeof JudgeSettings.shape].unwrap();
  const shape: Record<string, z.ZodType> = outer.shape;
  return shape[name]?.description ?? '';
}

/**
 * The settings that changes and rules make together. Throws AppError `invalid-input` that names every mistake, with the
 * nearest right word for a kind or a setting that there is not.
 */
export function readSettings(changes: SettingChanges, rules: readonly RuleSource[]): JudgeSettings {
  const unknown = Object.entries(changes).flatMap(([kind, own]) => unknownIn(kind, own));
  const parsed = JudgeSettings.safeParse({ ...changes, [RULES]: { rules } });
  const wrong = parsed.success ? [] : parsed.error.issues.map(sayIssue);
  const mistakes = [...unknown, ...wrong];
  if (parsed.success && mistakes.length === 0) return parsed.data;
  throw new AppError('invalid-input', mistakes.join('; '), {
    nextStep: 'docs/reference/rules.md shows rules, docs/reference/findings.md all settings.',
    details: { errors: mistakes },
  });
}

/** What was stored, without what this version no longer takes; `dropped` says what and why. */
export function readKeptSettings(stored: {
  settings: SettingChanges;
  rules: readonly RuleSource[];
}): {
  settings: JudgeSettings;
  dropped: string[];
} {
  const dropped: string[] = [];
  const takes = (settings: SettingChanges, rules: readonly RuleSource[]): boolean => {
    try {
      readSettings(settings, rules);
      return true;
    } catch (error) {
      dropped.push(error instanceof Error ? error.message : String(error));
      return false;
    }
  };
  const kept: SettingChanges = {};
  for (const [kind, own] of Object.entries(stored.settings))
    for (const [name, value] of Object.entries(own))
      if (takes({ [kind]: { [name]: value } }, [])) kept[kind] = { ...kept[kind], [name]: value };
  const rules = stored.rules.map(sourceOf).filter((rule) => takes({}, [rule]));
  return { settings: readSettings(kept, rules), dropped };
}

/** Without who changed it, and when. */
function sourceOf({ name, when, severity, sentence, nextStep }: RuleSource): RuleSource {
  return { name, when, severity, sentence, nextStep };
}

function unknownIn(kind: string, own: Record<string, unknown>): string[] {
  const kinds = [...new Set(SETTINGS.map((one) => one.kind))];
  if (!kinds.includes(kind)) return [`there are no settings of ${kind}${didYouMean(kind, kinds)}`];
  const names = SETTINGS.filter((one) => one.kind === kind).map(({ name }) => name);
  return Object.keys(own)
    .filter((name) => !names.includes(name))
    .map((name) => `${kind} has no setting ${name}${didYouMean(name, names)}`);
}

function didYouMean(word: string, words: readonly string[]): string {
  const near = nearestWord(word, words);
  if (near !== null) return `; did you mean ${near}?`;
  return words.length === 0 ? '' : `; there are ${words.join(', ')}`;
}

function sayIssue({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.')}: ${message}`;
}
