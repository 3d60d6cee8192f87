import { type Command, Option } from 'commander';
import { AppError } from '../../domain/error.ts';
import type { Forecast, ForecastCalibration } from '../../domain/views.ts';
import { FORECASTS_ABOUT, type ForecastAbout } from '../../domain/words.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT } from '../exit-code.ts';
import { placing } from '../print/placing.ts';
import { instant } from '../print/quantity.ts';
import { plain, proseTable, table } from '../print/table.ts';
import {
  countedLines,
  listCommand,
  printJson,
  scopeOf,
  takeRows,
  withConnection,
} from './context.ts';
import type { ListOptions, Output } from './context.ts';

interface ForecastCommandOptions extends ListOptions {
  runs?: string;
  missed?: boolean;
  calibration?: boolean;
  about?: ForecastAbout;
}

export function addForecastCommand(program: Command, deps: CliDeps): void {
  listCommand(program, 'forecast', 'how likely the next runs are to fail or be missed, worst first')
    .option('--calibration', 'how forecasts so far have turned out, instead')
    .addOption(
      new Option('--about <what>', 'with --calibration: of which forecasts (default: run)').choices(
        FORECASTS_ABOUT,
      ),
    )
    .option('--runs <file>', 'state it for every run of a file instead (- for standard input)')
    .option('--missed', 'with --runs: also a line for each due time that no run answered')
    .addHelpText(
      'after',
      '\nWith --runs neither cluster nor database is needed: NDJSON of runs in (docs/reference/runs.md), one forecast a line\nout, which rests on nothing known later than the run was due (docs/reference/forecast.md). Exit code 1 when a line\ncould not be used, or not whole (the rest still counts).\n\nExamples:\n  plimsoll forecast --limit 5\n  plimsoll forecast --calibration --about rpo-within-week\n  plimsoll forecast --calibration --json\n  plimsoll forecast --runs runs.ndjson\n  zcat runs.gz | plimsoll forecast --runs - --missed',
    )
    .action((options: ForecastCommandOptions) => {
      if (options.about !== undefined && options.calibration !== true)
        throw new AppError('invalid-input', '--about needs --calibration', {
          nextStep: `As in \`plimsoll forecast --calibration --about ${options.about}\`.`,
        });
      if (options.runs !== undefined)
        return forecastFile(deps, options.runs, options.missed === true);
      if (options.missed === true)
        throw new AppError('invalid-input', '--missed needs --runs', {
          nextStep: 'Give a file of runs, as in `plimsoll forecast --runs runs.ndjson --missed`.',
        });
      return withConnection(deps, options, async (workspace, output) => {
        if (options.calibration === true) {
          const { clusterId } = scopeOf(options);
          const table = await workspace.readForecastCalibration({
            ...(clusterId !== undefined && { clusterId }),
            ...(options.about !== undefined && { about: options.about }),
          });
          return output.json ? printJson(output, table) : printCalibration(output, table);
        }
        const found = await takeRows(options.limit, (page) =>
          workspace.listForecasts({ ...page, ...scopeOf(options) }),
        );
        return output.json
          ? printJson(output, found)
          : printForecasts(output, found.items, found.more);
      });
    });
}

async function forecastFile(deps: CliDeps, path: string, missed: boolean): Promise<void> {
  let bad = 0;
  const onProblem = (lineNumber: number, message: string): void => {
    bad += 1;
    if (bad <= 20) deps.err.write(`line ${lineNumber}: ${message}\n`);
  };
  const lines = countedLines(deps.openRuns(path));
  for await (const line of deps.forecast(lines.read, { onProblem, missed }))
    deps.out.write(`${JSON.stringify(line)}\n`);
  if (lines.none()) deps.err.write('no line was read, so nothing was forecast\n');
  if (bad === 0) return;
  process.exitCode = EXIT.failed;
  throw new AppError(
    'invalid-input',
    `${bad} ${bad === 1 ? 'line' : 'lines'} could not be used, or not whole; the forecasts above rest on the others`,
    { nextStep: 'docs/reference/runs.md describes a line.' },
  );
}

