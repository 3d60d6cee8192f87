import { DatabaseError } from 'pg';

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** An answer that ends the request. */
export class GatewayError extends Error {
  readonly reply: Reply;

  constructor(status: number, headers: Record<string, string>, body: string) {
    super(`answered ${status}`);
    this.reply = {
      status,
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      body,
    };
  }
}

export function gatewayError(
  status: number,
  code: string,
  message: string,
  more: { details?: string; hint?: string; headers?: Record<string, string> } = {},
): GatewayError {
  const { details = null, hint = null, headers = {} } = more;
  return new GatewayError(status, headers, JSON.stringify({ code, details, hint, message }));
}

/** By exact SQLSTATE, then by class; everything else is 400. */
const STATUS: Record<string, number> = {
  '23503': 409,
  '23505': 409,
  '25006': 405,
  '42883': 404,
  '42P01': 404,
  '42P17': 500,
  '57P01': 503,
  P0001: 400,
  '08': 503,
  '09': 500,
  '0L': 403,
  '0P': 403,
  '25': 500,
  '28': 403,
  '2D': 500,
  '38': 500,
  '39': 500,
  '3B': 500,
  '40': 500,
  '53': 503,
  '54': 500,
  '55': 500,
  '57': 500,
  '58': 500,
  F0: 500,
  HV: 500,
  P0: 500,
  XX: 500,
};

/** PostgREST's status, headers and body for what went wrong. */
export function failureReply(error: unknown, withToken: boolean): Reply {
  if (error instanceof GatewayError) return error.reply;
  if (!(error instanceof DatabaseError))
    return gatewayError(503, 'PGRST001', 'Database client error', { details: String(error) }).reply;
  const code = error.code ?? 'XX000';
  if (code === 'PGRST') return raisedReply(error);
  const more = {
    ...(error.detail && { details: error.detail }),
    ...(error.hint && { hint: error.hint }),
  };
  const headers: Record<string, string> =
    code === '42501' && !withToken ? { 'www-authenticate': 'Bearer' } : {};
  return gatewayError(statusOf(code, withToken), code, error.message, { ...more, headers }).reply;
}

function statusOf(code: string, withToken: boolean): number {
  if (/^PT\d{3}$/.test(code)) return Number(code.slice(2));
  if (code === '42501') return withToken ? 403 : 401;
  return STATUS[code] ?? STATUS[code.slice(0, 2)] ?? 400;
}

/** `raise sqlstate 'PGRST'`: the message is the body, the detail says status and headers. */
function raisedReply(error: DatabaseError): Reply {
  const { status, headers } = JSON.parse(error.detail ?? '{}') as {
    status: number;
    headers: Record<string, string>;
  };
  const raised = JSON.parse(error.message) as {
    code: string;
    message: string;
    details?: string;
    hint?: string;
  };
  const more = {
    ...(raised.details && { details: raised.details }),
    ...(raised.hint && { hint: raised.hint }),
  };
  return gatewayError(status, raised.code, raised.message, { ...more, headers }).reply;
}
