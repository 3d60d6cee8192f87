import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import { AppError, type ErrorCode } from '../domain/error.ts';
import type { AppEnv } from './env.ts';

/** RFC 9457. `errors` lists every mistake of a refused request at once. */
export const ProblemDocument = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    code: z.string(),
    nextStep: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ where: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'ProblemDocument' });

interface Kind {
  status: number;
  title: string;
  /** Said instead of the error's own words where these could tell a stranger about the inside. */
  detail?: string;
  nextStep: string;
}

const ASK_THE_LOG = 'Look for this request id in the log of plimsoll, or run `plimsoll doctor`.';
const BROKEN = 'Plimsoll could not answer.';

const KINDS: Record<ErrorCode, Kind> = {
  'invalid-input': {
    status: 400,
    title: 'The request is not valid',
    nextStep: 'Correct what is named and send it again; /docs shows every parameter.',
  },
  unauthenticated: {
    status: 401,
    title: 'Not signed in',
    nextStep: 'Run `plimsoll sign-in` for a new link, or send `Authorization: Bearer plk_…`.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    nextStep: 'Ask an owner of this workspace for the right.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    nextStep: 'Check the address; /docs lists every route.',
  },
  conflict: {
    status: 409,
    title: 'Conflict with the present state',
    nextStep: 'Read it again, then decide.',
  },
  timeout: {
    status: 504,
    title: 'No answer in time',
    detail: 'Plimsoll gave no answer in time.',
    nextStep: 'Try again in a moment.',
  },
  'store-unreachable': {
    status: 503,
    title: 'The database cannot be reached',
    detail: 'The database gave no answer.',
    nextStep: 'Try again in a moment; if it stays, run `plimsoll doctor`.',
  },
  'store-locked': {
    status: 503,
    title: 'The database is in use',
    detail: 'Another process holds the data directory.',
    nextStep: 'Stop the other process, or run `plimsoll doctor`.',
  },
  'store-full': {
    status: 507,
    title: 'The disk is full',
    detail: 'The database cannot write: no space is left.',
    nextStep: 'Free space where the data lies, then try again.',
  },
  'store-corrupt': {
    status: 500,
    title: 'The database is damaged',
    detail: 'The database cannot be read.',
    nextStep: ASK_THE_LOG,
  },
  'schema-too-new': {
    status: 503,
    title: 'The database is newer than this program',
    detail: 'A newer Plimsoll has migrated the database.',
    nextStep: 'Update plimsoll.',
  },
  'schema-too-old': {
    status: 503,
    title: 'The database lacks migrations',
    detail: 'The database lacks migrations.',
    nextStep: 'Run `plimsoll migrate`.',
  },
  'source-unreachable': {
    status: 502,
    title: 'A source cannot be reached',
    detail: 'A source gave no answer.',
    nextStep: ASK_THE_LOG,
  },
  'source-unauthorized': {
    status: 502,
    title: 'A source refused our credentials',
    detail: 'A source refused our credentials.',
    nextStep: ASK_THE_LOG,
  },
  'source-forbidden': {
    status: 502,
    title: 'A source denied us',
    detail: 'A source denied us a right.',
    nextStep: ASK_THE_LOG,
  },
  'source-invalid': {
    status: 502,
    title: 'A source gave nonsense',
    detail: 'A source gave an answer that makes no sense.',
    nextStep: ASK_THE_LOG,
  },
  'invalid-setting': {
    status: 500,
    title: 'A setting is wrong',
    detail: BROKEN,
    nextStep: ASK_THE_LOG,
  },
  'port-busy': { status: 500, title: 'The port is busy', detail: BROKEN, nextStep: ASK_THE_LOG },
  internal: { status: 500, title: 'Something broke inside', detail: BROKEN, nextStep: ASK_THE_LOG },
};

const TITLES: Record<number, string> = {
  405: 'Method not allowed',
  406: 'No such format',
  413: 'The body is too large',
  414: 'The address is too long',
  415: 'Not JSON',
  421: 'Wrong host',
};

/** A refusal by the HTTP door itself, for the status codes that no `ErrorCode` stands for. */
export class HttpRefusal extends AppError {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    message: string,
    nextStep: string,
    headers: Record<string, string> = {},
  ) {
    super('invalid-input', message, { nextStep });
    this.status = status;
    this.headers = headers;
  }
}

/** The AppError for anything thrown: what is not ours is `internal`, a refused JSON body is the caller's. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof HTTPException && thrown.status === 400) {
    return new AppError('invalid-input', 'The body is not valid JSON.', { cause: thrown });
  }
  return new AppError('internal', BROKEN, { cause: thrown });
}

export function statusOf(error: AppError): number {
  return error instanceof HttpRefusal ? error.status : KINDS[error.code].status;
}

/** Messages and next steps of failures inside stay inside: they may hold addresses and paths. */
export function problemResponse(c: Context<AppEnv>, error: AppError): Response {
  const kind = KINDS[error.code];
  const status = statusOf(error);
  const hidden = kind.detail !== undefined;
  const mistakes = error.details['errors'];
  const document = {
    type: `/docs#problem-${error.code}`,
    title: TITLES[status] ?? kind.title,
    status,
    detail: kind.detail ?? error.message,
    code: error.code,
    nextStep: hidden ? kind.nextStep : (error.nextStep ?? kind.nextStep),
    requestId: c.var.requestId,
    ...(Array.isArray(mistakes) && !hidden && { errors: mistakes as unknown[] }),
  };
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(status === 401 && { 'www-authenticate': 'Bearer realm="plimsoll"' }),
    ...(status === 503 && { 'retry-after': '5' }),
    ...(error instanceof HttpRefusal && error.headers),
  };
  return c.body(JSON.stringify(document), status as 400, headers);
}

/** Every problem type with its status, for the readable page. */
export function problemKinds(): {
  code: string;
  status: number;
  title: string;
  nextStep: string;
}[] {
  return Object.entries(KINDS).map(([code, { status, title, nextStep }]) => ({
    code,
    status,
    title,
    nextStep,
  }));
}
