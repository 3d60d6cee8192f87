import { expect, it } from 'vitest';
import { readLedgerSettings } from './ledger.ts';

it('names every setting at fault at once', () => {
  const read = () => readLedgerSettings({ prices: '/nowhere/prices.yaml', grid: 'Atlantis' });
  expect(read).toThrow(/PRICES file \/nowhere\/prices\.yaml.*\nGRID: no grid factor/);
});
