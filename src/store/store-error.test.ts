import { expect, it } from 'vitest';
import { toStoreError } from './store-error.ts';

const failure = { message: 'it failed', hint: 'the hint' };

it.each([
  ['PT409', 'conflict', 'the hint'],
  ['42883', 'schema-too-old', 'Run `plimsoll migrate`, then try again.'],
  ['PT500', 'internal', 'the hint'],
])('of %s is %s with the next step “%s”', (code, meaning, nextStep) => {
  expect(toStoreError({ ...failure, code })).toMatchObject({ code: meaning, nextStep });
});

it('has our next step where the database gives no hint', () => {
  const error = toStoreError({ ...failure, hint: null, code: '53100' });
  expect(error.nextStep).toContain('Free space');
});
