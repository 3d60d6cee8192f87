import { AppError } from '../../domain/error.ts';
import { toStoreError } from '../store-error.ts';

/** What supabase-js hands over instead of throwing. */
export interface ReplyFailure {
  /** SQLSTATE or PostgREST's own; missing or empty when something else answered. */
  code?: string;
  message: string;
  details?: string;
  hint?: string;
}

const RELOAD_STEP =
  "Run `plimsoll migrate` with DATABASE_URL set; if it was run already, let PostgREST reload: notify pgrst, 'reload schema'.";
const CHECK_URL = 'Check SUPABASE_URL and that the project is running.';
const CHECK_KEYS = 'Check SUPABASE_SECRET_KEY, SUPABASE_PUBLISHABLE_KEY and SUPABASE_JWT_SECRET.';

/** The AppError for a reply that is not a result: by status and code, never by message. */
export function replyError(
  status: number,
  error: ReplyFailure | null,
  timedOut: boolean,
): AppError {
  if (status === 0) return timedOut ? timeoutError(error) : unreachable(networkText(error), error);
  if (status === 401) return credentialsError(status, error);
  if (!error?.code) return foreignReply(status, error);
  if (/^PGRST00\d$/.test(error.code))
    return unreachable(`PostgREST cannot use its database (${error.code})`, error);
  const hint = error.code === 'PGRST202' ? RELOAD_STEP : (error.hint ?? null);
  return toStoreError({ code: error.code, message: error.message, hint, cause: error });
}

/** Someone else than PostgREST answered: a proxy's page, a gateway, a paused project. */
function foreignReply(status: number, error: ReplyFailure | null): AppError {
  if (status === 403) return credentialsError(status, error);
  if (status === 413)
    return new AppError('invalid-input', 'a gateway before Supabase refuses a request this large', {
      cause: error,
      nextStep: 'Raise the request size it allows.',
      details: { status },
    });
  return unreachable(`${status} from something that is not PostgREST`, error);
}

function unreachable(what: string, cause: unknown): AppError {
  return new AppError('store-unreachable', `Supabase cannot be reached: ${what}`, {
    retryable: true,
    cause,
    nextStep: CHECK_URL,
  });
}

function timeoutError(cause: unknown): AppError {
  return new AppError('timeout', 'Supabase did not answer in time', {
    retryable: true,
    cause,
    nextStep: 'Try again; if it stays, look for load or locks on the database.',
  });
}

function credentialsError(status: number, error: ReplyFailure | null): AppError {
  return new AppError('store-unreachable', `Supabase refuses these keys (${status})`, {
    cause: error,
    nextStep: CHECK_KEYS,
    details: { status, databaseCode: error?.code ?? null },
  });
}

/** The first line names the failure; what follows is a stack. */
function networkText(error: ReplyFailure | null): string {
  const cause = /^Caused by: (.*)$/m.exec(error?.details ?? '')?.[1];
  return cause ?? error?.message ?? 'no answer';
}
