import { expect, it } from 'vitest';
import { readLedgerSettings } from './ledger.ts';

const read = () => readLedgerSettings({ prices: '/nowhere/prices.yaml', grid: 'Atlantis' });

it('names every setting at fault at once', () => {
  expect(read).toThrow(/PRICES file \/nowhere\/prices\.yaml.*\nGRID: no grid factor/);
});
