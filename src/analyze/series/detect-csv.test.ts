import { describe, expect, it } from 'vitest';
import { seeded } from '../../../test/support/run-lines.ts';
import { detectCsv } from './detect-csv.ts';

const HEADER = 'time,load,note';

async function detect(lines: readonly string[], problems: string[] = []): Promise<string[]> {
  const rows: string[] = [];
  const onProblem = (line: number, message: string): void =>
    void problems.push(`${line} ${message}`);
  for await (const row of detectCsv(lines, { timestamp: 'time', value: 'load', onProblem }))
    rows.push(row);
  return rows;
}

/** Five-minute rows with a daily season; `change` may turn a value into something else. */
function series(rows: number, change = (value: number, _row: number) => value): string[] {
  const random = seeded(5);
  const lines = Array.from({ length: rows }, (_, i) => {
    const at = new Date(Date.UTC(2026, 2, 2) + i * 300_000).toISOString();
    const usual = 100 + 20 * Math.sin((2 * Math.PI * i) / 288) + 4 * (random() + random() - 1);
    return `${at.slice(0, 19).replace('T', ' ')},${change(usual, i)},x`;
  });
  return [HEADER, ...lines];
}

const spiked = (factor: number) =>
  detect(series(1_200, (value, i) => factor * (i > 900 && i < 950 ? value * 2 : value)));

const labelled = (rows: readonly string[]): number[] =>
  rows.slice(1).flatMap((row, i) => (row.endsWith(',1') ? [i] : []));

describe('detection in a CSV series', () => {
  it('raises a step, a spike and a changed shape as they begin, once', async () => {
    const step = await detect(series(1_500, (value, i) => (i >= 1_200 ? value + 60 : value)));
    expect(labelled(step).filter((row) => row >= 1_200 && row < 1_203)).toHaveLength(1);
    const spike = await detect(series(1_500, (value, i) => (i === 1_000 ? value + 90 : value)));
    expect(labelled(spike)).toContain(1_000);
    const faster = await detect(
      series(1_500, (value, i) => (i >= 1_000 ? value + 15 * Math.sin(i * 1.3) : value)),
    );
    expect(labelled(faster).some((row) => row >= 1_000 && row < 1_030)).toBe(true);
  });

  it('is nearly silent where nothing happens, and silent on a flat line', async () => {
    expect(labelled(await detect(series(6_000))).length).toBeLessThanOrEqual(4);
    expect(labelled(await detect(series(2_000, () => 7)))).toEqual([]);
    expect(labelled(await detect(series(2_000, () => 0)))).toEqual([]);
  });

  it('reads nothing ahead: the first rows of a file are judged as in the whole', async () => {
    const lines = series(1_200, (value, i) => (i % 331 === 330 ? value * 3 : value));
    const whole = await detect(lines);
    for (const count of [2, 152, 500, 999]) {
      expect(await detect(lines.slice(0, count))).toEqual(whole.slice(0, count));
    }
  });

  it('judges the same in any unit', async () => {
    expect(labelled(await spiked(1_024))).toEqual(labelled(await spiked(1)));
  });

  it('names bad cells and goes on as if they were not there', async () => {
    const lines = series(400);
    const holes = [...lines];
    holes.splice(
      200,
      0,
      'yesterday,5,x',
      '2026-03-02 16:35:00,NaN,x',
      '2026-03-02 16:35:00,,',
      '"2026-03-02 16:35:00",inf',
    );
    const problems: string[] = [];
    const rows = await detect(holes, problems);
    expect(rows[200]).toBe('yesterday,5,,');
    expect(rows[203]).toBe('2026-03-02 16:35:00,inf,,');
    expect(problems.map((text) => Number(text.split(' ')[0]))).toEqual([201, 202, 203, 204]);
    expect(problems[0]).toContain('timestamp "yesterday"');
    expect(rows.filter((row) => !row.endsWith(',,'))).toEqual(await detect(lines));
  });

  it('goes on after a quote that is never closed, however long its line is', async () => {
    const endless = `"${'x'.repeat(10_000_000)}`;
    const problems: string[] = [];
    const rows = await detect(
      [HEADER, `${endless},5,x`, '2026-03-02T00:00:00Z,"5 ""or"" 6"tail,"a,b"', '1772409600,"7",'],
      problems,
    );
    expect(rows).toHaveLength(4);
    expect(rows[3]).toBe('1772409600,7,0,0');
    expect(problems.map((one) => one.slice(0, 20))).toEqual([
      '2 timestamp "\\"xxxxx',
      '3 value "5 \\"or\\" 6"',
    ]);
    expect(problems[0]!.length).toBeLessThan(200);
  });

  it('reads quotes, zones, seconds since 1970 and a byte order mark', async () => {
    const rows = await detect([
      '\uFEFFtime,"load"',
      '"1772409600","1.5"',
      '2026-03-02T00:00:00+02:00,2',
    ]);
    expect(rows.slice(1)).toEqual(['1772409600,1.5,0,0', '2026-03-02T00:00:00+02:00,2,0,0']);
  });

  it('says which columns there are when one is missing, and when there is no header', async () => {
    await expect(detect(['at,load'])).rejects.toMatchObject({
      code: 'invalid-input',
      nextStep: 'Its columns are "at", "load".',
    });
    await expect(detect([])).rejects.toMatchObject({ code: 'invalid-input' });
  });

  it('keeps scores between 0 and 1 through absurd values', async () => {
    const absurd = [1e308, -1e308, 5e-324, 0, 1e-300];
    const rows = await detect(series(900, (value, i) => (i > 400 ? absurd[i % 5]! : value)));
    for (const row of rows.slice(1)) {
      const score = Number(row.split(',')[2]);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    }
  });
});
