import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { JudgeSettings, defaultSettings } from './job-detectors.ts';

const page = readFileSync(new URL('../../../docs/reference/findings.md', import.meta.url), 'utf8');

describe('docs/reference/findings.md', () => {
  it('names every rule and every setting with its default', () => {
    for (const [kind, settings] of Object.entries(defaultSettings)) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${kind}\` |`)) ?? '';
      for (const [name, value] of Object.entries(settings)) {
        expect(row).toContain(`\`${name}\` (${String(value)})`);
      }
      expect(row).not.toBe('');
    }
  });
});

describe('settings', () => {
  it('refuse what makes no sense', () => {
    expect(JudgeSettings.safeParse({ 'stuck-run': { factor: 0 } }).success).toBe(false);
    expect(JudgeSettings.safeParse({ 'size-drop': { criticalShare: 2 } }).success).toBe(false);
  });
});
