import { describe, expect, it } from 'vitest';
import { AppError } from '../../domain/error.ts';
import { RuleSource } from '../../domain/rule.ts';
import { JudgeSettings, defaultSettings } from './job-detectors.ts';
import { SETTINGS, readSettings } from './read-settings.ts';

function refusal(changes: Parameters<typeof readSettings>[0], rules: RuleSource[] = []): string {
  try {
    readSettings(changes, rules);
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid-input') return error.message;
    throw error;
  }
  return 'accepted';
}

const rule = (name: string, when: string): RuleSource => RuleSource.parse({ name, when });

describe('reading settings', () => {
  it('takes changes, and the defaults for the rest', () => {
    expect(readSettings({}, [])).toEqual(defaultSettings);
    const settings = readSettings({ 'size-drop': { leastLoss: 0.5 } }, [rule('big', 'files > 3')]);
    expect(settings['size-drop']).toEqual({ ...defaultSettings['size-drop'], leastLoss: 0.5 });
    expect(settings['custom-rule'].rules.map(({ name }) => name)).toEqual(['big']);
  });

  it('names every mistake at once, with the nearest right word', () => {
    const changes = {
      'size-drp': { leastLoss: 0.5 },
      'size-drop': { leastLos: 1 },
      overrun: { share: -1 },
    };
    const message = refusal(changes, [rule('big', 'filles > 3')]);
    expect(message).toContain('there are no settings of size-drp; did you mean size-drop?');
    expect(message).toContain('size-drop has no setting leastLos; did you mean leastLoss?');
    expect(message).toMatch(/overrun\.share: /);
    expect(message).toMatch(
      /custom-rule\.rules\.0\.when: a run has no field filles; did you mean files\?/,
    );
  });

  it('refuses two rules of one name, and rules among the settings', () => {
    expect(refusal({}, [rule('a', 'files > 3'), rule('a', 'files > 4')])).toMatch(/same name/);
    expect(refusal({ 'custom-rule': { rules: 'x' } })).toMatch(/no settings of custom-rule/);
    expect(refusal({ ['__proto__x']: {} })).toMatch(/no settings of __proto__x/);
  });

  it('describes every setting of every rule with its default', () => {
    const given = Object.entries(JudgeSettings.parse({})).filter(
      ([kind]) => kind !== 'custom-rule',
    );
    const expected = given.flatMap(([kind, own]) =>
      Object.keys(own).map((name) => `${kind}.${name}`),
    );
    expect(SETTINGS.map(({ kind, name }) => `${kind}.${name}`)).toEqual(expected);
    for (const { kind, name, text } of SETTINGS) expect(text, `${kind}.${name}`).toMatch(/^\S+; /);
  });
});
