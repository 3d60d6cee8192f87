import { z } from 'zod';
import { AppError } from '../../domain/error.ts';
import { RuleSource, SettingChanges } from '../../domain/rule.ts';
import type { CliDeps } from '../deps.ts';

/** `size-drop.leastLoss=0.6`. */
export function parseSetting(text: string): { kind: string; name: string; value: number } {
  const [, kind, name, value] = /^([\w-]+)\.(\w+)=(.+)$/.exec(text) ?? [];
  const number = Number(value);
  if (kind !== undefined && name !== undefined && Number.isFinite(number))
    return { kind, name, value: number };
  throw new AppError('invalid-input', `${text} is not a setting`, {
    nextStep: 'Write it as kind.key=value, e.g. size-drop.leastLoss=0.6.',
  });
}

export async function readSettingsFile(deps: CliDeps, path: string): Promise<SettingChanges> {
  return check(SettingChanges, await readJson(deps, path), path);
}

/** A name that ends in .json is a file of one rule or of several; anything else is an expression. */
export async function readRules(deps: CliDeps, text: string): Promise<RuleSource[]> {
  if (!text.endsWith('.json')) return [ruleOf({ name: nameOf(text), when: text })];
  const json = await readJson(deps, text);
  return check(z.array(RuleSource), Array.isArray(json) ? json : [json], text);
}

/** What is left out has its default. */
export function ruleOf(parts: Record<string, string | undefined>): RuleSource {
  const given = Object.entries(parts).filter(([, value]) => value !== undefined);
  return check(RuleSource, Object.fromEntries(given), parts['name'] ?? 'the rule');
}

/** A rule without a name is called by its words. */
function nameOf(expression: string): string {
  const words = expression.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join('-').slice(0, 60).replace(/-$/, '') || 'rule';
}

async function readJson(deps: CliDeps, path: string): Promise<unknown> {
  const lines: string[] = [];
  for await (const line of deps.openRuns(path)) lines.push(line);
  try {
    return JSON.parse(lines.join('\n'));
  } catch (cause) {
    throw new AppError('invalid-input', `${path} is not JSON`, { cause });
  }
}

function check<T extends z.ZodType>(schema: T, value: unknown, path: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new AppError('invalid-input', `${path}: ${mistakes.join('; ')}`, {
    nextStep: 'docs/reference/rules.md shows rules and settings.',
  });
}
