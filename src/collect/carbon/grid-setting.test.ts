import { describe, expect, it } from 'vitest';
import factors from './grid-factors.json' with { type: 'json' };
import { gridOf } from './grid-factor.ts';
import { readGridSetting } from './grid-setting.ts';

describe('whose electricity a cluster uses', () => {
  it('is what is set for it, else for all, with source and year', () => {
    const grid = readGridSetting('DE, work = aws:eu-west-1', null);
    expect(grid('home', 'us-east-1')).toMatchObject({
      gramsPerKilowattHour: 344.14,
      place: 'DE',
      factorYear: 2024,
      pue: 1.5,
      quality: 'modelled',
    });
    expect(grid('home', null).source).toMatch(/Ember.*CC BY-SA/);
    expect(grid('work', null)).toMatchObject({
      gramsPerKilowattHour: 278.6,
      place: 'aws:eu-west-1',
      provider: 'aws',
      pue: 1.135,
    });
  });

  it('is the region that prices name where nothing is set, else the world, as a default', () => {
    const grid = readGridSetting(undefined, 1.2);
    expect(grid('home', 'europe-west3')).toMatchObject({ place: 'gcp:europe-west3', pue: 1.2 });
    for (const region of [null, 'basement'])
      expect(grid('home', region)).toMatchObject({
        gramsPerKilowattHour: 473.05,
        place: 'world',
        quality: 'default',
      });
  });

  it('refuses a place it has no factor for', () => {
    for (const place of ['Atlantis', 'home=', 'aws:nowhere'])
      expect(() => readGridSetting(place, null)).toThrow(/GRID: no grid factor/);
    expect(() => readGridSetting('Atlantis, home=DE, work=aws:nowhere, shop=', null)).toThrow(
      'no grid factor is known for Atlantis, aws:nowhere, nothing',
    );
  });

  it('has factors that a grid can have', () => {
    for (const place of Object.keys(factors.countries.factors)) {
      const grams = gridOf(place, null)?.gramsPerKilowattHour ?? 0;
      expect(grams).toBeGreaterThanOrEqual(5);
      expect(grams).toBeLessThanOrEqual(1_400);
    }
  });
});
