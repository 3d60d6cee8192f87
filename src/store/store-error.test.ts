import { expect, it } from 'vitest';
import { toStoreError } from './store-error.ts';

const failure = { message: 'it failed', hint: 'the hint' };

it.each([
  ['PT409', 'conflict', 'the hint'],
  ['42883', 'schema-too-old', 'Run `plimsoll migrate`, then try again.'],
  ['42501', 'forbidden', 'Ask an owner for the right, or check the grants of the database user.'],
  ['PGRST202', 'schema-too-old', 'the hint'],
  ['22P02', 'invalid-input', 'the hint'],
  ['PT500', 'internal', 'the hint'],
])('of %s is %s with the next step “%s”', (code, meaning, nextStep) => {
  expect(toStoreError({ ...failure, code })).toMatchObject({ code: meaning, nextStep });
});

it('has our next step where the database gives no hint', () => {
  const error = toStoreError({ ...failure, hint: null, code: '53100' });
  expect(error.nextStep).toContain('Free space');
});
