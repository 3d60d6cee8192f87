import { describe, expect, it } from 'vitest';
import { plain, proseTable, table } from './table.ts';

describe('table', () => {
  it('aligns columns and cuts only the last one', () => {
    expect(
      table(['A', 'LAST'], [['long value', 'a sentence that does not fit at all in here']], 40),
    ).toBe('A           LAST\nlong value  a sentence that does not fi…\n');
  });

  it('never cuts when the output is no terminal', () => {
    expect(table(['A', 'B'], [['x', 'y'.repeat(500)]], 0)).toContain('y'.repeat(500));
  });
});

describe('a table of sentences', () => {
  const sentence = 'a sentence of more than forty characters, so to say';

  it('keeps them on their rows where the line has room', () => {
    const wide = proseTable(['A', 'WHAT'], [['x', sentence]], 60);
    expect(wide).toBe(`A  WHAT\nx  ${sentence}\n`);
    expect(proseTable(['A', 'WHAT'], [['x', sentence]], 0)).toBe(wide);
  });

  it('puts them below their rows where it has not', () => {
    const id = 'y'.repeat(20);
    expect(
      proseTable(
        ['A', 'WHAT'],
        [
          [id, sentence],
          ['x', 'short'],
        ],
        50,
      ),
    ).toBe(`A\n${id}\n    a sentence of more than forty characters, so …\nx\n    short\n`);
  });
});

describe('text from clusters', () => {
  it('cannot drive a terminal', () => {
    expect(plain('evil\u001b[2J\u001b]0;title\u0007\nname')).not.toMatch(/\p{Control}/u);
  });
});
