import { Agent } from 'node:https';
import { PrometheusDriver } from 'prometheus-query';
import { AppError } from '../../domain/error.ts';
import { brokenOffError, noReplyError, replyError } from './reply-error.ts';
import type { PrometheusCredentials, PrometheusSource } from './prometheus-source.ts';

/** What the store said, unread. */
export interface RawReply {
  body: unknown;
  date: Date | null;
}

/** One call of the driver; it returns what the interceptor below lets through. */
export type Ask = (driver: PrometheusDriver) => Promise<unknown>;

export interface Exchange {
  /** Rejects with AppError, or with the signal's reason. */
  send(ask: Ask, signal: AbortSignal): Promise<RawReply>;
  close(): void;
}

const LARGEST_REPLY = 64 * 1024 * 1024;

/**
 * Requests through `prometheus-query`, around its faults: it loses warnings and the status of a reply that is no JSON,
 * reads infinity as NaN, breaks on native histograms, throws plain objects and knows neither abort nor client
 * certificates. So the reply is taken from it unread, and each request has a driver of its own.
 */
export function createExchange(source: PrometheusSource, timeoutMs: number): Exchange {
  let agent: { made: Agent; of: string } | null = null;
  let usesPost = true;

  function agentOf({ tls }: PrometheusCredentials): Agent {
    const of = JSON.stringify(tls);
    if (agent?.of === of) return agent.made;
    agent?.made.destroy();
    const given = Object.entries(tls).filter(([, value]) => value !== null);
    agent = { made: new Agent({ keepAlive: true, ...Object.fromEntries(given) }), of };
    return agent.made;
  }

  async function once(ask: Ask, signal: AbortSignal): Promise<RawReply> {
    const taken: { reply: RawReply | null } = { reply: null };
    const credentials = source.credentials();
    const driver = new PrometheusDriver({
      ...optionsOf(source, credentials, usesPost, timeoutMs),
      requestInterceptor: {
        onFulfilled: (config) => {
          config.signal = signal;
          config.httpsAgent = agentOf(credentials);
          config.maxContentLength = LARGEST_REPLY;
          // Credentials go to nobody but who is named.
          config.maxRedirects = 0;
          const form: unknown = config.method === 'post' ? config.data : config.params;
          if (form instanceof URLSearchParams && form.has('query')) addExtras(form, source);
          return config;
        },
      },
      responseInterceptor: {
        onFulfilled: (response) => {
          taken.reply = { body: response.data, date: dateOf(response.headers['date']) };
          // A scalar is what the driver hands on unread.
          response.data = { status: 'success', data: { resultType: 'scalar', result: null } };
          return response;
        },
        onRejected: (error: unknown) => {
          throw failureOf(source.url, error);
        },
      },
    });
    await ask(driver);
    if (taken.reply === null) throw new AppError('internal', 'the metrics client kept no reply');
    return taken.reply;
  }

  return {
    async send(ask, signal) {
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        return await once(ask, AbortSignal.any([signal, limit]));
      } catch (thrown) {
        if (signal.aborted) throw signal.reason;
        const error = limit.aborted
          ? lateError(source.url, timeoutMs)
          : asAppError(source.url, thrown);
        if (!usesPost || error.details['status'] !== 405) throw error;
        usesPost = false;
        return this.send(ask, signal);
      }
    },
    close: () => agent?.made.destroy(),
  };
}

function optionsOf(
  source: PrometheusSource,
  { bearer, basic }: PrometheusCredentials,
  preferPost: boolean,
  timeoutMs: number,
) {
  return {
    endpoint: source.url,
    preferPost,
    timeout: timeoutMs,
    headers: {
      'User-Agent': 'plimsoll',
      Accept: 'application/json',
      ...(bearer !== null && { Authorization: `Bearer ${bearer}` }),
      ...(source.tenant !== null && { 'X-Scope-OrgID': source.tenant }),
    },
    ...(basic !== null && { auth: basic }),
  };
}

/** Thanos: one of two replicas, what is there, raw resolution. VictoriaMetrics: the times we ask for. */
function addExtras(form: URLSearchParams, { backend }: PrometheusSource): void {
  const extras =
    backend === 'thanos'
      ? { dedup: 'true', partial_response: 'true', max_source_resolution: '0' }
      : backend === 'victoriametrics'
        ? { nocache: '1' }
        : {};
  for (const [name, value] of Object.entries(extras)) form.set(name, value);
}

function lateError(url: string, timeoutMs: number): AppError {
  return new AppError('timeout', `${url} gave no answer within ${timeoutMs / 1000} s`, {
    retryable: true,
    details: { tooMuch: true },
    nextStep: 'Look at its load; the next cycle asks again.',
  });
}

/** An axios error, read before the driver loses its status. */
function failureOf(url: string, error: unknown): AppError {
  const response = propertyOf(error, 'response');
  const status = propertyOf(response, 'status');
  const message = textOf(propertyOf(error, 'message'));
  if (typeof status !== 'number' || message.includes('maxContentLength'))
    return noReplyError(url, textOf(propertyOf(error, 'code')), message);
  if (status < 300) return brokenOffError(url);
  const header = (name: string): string | null => {
    const value = propertyOf(propertyOf(response, 'headers'), name);
    return typeof value === 'string' ? value : null;
  };
  return replyError(url, {
    status,
    body: propertyOf(response, 'data'),
    retryAfter: header('retry-after'),
    location: header('location'),
  });
}

/** What the driver throws is a plain object around ours. */
function asAppError(url: string, thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const original = propertyOf(thrown, 'original');
  if (original instanceof AppError) return original;
  const said = textOf(propertyOf(thrown, 'error')) || textOf(propertyOf(thrown, 'message'));
  return new AppError('source-invalid', `${url} gave no usable answer: ${said || String(thrown)}`, {
    cause: thrown,
    nextStep: 'Check that PROMETHEUS_URL names a Prometheus API.',
  });
}

function propertyOf(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null
    ? (holder as Record<string, unknown>)[name]
    : undefined;
}

function dateOf(header: unknown): Date | null {
  const date = new Date(typeof header === 'string' ? header : '');
  return Number.isNaN(date.getTime()) ? null : date;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
