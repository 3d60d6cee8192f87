import { describe, expect, it } from 'vitest';
import { plain, table } from './table.ts';

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

describe('text from clusters', () => {
  it('cannot drive a terminal', () => {
    expect(plain('evil\u001b[2J\u001b]0;title\u0007\nname')).not.toMatch(/\p{Control}/u);
  });
});
