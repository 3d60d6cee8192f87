import { expect, it } from 'vitest';
import { partialProblem } from './problem-texts.ts';

it('a kind read in some namespaces names those that could be read', () => {
  expect(partialProblem('pods', ['a', 'b'])).toMatchObject({
    source: 'pods',
    code: 'forbidden',
    namespaces: ['a', 'b'],
    message: 'pods may be read only in a, b; the list of the whole cluster is forbidden',
  });
});
