import type { Command } from 'commander';
import { AppError } from '../../domain/error.ts';
import {
  LEDGER_BY,
  LEDGER_PERIODS,
  type Ledger,
  type LedgerFigures,
  type LedgerLine,
} from '../../domain/views.ts';
import type { CliDeps } from '../deps.ts';
import { countsOf } from '../print/quantity.ts';
import { plain, table } from '../print/table.ts';
import {
  listCommand,
  type ListOptions,
  type Output,
  printJson,
  scopeOf,
  takeRows,
  withConnection,
} from './context.ts';

interface LedgerOptions extends ListOptions {
  by: Ledger['by'];
  period: Ledger['period'];
  since?: string;
  until?: string;
}

export function addLedgerCommand(program: Command, deps: CliDeps): void {
  listCommand(program, 'ledger', 'what runs used, cost and emitted')
    .option('--by <what>', LEDGER_BY.join(', '), oneOf('--by', LEDGER_BY), 'app')
    .option(
      '--period <length>',
      LEDGER_PERIODS.join(', '),
      oneOf('--period', LEDGER_PERIODS),
      'month',
    )
    .option('--since <day>', 'from this day on, as 2026-11-01', parseDay)
    .option('--until <day>', 'up to this day, without it', parseDay)
    .addHelpText(
      'after',
      '\nWhat is not known is never counted as zero: it is listed beside the sums.\n\nExamples:\n  plimsoll ledger\n  plimsoll ledger --by policy --period week -n media --json',
    )
    .action((options: LedgerOptions) =>
      withConnection(deps, options, async (workspace, output) => {
        const { by, period, since, until } = options;
        let total: LedgerFigures | null = null;
        const lines = await takeRows(options.limit, async (page) => {
          const ledger = await workspace.readLedger({
            ...page,
            ...scopeOf(options),
            by,
            period,
            ...(since !== undefined && { since }),
            ...(until !== undefined && { until }),
          });
          total ??= ledger.total;
          return ledger;
        });
        if (output.json) printJson(output, { by, period, total, ...lines });
        else printLedger(output, options, total, lines);
      }),
    );
}

function printLedger(
  output: Output,
  { by, period }: Pick<LedgerOptions, 'by' | 'period'>,
  total: LedgerFigures | null,
  { items, more }: { items: LedgerLine[]; more: boolean },
): void {
  if (total === null || total.runs === 0) {
    output.write(
      'No run has been accounted yet. `plimsoll status` tells how far the reading is.\n',
    );
    return;
  }
  const rows = items.map((line) => [
    line.period,
    plain(line.label ?? nobody(by)),
    ...figuresOf(line),
  ]);
  const head = [period.toUpperCase(), by.toUpperCase(), 'RUNS', 'ENERGY', 'COST', 'CARBON', 'GAPS'];
  output.write(table(head, [...rows, ['total', '', ...figuresOf(total)]], output.columns));
  if (more) output.write('… and more: raise --limit; the total has them all\n');
}

function nobody(by: Ledger['by']): string {
  return by === 'app' ? 'several apps, or none known' : 'no policy';
}

function figuresOf(line: LedgerFigures): string[] {
  const amounts = line.amounts.map(({ currency, amount }) => `${amount.toFixed(4)} ${currency}`);
  return [
    String(line.runs),
    energy(line.joules),
    amounts.length === 0 ? 'unpriced' : amounts.join(' + '),
    mass(line.grams),
    gapsOf(line),
  ];
}

function energy(joules: number | null): string {
  if (joules === null) return 'unknown';
  if (joules < 3_600) return `${joules.toFixed(0)} J`;
  const hours = joules / 3_600;
  return hours < 999.5 ? `${hours.toPrecision(3)} Wh` : `${threeDigits(hours / 1_000)} kWh`;
}

function mass(grams: number | null): string {
  if (grams === null) return 'unknown';
  return grams < 999.5 ? `${grams.toPrecision(3)} g` : `${threeDigits(grams / 1_000)} kg`;
}

/** Never with an exponent. */
function threeDigits(figure: number): string {
  return figure < 999.5 ? figure.toPrecision(3) : figure.toFixed(0);
}

/** Runs that are in no sum, that lack a part, or for which constants stand. */
function gapsOf({ energy, cost, carbon }: LedgerFigures): string {
  const gaps = {
    'energy unknown': energy.unknown,
    'energy by default': energy.default,
    unpriced: cost.unpriced,
    'priced in part': cost.incomplete,
    'carbon unknown': carbon.unknown,
    'carbon in part': carbon.incomplete,
  };
  return countsOf(gaps, Object.keys(gaps)) || 'nothing';
}

function oneOf<const T extends string>(option: string, words: readonly T[]) {
  return (text: string): T => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new AppError('invalid-input', `${option} ${text}: must be one of ${words.join(', ')}`);
  };
}

function parseDay(text: string): string {
  const at = new Date(`${text}T00:00:00Z`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at.getTime())) return text;
  throw new AppError('invalid-input', `${text} is not a day`, {
    nextStep: 'Write it as 2026-11-01.',
  });
}
