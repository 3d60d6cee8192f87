import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readConfig, settingDocs } from './config.ts';
import { envExample, settingsPage } from '../scripts/settings-docs.ts';

describe('settings', () => {
  it('has defaults that need no environment', () => {
    const config = readConfig({});
    expect(config).toMatchObject({ host: '127.0.0.1', port: 7466, collectIntervalSeconds: 300 });
    expect(config.dataDir).toMatch(/\/data$/);
  });

  it('names every variable at fault at once', () => {
    const wrong = {
      PORT: 'eighty',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://x',
      SUPABASE_URL: 'https://x.example',
    };
    for (const name of ['PORT', 'LOG_LEVEL', 'DATABASE_URL', 'SUPABASE_SECRET_KEY'])
      expect(() => readConfig(wrong)).toThrow(name);
  });

  it('counts an empty value as unset', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: '' })).toMatchObject({ port: 7466 });
  });

  it('never prints a secret', () => {
    const config = readConfig({
      DATABASE_URL: 'postgres://u:hunter2@h/db',
      ADMIN_API_KEY: 'sixteen-characters-long',
    });
    expect(
      `${JSON.stringify(config)}${inspect(config, { depth: 9 })}${String(config.adminApiKey)}`,
    ).not.toMatch(/hunter2|sixteen/);
    expect(config.adminApiKey?.reveal()).toBe('sixteen-characters-long');
  });

  it('does not repeat a bad secret in the error', () => {
    expect(() => readConfig({ DATABASE_URL: 'hunter2' })).toThrow(/DATABASE_URL/);
    expect(() => readConfig({ DATABASE_URL: 'hunter2' })).not.toThrow(/hunter2/);
  });

  it('reads rules for backup jobs, and says where one is wrong', () => {
    const rules = [{ label: 'team=storage', name: '*-dump' }, { namespace: 'backups' }];
    const { backupJobs } = readConfig({ BACKUP_JOBS: JSON.stringify(rules) });
    expect(backupJobs).toEqual(rules);
    expect(readConfig({}).backupJobs).toContainEqual({ name: '*-backup' });
    for (const wrong of ['*-backup', '[]', '[{}]', '[{"image":"restic"}]', '[{"name":7}]'])
      expect(() => readConfig({ BACKUP_JOBS: wrong })).toThrow(/BACKUP_JOBS: /);
    expect(() => readConfig({ BACKUP_JOBS: '[{"name":"a"},{}]' })).toThrow(/BACKUP_JOBS: 1 says/);
  });

  it('reads words for labels beside the usual ones', () => {
    const own = [{ key: 'tier', values: { gold: { rpo: '2h' }, scratch: { exempt: true } } }];
    const { labels } = readConfig({ BACKUP_LABELS: JSON.stringify(own) });
    expect(labels[0]).toMatchObject({ on: 'label', values: { gold: { rpo: 7_200 } } });
    expect(labels.some(({ key }) => key === 'backup')).toBe(true);
    const wrong = '[{"key":"tier","values":{"gold":{"rpo":"soon"}}}]';
    expect(() => readConfig({ BACKUP_LABELS: wrong })).toThrow(
      /BACKUP_LABELS: 0 values gold rpo is no duration/,
    );
  });

  it('reads a metrics store, and names what does not go together', () => {
    expect(readConfig({}).prometheus).toBeUndefined();
    const given = { PROMETHEUS_URL: 'http://mimir/prometheus', PROMETHEUS_TENANT: 'a' };
    expect(readConfig(given).prometheus).toEqual({
      url: 'http://mimir/prometheus',
      tenant: 'a',
      backend: 'prometheus',
    });
    const wrong: [Record<string, string>, RegExp][] = [
      [{ PROMETHEUS_URL: 'prometheus:9090' }, /PROMETHEUS_URL: must be a URL/],
      [{ PROMETHEUS_URL: 'http://me:pw@mimir' }, /PROMETHEUS_URL: .*without credentials/],
      [{ PROMETHEUS_TENANT: 'a' }, /PROMETHEUS_URL: is needed with PROMETHEUS_TENANT/],
      [
        { ...given, PROMETHEUS_USERNAME: 'me' },
        /PROMETHEUS_PASSWORD_FILE: is needed with PROMETHEUS_USERNAME/,
      ],
      [
        { ...given, PROMETHEUS_KEY_FILE: 'k' },
        /PROMETHEUS_CERT_FILE: is needed with PROMETHEUS_KEY_FILE/,
      ],
      [{ ...given, PROMETHEUS_CLUSTER_LABEL: 'a-b' }, /PROMETHEUS_CLUSTER_LABEL: must be a label/],
      [{ RETENTION_RUNS_DAYS: '0' }, /RETENTION_RUNS_DAYS: must be at least 1/],
    ];
    for (const [settings, message] of wrong) expect(() => readConfig(settings)).toThrow(message);
    expect(() => readConfig({ PROMETHEUS_URL: 'http://me:hunter2@mimir' })).not.toThrow(/hunter2/);
  });

  it('is what the example file and the reference page say', () => {
    expect(readFileSync('.env.example', 'utf8')).toBe(envExample(settingDocs()));
    expect(readFileSync('docs/reference/settings.md', 'utf8')).toBe(settingsPage(settingDocs()));
  });
});
