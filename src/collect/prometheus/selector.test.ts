import { expect, it } from 'vitest';
import { selectorOf } from './selector.ts';

const open = { clusterLabel: null };

it('writes equality, alternatives, patterns and their opposite', () => {
  expect(selectorOf(open, 'up')).toBe('up{}');
  expect(selectorOf(open, 'up', { a: 'x', b: ['y', 'z.*'], c: /.+-\d/, d: { not: /|POD/ } })).toBe(
    String.raw`up{a="x",b=~"y|z\\.\\*",c=~".+-\\d",d!~"|POD"}`,
  );
  expect(selectorOf(open, ['up', 'down'])).toBe('{__name__=~"up|down"}');
});

it('puts the cluster’s label on, whatever was asked', () => {
  const source = { clusterLabel: { name: 'cluster', value: 'a "home"\\' } };
  expect(selectorOf(source, 'up', { cluster: 'other' })).toBe(
    String.raw`up{cluster="a \"home\"\\"}`,
  );
});

it('lets no text out of its quotes', () => {
  expect(selectorOf(open, 'up', { a: '"} or x{\n' })).toBe(String.raw`up{a="\"} or x{\n"}`);
});
