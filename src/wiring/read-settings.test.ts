import { expect, it } from 'vitest';
import { readSettings } from './read-settings.ts';

it('names every setting at fault at once, those of the ledger too', async () => {
  const wrong = {
    PORT: 'many',
    PRICES: '/nowhere/prices.yaml',
    GRID: 'Atlantis',
    LOG_LEVEL: 'loud',
  };
  const error: unknown = await readSettings(wrong).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'invalid-setting' });
  const lines = String(error).split('\n').slice(1);
  expect(lines.map((line) => line.trim().split(' ')[0])).toEqual([
    'PORT:',
    'LOG_LEVEL:',
    'PRICES:',
    'GRID:',
  ]);
  expect(String(error)).toMatch(/PRICES: file \/nowhere\/prices\.yaml: ENOENT/);
});

it('takes what is right', async () => {
  expect(await readSettings({ GRID: 'DE', PORT: '1' })).toMatchObject({ grid: 'DE', port: 1 });
  expect(await readSettings({})).toMatchObject({ prices: undefined });
});
