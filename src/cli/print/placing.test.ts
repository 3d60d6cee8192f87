import { expect, it } from 'vitest';
import { placing } from './placing.ts';

it('names the cluster where a list holds several', () => {
  const [home, work] = [{ cluster: 'home' }, { cluster: 'work' }];
  expect(placing([home, home])(home, 'media/photos')).toBe('media/photos');
  expect(placing([home, work])(work, 'media/photos')).toBe('work: media/photos');
});
