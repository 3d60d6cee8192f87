import { AppError, type ErrorCode } from '../../domain/error.ts';

/** What came back instead of an answer; `body` is text or parsed JSON, from whoever answered. */
export interface FailedReply {
  status: number;
  body: unknown;
  /** Seconds or a date, as sent. */
  retryAfter: string | null;
  /** Where a redirection leads, as sent. */
  location: string | null;
}

/**
 * A reply that is no answer as an AppError. `details.status` keeps the HTTP status, `details.errorType` what the store
 * calls it. Too much asked at once (422, a 503 `timeout`) has `details.tooMuch`: a smaller range may work.
 */
export function replyError(url: string, reply: FailedReply): AppError {
  const { status, body, retryAfter, location } = reply;
  if (status >= 300 && status < 400) return redirectedError(url, status, location);
  const { errorType, said } = readBody(body);
  const timedOut = status === 503 && errorType === 'timeout';
  const tooMuch = status === 422 || timedOut;
  const details = { status, errorType, tooMuch, retryAfter };
  const [code, what, nextStep, retryable] = wordsFor(status, timedOut);
  const text = said === '' ? '' : `: ${said}`;
  return new AppError(code, `${url} ${what}${text}`, { details, retryable, nextStep });
}

/** Not followed: it may lead to a sign-in page, and credentials are for the address that was given. */
function redirectedError(url: string, status: number, location: string | null): AppError {
  const to = location !== null && URL.canParse(location, url) ? new URL(location, url) : null;
  // What follows the path may hold a token.
  const where = to === null ? 'elsewhere' : `to ${to.origin}${to.pathname}`;
  return new AppError('source-invalid', `${url} sends us on ${where}, which is not followed`, {
    details: { status },
    nextStep:
      'If it asks to sign in, give credentials that its proxy takes (PROMETHEUS_TOKEN_FILE); if the API is there, name that address in PROMETHEUS_URL.',
  });
}

export function brokenOffError(url: string): AppError {
  return new AppError('source-unreachable', `${url} broke off in the middle of its answer`, {
    retryable: true,
    nextStep: 'Look at the proxy in front of it and its limits; the next cycle asks again.',
  });
}

/** A successful answer that is none of a query API, by its text or parsed JSON. */
export function notAnApiError(url: string, body: unknown): AppError {
  const text = typeof body === 'string' ? body.trimStart() : '';
  if (/^[{[]/.test(text)) return brokenOffError(url);
  const { said } = readBody(body);
  const what = text.startsWith('<')
    ? 'answers with a page'
    : 'does not answer as a Prometheus API does';
  return new AppError('source-invalid', `${url} ${what}${said === '' ? '' : `: ${said}`}`, {
    nextStep: text.startsWith('<')
      ? 'Something stands in front of it, as a sign-in page: give credentials that it takes, or a PROMETHEUS_URL that leads past it.'
      : 'Check that PROMETHEUS_URL names a Prometheus, Thanos, Mimir or VictoriaMetrics.',
  });
}

type Words = [ErrorCode, string, string, boolean];

function wordsFor(status: number, timedOut: boolean): Words {
  if (status === 401)
    return [
      'source-unauthorized',
      'refused our credentials',
      'Renew the token, password or client certificate; their files are read again by themselves.',
      false,
    ];
  if (status === 403)
    return [
      'source-forbidden',
      'does not allow the query',
      'Let this account query metrics; with Mimir, check the tenant (PROMETHEUS_TENANT).',
      false,
    ];
  if (status === 404)
    return [
      'source-invalid',
      'has no query API under this path',
      'Check the path in PROMETHEUS_URL: Mimir and VictoriaMetrics have theirs below /prometheus.',
      false,
    ];
  if (timedOut)
    return [
      'timeout',
      'needed too long for the query',
      'Look at its load; the next cycle asks again.',
      true,
    ];
  if (status === 400 || status === 422)
    return [
      'source-invalid',
      'cannot answer the query',
      'Look at its query limits (samples, series, range); what it says is above.',
      false,
    ];
  if (status === 429 || status === 499 || status >= 500)
    return [
      'source-unreachable',
      `answered ${status}`,
      'Look at its health and the proxy in front of it; the next cycle asks again.',
      true,
    ];
  return [
    'source-invalid',
    `answered ${status}, not as a Prometheus API does`,
    'Check that PROMETHEUS_URL names a Prometheus, Thanos, Mimir or VictoriaMetrics.',
    false,
  ];
}

/** Proxies answer in HTML or plain text: their first line says enough. */
function readBody(body: unknown): { errorType: string; said: string } {
  if (typeof body === 'object' && body !== null) {
    const { errorType, error } = { errorType: '', error: '', ...body };
    return { errorType: textOf(errorType), said: textOf(error).slice(0, 300) };
  }
  const text = typeof body === 'string' ? body : '';
  const plain = text.replace(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/g, ' ').trim();
  return { errorType: '', said: (plain.split('\n')[0] ?? '').replace(/\s+/g, ' ').slice(0, 200) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const CAUSES: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be resolved now',
  ETIMEDOUT: 'no answer in time',
  ECONNABORTED: 'no answer in time',
  ECONNRESET: 'the connection was cut',
  EHOSTUNREACH: 'the host cannot be reached',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** A request that got no reply, or lost it half way. */
export function noReplyError(url: string, code: string, message: string): AppError {
  if (message.includes('maxContentLength'))
    return new AppError('source-invalid', `${url} answered with more than we read at once`, {
      details: { tooMuch: true },
      nextStep: 'Nothing to do for a history, which is asked in smaller parts; else report it.',
    });
  const why = CAUSES[code] ?? (message.slice(0, 200) || code);
  const certificate = why.includes('certificate');
  return new AppError('source-unreachable', `${url} cannot be reached: ${why}`, {
    retryable: !certificate,
    details: { code },
    nextStep: certificate
      ? 'Name its certificate authority in PROMETHEUS_CA_FILE, or the address its certificate is for.'
      : 'Check PROMETHEUS_URL, the network and that it runs; the next cycle asks again.',
  });
}
