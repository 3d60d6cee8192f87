import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { corePriceOf, regionOf } from './core-price.ts';
import { readPrices } from './price-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-prices-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string) {
  const file = join(folder, 'prices.yaml');
  writeFileSync(file, text);
  return readPrices(file);
}

describe('the price file', () => {
  it('prices nothing when there is none', () => {
    expect(readPrices(undefined)('home')).toMatchObject({ core: null, storage: null });
  });

  it('takes a class of the book, with its source and year', () => {
    const prices = read('cpuCoreHour: 0.03\nstorage: aws-s3-standard\nkeepDays: 30\n')('home');
    expect(prices).toMatchObject({ currency: 'USD', keepDays: 30, core: { usual: 0.03 } });
    expect(prices.storage).toMatchObject({ perGbMonth: 0.023, replication: 6, factorYear: 2026 });
  });

  it('takes own prices, and what differs for a cluster', () => {
    const prices = read(
      'currency: EUR\nyear: 2025\nstorage: {perGbMonth: 0.01}\nclusters: {work: {cpuCoreHour: 0.05}}\n',
    );
    expect(prices('home')).toMatchObject({ currency: 'EUR', core: null });
    expect(prices('work')).toMatchObject({
      currency: 'EUR',
      core: { usual: 0.05, factorYear: 2025 },
    });
    expect(prices('work').storage).toMatchObject({ perGbMonth: 0.01, wattHoursPerTbHour: null });
  });

  it.each([
    ['storage: moon-cheese', /moon-cheese is not in the book: aws-s3-standard/],
    ['currency: EUR\nstorage: wasabi', /book price in USD, not EUR/],
    ['currency: euro\ncpuCoreHour: -1\nkeepdays: 3', /currency .*; cpuCoreHour .*; .*keepdays/s],
    ['- a list', /expected object/],
    ['{', /PRICES: file/],
  ])('refuses %j and names the mistake', (text, mistake) => {
    expect(() => read(text)).toThrow(mistake);
  });

  it('refuses a file that is not there', () => {
    expect(() => readPrices(join(folder, 'none'))).toThrow(/ENOENT/);
  });
});

describe('OpenCost’s prices', () => {
  it('are each node’s, and the mean for any other', () => {
    const core = corePriceOf([node('a', 0.02), node('a', 0.02), node('b', 0.04)]);
    expect(core).toMatchObject({ usual: 0.03, source: 'OpenCost', quality: 'modelled' });
    expect(core?.byNode.get('b')).toBe(0.04);
  });

  it('are a default where nobody has set any, and none where none or nothing is told', () => {
    expect(corePriceOf([node('a', 0.031611)])).toMatchObject({ quality: 'default' });
    expect(corePriceOf([node('a', 0)])).toBeNull();
    expect(corePriceOf([])).toBeNull();
  });

  it('tell the region most nodes stand in', () => {
    const nodes = [node('a', 1, 'eu-west-1'), node('b', 1, 'eu-west-1'), node('c', 1, 'eu-west-3')];
    expect(regionOf(nodes)).toBe('eu-west-1');
    expect(regionOf([node('a', 1)])).toBeNull();
  });
});

function node(name: string, price: number, region = '') {
  return {
    labels: { __name__: 'node_cpu_hourly_cost', node: name, region },
    samples: [{ at: new Date(0), value: price }],
  };
}
