import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FindingLine, RunLine } from './run-line.ts';

const page = readFileSync(new URL('../../docs/reference/runs.md', import.meta.url), 'utf8');
const [runs = '', findings = ''] = page.split('## A finding');

function documented(text: string): (string | undefined)[] {
  return [...text.matchAll(/^\| `(\w+)` \|/gm)].map((row) => row[1]);
}

describe('docs/reference/runs.md', () => {
  it('lists every field of both lines, in order, with its meaning', () => {
    expect(documented(runs)).toEqual(Object.keys(RunLine.shape));
    expect(documented(findings)).toEqual(Object.keys(FindingLine.shape));
    for (const schema of Object.values({ ...FindingLine.shape, ...RunLine.shape })) {
      expect(page).toContain(schema.description);
    }
  });

  it('shows a line that is valid', () => {
    const example = /```json\n(.*)\n```/.exec(page)?.[1] ?? '';
    expect(RunLine.parse(JSON.parse(example))).toMatchObject({ v: 1, rpoSeconds: null });
  });
});
