import { expect, it } from 'vitest';
import { malformedProblem, problemOf } from '../problem-texts.ts';
import { answerError } from './api-error.ts';
import { createProblemBook } from './problem-book.ts';

const T0 = new Date('2026-11-21T06:00:00Z');

function bookWith(malformed: number) {
  let minutes = 0;
  const book = createProblemBook({ now: () => new Date(T0.getTime() + 60_000 * minutes++) });
  for (let n = 0; n < malformed; n += 1) {
    const object = { metadata: { namespace: 'x', name: `bad-${n}` } };
    book.report(`object:${n}`, malformedProblem('pods', object, ['spec is missing']));
  }
  return book;
}

it('lists twenty malformed objects of a kind, each by its name', () => {
  const problems = bookWith(20).current();
  expect(problems).toHaveLength(20);
  expect(problems.at(-1)?.message).toBe('pods x/bad-19: spec is missing');
});

it('counts the rest, since the first of them, until they are corrected', () => {
  const book = bookWith(23);
  expect(book.current()).toHaveLength(21);
  expect(book.current().at(-1)).toMatchObject({
    source: 'pods',
    code: 'invalid',
    message: '3 more of pods are malformed',
    since: new Date(T0.getTime() + 20 * 60_000),
  });
  for (const key of ['object:0', 'object:1', 'object:2']) book.clear(key);
  expect(book.current()).toHaveLength(20);
  expect(book.current().some(({ message }) => message.includes('more of'))).toBe(false);
});

it('counts each kind for itself and never what is forbidden', () => {
  const book = bookWith(21);
  for (let n = 0; n < 25; n += 1)
    book.report(`kind:${n}`, { source: 'jobs', code: 'forbidden', message: '', nextStep: '' });
  expect(book.current().filter(({ source }) => source === 'jobs')).toHaveLength(25);
  expect(book.current().filter(({ message }) => message.includes('more of'))).toHaveLength(1);
});

it('tells of an API out of reach once, not of each kind that it keeps from answering', () => {
  const book = bookWith(1);
  const busy = answerError(503, 'told to fail', '/apis/test.dev/v1/policies');
  book.report('kind:policies', problemOf('test.dev/policies', busy));
  book.report('discovery:test.dev', problemOf('test.dev', busy));
  expect(book.current().filter(({ code }) => code === 'broken')).toHaveLength(2);
  book.report('cluster', problemOf('cluster', busy));
  expect(book.current().map(({ source, code }) => [source, code])).toEqual([
    ['pods', 'invalid'],
    ['cluster', 'unreachable'],
  ]);
  book.clear('cluster');
  expect(book.current().filter(({ code }) => code === 'broken')).toHaveLength(2);
});

it('takes what is wrong with thousands of objects as fast as with one', () => {
  const book = bookWith(0);
  const begun = performance.now();
  const kinds = ['status.phase', 'status.size'];
  for (let n = 0; n < 20_000; n += 1) book.replace(`facts:${n}`, faults(n, kinds));
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(book.takeChanged()).toBe(true);
  book.replace('facts:7', faults(7, kinds));
  expect(book.takeChanged()).toBe(false);
  for (let n = 1; n < 20_000; n += 1) book.replace(`facts:${n}`, []);
  expect(book.current().map(({ message }) => message)).toEqual([
    'pods x/bad-0: status.phase',
    'pods x/bad-0: status.size',
  ]);
  book.replace('facts:0', faults(0, ['status.size']));
  expect(book.current().map(({ message }) => message)).toEqual(['pods x/bad-0: status.size']);
});

function faults(n: number, kinds: string[]) {
  const object = { metadata: { namespace: 'x', name: `bad-${n}` } };
  return kinds.map((fault) => malformedProblem('pods', object, [fault]));
}
