import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import pino, { type Logger } from 'pino';
import { replayRuns } from './analyze/replay/replay-runs.ts';
import { createScreen } from './cli/print/banner.ts';
import { painter } from './cli/print/style.ts';
import type { CliDeps, Out } from './cli/deps.ts';
import type { Config } from './config.ts';
import { AppError } from './domain/error.ts';
import { createSignInLink } from './wiring/sign-in-link.ts';
import { collectOnce } from './wiring/collect-once.ts';
import { connect } from './wiring/connect.ts';
import { examine } from './wiring/examine.ts';
import { migrate } from './wiring/migrate.ts';
import { serve } from './wiring/serve.ts';

export const VERSION = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;

/** Everything the doors start, wired. `config` is read when a command needs it, so that `--help` always works. */
export function compose(
  config: () => Config,
  streams: { out: Out; err: Out },
  signal: AbortSignal,
): CliDeps {
  const { out, err } = streams;
  return {
    out,
    err,
    now: () => new Date(),
    connect: () => connect(config()),
    serve: (options) => {
      const paint = painter(out, Boolean(process.env['NO_COLOR']));
      const screen = createScreen(out, paint, () => performance.now());
      const settings = config();
      return serve(
        { config: settings, version: VERSION, log: createLog(settings), screen },
        options,
        signal,
      );
    },
    collectOnce: (onProgress) => collectOnce(config(), onProgress, signal),
    migrate: () => migrate(config()),
    doctor: () => examine(config(), signal),
    analyze: (lines, options) =>
      replayRuns(lines, {
        onProblem: ({ line, message }) => options.onProblem(line, message),
        ...(options.until !== undefined && { until: options.until }),
      }),
    createSignInLink: () => createSignInLink(config()),
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
      nextStep: 'Give the path of an NDJSON file, or - for standard input.',
    });
  }
}