function printForecasts(output: Output, forecasts: readonly Forecast[], more: boolean): void {
  if (forecasts.length === 0) {
    output.write(
      'No job has a next due time yet. `plimsoll status` tells how far the reading is.\n',
    );
    return;
  }
  const placed = placing(forecasts);
  const jobsOf = Map.groupBy(forecasts, ({ clusterId, resource }) => `${clusterId}/${resource}`);
  const named = ({ clusterId, resource, policy, jobId }: Forecast): string => {
    if (resource === null) return policy ?? jobId;
    const alone = jobsOf.get(`${clusterId}/${resource}`)?.length === 1;
    return alone || policy === null || policy === resource ? resource : `${resource} by ${policy}`;
  };
  const rows = forecasts.map((forecast) => [
    percent(forecast.probability),
    `${percent(forecast.low)} to ${percent(forecast.high)}`,
    placed(forecast, named(forecast)),
    instant(forecast.nextDueAt, output.now),
    percent(forecast.rpoBrokenWithinWeek),
    plain(forecast.reasons.join('; ')),
  ]);
  const heads = ['FAILS', 'NINE IN TEN', 'JOB', 'NEXT DUE', 'RPO BROKEN IN A WEEK', 'BECAUSE'];
  output.write(proseTable(heads, rows, output.columns));
  if (more) output.write('… and more: raise --limit\n');
}

/** One line for `show`. */
export function forecastWords(forecast: Forecast, now: Date): string {
  const { probability, low, high, nextDueAt, rpoBrokenWithinWeek, reasons } = forecast;
  const week =
    rpoBrokenWithinWeek === null
      ? ''
      : `; RPO broken within a week: ${percent(rpoBrokenWithinWeek)}`;
  return `${percent(probability)} (${percent(low)} to ${percent(high)}) that the run due ${instant(nextDueAt, now)} fails or is missed: ${reasons.join('; ')}${week}`;
}

/** What was stated, and what of it came true. */
const TURNED_OUT: Record<ForecastAbout, [stated: string, cameTrue: string]> = {
  run: ['forecasts', 'failed or were missed'],
  'rpo-within-day': ['forecasts of an RPO broken within a day', 'came true'],
  'rpo-within-week': ['forecasts of an RPO broken within a week', 'came true'],
};

function printCalibration(output: Output, calibration: ForecastCalibration): void {
  const { about, forecasts, failed, brier, brierSkill, calibrationError } = calibration;
  if (forecasts === 0) {
    const which = about === 'run' ? 'No forecast' : 'No forecast of the RPO, which takes a week,';
    output.write(`${which} has met its outcome yet: nothing can be said about their quality.\n`);
    return;
  }
  const [stated, cameTrue] = TURNED_OUT[about];
  output.write(
    `${forecasts} ${stated} from ${calibration.since} to ${calibration.until}; ${failed} ${cameTrue}\n`,
  );
  output.write(
    `Brier score ${figure(brier)}, skill ${figure(brierSkill)}, calibration error ${figure(calibrationError)}\n\n`,
  );
  const rows = calibration.bins.map((bin) => [
    `${percent(bin.from)} to ${percent(bin.to)}`,
    String(bin.forecasts),
    percent(bin.stated),
    percent(bin.observed),
  ]);
  output.write(table(['STATED', 'FORECASTS', 'MEAN STATED', 'CAME TRUE'], rows, output.columns));
}

function percent(probability: number | null): string {
  if (probability === null) return 'unknown';
  const share = probability * 100;
  return `${share < 10 ? share.toFixed(1) : share.toFixed(0)} %`;
}

function figure(value: number | null): string {
  return value === null ? 'unknown' : value.toFixed(3);
}
