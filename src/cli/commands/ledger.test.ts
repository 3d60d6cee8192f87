import { describe, expect, it } from 'vitest';
import { LEDGER_FIGURES, LEDGER_LINE } from '../../../test/support/fake-ledger.ts';
import type { Ledger, LedgerFilter } from '../../domain/views.ts';
import type { CliDeps } from '../deps.ts';
import { createProgram, runProgram } from '../program.ts';

const EMPTY: Ledger['total'] = {
  runs: 0,
  joules: null,
  energy: { measured: 0, partial: 0, modelled: 0, default: 0, unknown: 0 },
  amounts: [],
  cost: { priced: 0, incomplete: 0, unpriced: 0 },
  grams: null,
  carbon: { known: 0, incomplete: 0, unknown: 0 },
};

async function run(pages: Pick<Ledger, 'total' | 'items' | 'nextCursor'>[], ...argv: string[]) {
  const printed: string[] = [];
  const asked: LedgerFilter[] = [];
  const out = { write: (text: string) => printed.push(text), isTerminal: false, columns: 0 };
  const workspace = {
    readLedger: async (query: LedgerFilter) => {
      asked.push(query);
      return { by: query.by, period: query.period, ...pages[asked.length - 1] };
    },
  };
  const deps = {
    out,
    err: out,
    now: () => new Date('2026-11-02T00:00:00Z'),
    connect: async () => ({ workspace, via: 'test', demo: false, close: async () => {} }),
  } as unknown as CliDeps;
  const code = await runProgram(createProgram(deps, '0'), ['ledger', ...argv], deps.err);
  return { code, text: printed.join(''), asked };
}

const page = (nextCursor: string | null) => ({
  total: LEDGER_FIGURES,
  items: [LEDGER_LINE],
  nextCursor,
});

async function sums(joules: number, grams: number): Promise<string> {
  const total = { ...EMPTY, runs: 2, joules, grams };
  return (await run([{ total, items: [], nextCursor: null }])).text;
}

describe('plimsoll ledger', () => {
  it('prints lines and the total, with what is not known beside them', async () => {
    const { code, text } = await run([page('x'), page(null)]);
    expect(code).toBe(0);
    expect(text.match(/Deployment\/photos/g)).toHaveLength(2);
    expect(text).toContain('1.50 Wh');
    expect(text).toContain('0.1234 EUR');
    expect(text).toMatch(/total .*1 energy unknown, 1 unpriced, 1 priced in part/);
  });

  it('says unknown and unpriced, never zero', async () => {
    const { text } = await run([{ total: { ...EMPTY, runs: 2 }, items: [], nextCursor: null }]);
    expect(text).toMatch(/total +2 +unknown +unpriced +unknown/);
  });

  it('says large sums in kilos, never with an exponent', async () => {
    expect(await sums(3_600 * 1_234, 1_140)).toMatch(/1\.23 kWh +unpriced +1\.14 kg/);
    expect(await sums(3_600 * 5_123_456, 999.6)).toMatch(/5123 kWh +unpriced +1\.00 kg/);
    expect(await sums(3_600 * 123, 512)).toMatch(/123 Wh +unpriced +512 g/);
  });

  it('says that nothing was accounted yet', async () => {
    const { text } = await run([{ total: EMPTY, items: [], nextCursor: null }]);
    expect(text).toContain('No run has been accounted yet');
  });

  it('prints JSON with the total once, and passes its options on', async () => {
    const { text, asked } = await run(
      [page('x')],
      ...'--by policy --period week --since 2026-10-01 -n media --limit 1 --json'.split(' '),
    );
    expect(JSON.parse(text)).toEqual({
      by: 'policy',
      period: 'week',
      total: LEDGER_FIGURES,
      items: [LEDGER_LINE],
      more: true,
    });
    expect(asked[0]).toMatchObject({
      by: 'policy',
      period: 'week',
      since: '2026-10-01',
      namespace: 'media',
    });
  });
});
