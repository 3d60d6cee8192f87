import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../domain/error.ts';
import { SECOND_MS } from '../../domain/time.ts';
import { createExchange, type Ask, type RawReply } from './exchange.ts';
import { createGate } from './gate.ts';
import type { PrometheusSource } from './prometheus-source.ts';
import { notAnApiError } from './reply-error.ts';
import { halvesOf, joinSeries, piecesOf, type Span } from './range-steps.ts';
import { QueryBody, readReply, type QueryReply } from './reply.ts';

/**
 * Questions to one metrics store. At most four at once; what may pass by itself (429, 5xx, no connection) is tried
 * three times. Failures are AppError: `source-unreachable` and `timeout` (retryable), `source-unauthorized`,
 * `source-forbidden`, `source-invalid`. A cancelled question rejects with the signal's reason.
 */
export interface PrometheusClient {
  readonly source: PrometheusSource;
  /** The expression at one instant; a range selector (`x[15m]`) brings its raw samples. */
  instant(query: string, at: Date, signal: AbortSignal): Promise<QueryReply>;
  /**
   * The expression at each grid point of the span, ends included, whatever its length; too much at once is asked in
   * halves. A part that fails fails the whole.
   */
  range(query: string, span: Span, signal: AbortSignal): Promise<QueryReply>;
  /** `/api/v1/status/<what>`: null where the store does not offer it. */
  status(what: 'buildinfo' | 'runtimeinfo', signal: AbortSignal): Promise<RawReply | null>;
  /** Requests made so far, repeats included. */
  requests(): number;
  close(): void;
}

export interface ClientSettings {
  timeoutMs: number;
  /** At once. */
  concurrency: number;
  tries: number;
  /** Before the second try; doubles. */
  retryMs: number;
}

export const CLIENT_SETTINGS: ClientSettings = {
  timeoutMs: 30_000,
  concurrency: 4,
  tries: 3,
  retryMs: 500,
};

/** The store gives up a little before we do, so that its words arrive. */
const ANSWER_SHARE = 0.9;

export function createPrometheusClient(
  source: PrometheusSource,
  given: Partial<ClientSettings> = {},
): PrometheusClient {
  const settings = { ...CLIENT_SETTINGS, ...given };
  const exchange = createExchange(source, settings.timeoutMs);
  const gate = createGate(settings.concurrency);
  const limit = `${Math.max(1, Math.floor((settings.timeoutMs * ANSWER_SHARE) / SECOND_MS))}s`;
  let requests = 0;

  function send(ask: Ask, signal: AbortSignal): Promise<RawReply> {
    return gate(signal, async () => {
      for (let tried = 1; ; tried += 1) {
        try {
          requests += 1;
          return await exchange.send(ask, signal);
        } catch (error) {
          if (!isPassing(error) || tried >= settings.tries) throw error;
          await sleep(pauseOf(error, settings.retryMs * 2 ** (tried - 1)), undefined, { signal });
        }
      }
    });
  }

  async function query(ask: Ask, signal: AbortSignal): Promise<QueryReply> {
    const { body, date } = await send(ask, signal);
    const parsed = QueryBody.safeParse(body);
    if (parsed.success) return readReply(parsed.data, date);
    throw notAnApiError(source.url, body);
  }

  /** A piece of a range, in halves when it is too much for the store. */
  async function piece(text: string, span: Span, signal: AbortSignal): Promise<QueryReply[]> {
    try {
      const { from, until, stepSeconds } = span;
      // The driver takes Dates; a number would have to be in milliseconds.
      const ask: Ask = (driver) => driver.rangeQuery(text, from, until, stepSeconds, limit);
      return [await query(ask, signal)];
    } catch (error) {
      const halves = isTooMuch(error) ? halvesOf(span) : null;
      if (halves === null) throw error;
      const [early, late] = halves;
      return [...(await piece(text, early, signal)), ...(await piece(text, late, signal))];
    }
  }

  return {
    source,
    instant: (text, at, signal) => query((driver) => driver.instantQuery(text, at, limit), signal),
    async range(text, span, signal) {
      const replies: QueryReply[] = [];
      for (const part of piecesOf(span)) replies.push(...(await piece(text, part, signal)));
      return joinReplies(replies);
    },
    async status(what, signal) {
      try {
        return await send(
          (driver) =>
            what === 'buildinfo' ? driver.statusBuildinfo() : driver.statusRuntimeInfo(),
          signal,
        );
      } catch (error) {
        if (error instanceof AppError && error.code === 'source-invalid') return null;
        throw error;
      }
    },
    requests: () => requests,
    close: () => exchange.close(),
  };
}

function joinReplies(replies: QueryReply[]): QueryReply {
  return {
    series: joinSeries(replies.map(({ series }) => series)),
    warnings: [...new Set(replies.flatMap(({ warnings }) => warnings))],
    partial: replies.some(({ partial }) => partial),
    notNumbers: replies.reduce((sum, { notNumbers }) => sum + notNumbers, 0),
    date: replies.at(-1)?.date ?? null,
  };
}

/** Too much at once will be so again: it is split or left, not repeated. */
function isPassing(error: unknown): boolean {
  return error instanceof AppError && error.retryable && !isTooMuch(error);
}

function isTooMuch(error: unknown): boolean {
  return error instanceof AppError && error.details['tooMuch'] === true;
}

const LONGEST_PAUSE_MS = 10_000;

/** What the store asks for by `Retry-After`, else our own pause with jitter; 10 s at most. */
function pauseOf(error: unknown, ownMs: number): number {
  const asked = error instanceof AppError ? Number(error.details['retryAfter'] ?? Number.NaN) : 0;
  const wanted = asked > 0 ? asked * SECOND_MS : ownMs * (0.5 + Math.random());
  return Math.min(wanted, LONGEST_PAUSE_MS);
}
