// Writes .env.example and docs/reference/settings.md from the settings' own table: npm run docs
import { writeFileSync } from 'node:fs';
import { type SettingDoc, settingDocs } from '../src/config.ts';

export function envExample(docs: SettingDoc[]): string {
  const lines = docs.map((doc) => `# ${doc.description}\n#${doc.name}=${doc.default ?? ''}\n`);
  return `# Plimsoll reads these from the environment. Everything is optional.\n\n${lines.join('\n')}`;
}

export function settingsPage(docs: SettingDoc[]): string {
  const rows = docs.map(
    (doc) =>
      `| \`${doc.name}\` | ${doc.default === undefined ? '–' : `\`${doc.default}\``} | ${doc.secret ? 'yes' : ''} | ${doc.description} |`,
  );
  return [
    '# Settings',
    '',
    'Settings come from the environment; an empty value counts as unset. Wrong settings stop the start, and the message names every variable at fault. This page is generated (`npm run docs`).',
    '',
    '| variable | default | secret | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

if (import.meta.main) {
  writeFileSync('.env.example', envExample(settingDocs()));
  writeFileSync('docs/reference/settings.md', settingsPage(settingDocs()));
}
