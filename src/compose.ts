import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import pino, { type Logger } from 'pino';
import { createScreen } from './cli/print/banner.ts';
import { painter } from './cli/print/style.ts';
import type { CliDeps, Out } from './cli/deps.ts';
import type { Config } from './config.ts';
import { AppError } from './domain/error.ts';

export const VERSION = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;

/**
 * Everything the doors start, wired; each command loads its own part only. `config` is read when a command needs it,
 * so that `--help` always works.
 */
export function compose(
  config: () => Promise<Config>,
  streams: { out: Out; err: Out },
  signal: AbortSignal,
): CliDeps {
  const { out, err } = streams;
  return {
    out,
    err,
    now: () => new Date(),
    connect: async () => (await import('./wiring/connect.ts')).connect(await config()),
    serve: async (options) => {
      const paint = painter(out, Boolean(process.env['NO_COLOR']));
      const screen = createScreen(out, paint, () => performance.now());
      const settings = await config();
      const { serve } = await import('./wiring/serve.ts');
      return serve(
        { config: settings, version: VERSION, log: createLog(settings), screen },
        options,
        signal,
      );
    },
    collectOnce: async (onProgress) =>
      (await import('./wiring/collect-once.ts')).collectOnce(await config(), onProgress, signal),
    migrate: async () => (await import('./wiring/migrate.ts')).migrate(await config()),
    doctor: async () => (await import('./wiring/examine.ts')).examine(await config(), signal),
    async *analyze(lines, options) {
      const { replayRuns } = await import('./analyze/replay/replay-runs.ts');
      yield* replayRuns(lines, {
        onProblem: ({ line, message }) => options.onProblem(line, message),
        ...(options.until !== undefined && { until: options.until }),
      });
    },
    backtest: async (lines, { settings, rules, since, until }, told) => {
      const { backtestLines } = await import('./analyze/backtest/backtest-lines.ts');
      return backtestLines(lines, {
        settings,
        rules,
        onProgress: (progress) => told.onProgress(progress),
        onProblem: ({ line, message }) => told.onProblem(line, message),
        ...(since !== undefined && { since: new Date(since) }),
        ...(until !== undefined && { until: new Date(until) }),
      });
    },
    async *forecast(lines, options) {
      const { forecastRuns } = await import('./analyze/forecast/forecast-runs.ts');
      yield* forecastRuns(lines, {
        missed: options.missed,
        onProblem: ({ line, message }) => options.onProblem(line, message),
      });
    },
    async *detect(lines, options) {
      const { detectCsv } = await import('./analyze/series/detect-csv.ts');
      yield* detectCsv(lines, options);
    },
    createSignInLink: async () =>
      (await import('./wiring/sign-in-link.ts')).createSignInLink(await config()),
    openRuns,
  };
}

function createLog(config: Config): Logger {
  return pino(
    { level: config.logLevel, base: null, serializers: { err: loggedError } },
    pino.destination(2),
  );
}

const LONGEST_STACK = 2_000;

/** Message, code and the head of the stack: a line of the log stays a line one can read. */
function loggedError(error: unknown) {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = error instanceof AppError ? error.code : undefined;
  return { message: error.message, code, stack: error.stack?.slice(0, LONGEST_STACK) };
}

async function* openRuns(path: string): AsyncIterable<string> {
  const input = path === '-' ? process.stdin : createReadStream(path);
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (cause) {
    throw new AppError('invalid-input', `${path} cannot be read`, {
      cause,
      nextStep: 'Give the path of a file of text, or - for standard input.',
    });
  }
}
