import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from './check-call.ts';
import { RULE_FIELD_NAMES } from './rule-fields.ts';
import { COMPARISONS } from './rule-node.ts';
import { QUANTITY_UNITS } from './rule-text.ts';

describe('docs/reference/rules.md', () => {
  it('names every field, function, comparison and unit', async () => {
    const page = await readFile(
      new URL('../../../docs/reference/rules.md', import.meta.url),
      'utf8',
    );
    for (const word of [...RULE_FIELD_NAMES, ...COMPARISONS, ...QUANTITY_UNITS])
      expect(page).toContain(`\`${word}\``);
    for (const name of FUNCTIONS) expect(page).toContain(`\`${name}(`);
  });
});
