import { AppError } from '../../domain/error.ts';

/** What the API's `Status` object says went wrong; a plain-text body gives its first line. */
export function statusMessage(body: string): string {
  try {
    const status: unknown = JSON.parse(body);
    if (typeof status === 'object' && status !== null && 'message' in status)
      return String(status.message);
  } catch {
    // Not every body is JSON: an unknown group is answered in plain text.
  }
  return (body.trim().split('\n')[0] ?? '').slice(0, 300);
}

/**
 * An answer other than 2xx as an AppError; `details.status` keeps the HTTP status, `details.retryAfterMs` how long a
 * busy API wants to be left alone.
 */
export function answerError(
  status: number,
  body: string,
  what: string,
  retryAfterMs: number | null = null,
): AppError {
  const said = statusMessage(body);
  const details = { status, ...(retryAfterMs !== null && { retryAfterMs }) };
  if (status === 401)
    return new AppError(
      'source-unauthorized',
      `the API refused our credentials: ${said || 'Unauthorized'}`,
      {
        details,
        retryable: true,
        nextStep: 'Renew the token or certificate in the kubeconfig; it is read again by itself.',
      },
    );
  if (status === 403)
    return new AppError('source-forbidden', said || `${what} is forbidden`, {
      details,
      nextStep: 'Grant get, list and watch as docs/rbac.yaml does.',
    });
  if (status === 404)
    return new AppError('not-found', said || `${what} was not found`, { details });
  if (status === 429 || status >= 500)
    return new AppError('source-unreachable', `the API answered ${status} for ${what}: ${said}`, {
      details,
      retryable: true,
      nextStep: 'Look at the API server’s health; reading goes on by itself.',
    });
  return new AppError('source-invalid', `the API answered ${status} for ${what}: ${said}`, {
    details,
    retryable: status === 410,
    nextStep: 'Check that the address is a Kubernetes API.',
  });
}

/** The HTTP status behind an error; null when there was no answer. */
export function httpStatus(error: unknown): number | null {
  const status = error instanceof AppError ? error.details['status'] : null;
  return typeof status === 'number' ? status : null;
}

const CAUSES: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be resolved now',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EHOSTUNREACH: 'the host cannot be reached',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** A request that got no answer, or lost it half way. */
export function networkError(server: string, error: unknown): AppError {
  const code = causeCode(error);
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const why = timedOut ? 'no answer in time' : (CAUSES[code] ?? (code || messageOf(error)));
  const certificate = why.includes('certificate');
  return new AppError('source-unreachable', `${server} cannot be reached: ${why}`, {
    retryable: true,
    cause: error,
    details: { code },
    nextStep: certificate
      ? 'Put the cluster’s certificate authority into the kubeconfig (certificate-authority-data).'
      : 'Check the address, the network or VPN, and that the API server runs; reading goes on by itself.',
  });
}

function causeCode(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if (at instanceof AggregateError && at.errors.length > 0) return causeCode(at.errors[0]);
  }
  return '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : String(error).slice(0, 200);
}
