import { AppError, type AppErrorOptions, type ErrorCode } from '../domain/error.ts';

/** What a database said went wrong, as any of the three ways can tell it. */
export interface DatabaseFailure {
  /** SQLSTATE, or PostgREST's own code (`PGRST202`); null when the database was not reached. */
  code: string | null;
  message: string;
  /** Our functions put the next step here. */
  hint?: string | null;
  cause?: unknown;
}

interface Meaning {
  code: ErrorCode;
  retryable?: boolean;
  /** Precedes the database's own words. */
  says?: string;
  nextStep?: string;
}

const UNREACHABLE: Meaning = {
  code: 'store-unreachable',
  retryable: true,
  says: 'the database cannot be reached',
  nextStep: 'Check that the database runs and that its address is right.',
};
const CREDENTIALS: Meaning = {
  code: 'store-unreachable',
  says: 'the database refuses these credentials',
  nextStep: 'Check user, password and database name in DATABASE_URL, or the Supabase keys.',
};
const OLD_SCHEMA: Meaning = {
  code: 'schema-too-old',
  says: 'the database lacks a part of the schema',
  nextStep: 'Run `plimsoll migrate`, then try again.',
};
const CORRUPT: Meaning = {
  code: 'store-corrupt',
  says: 'the database reports damaged data',
  nextStep: 'Stop, keep a copy of the data directory, and restore it from a backup.',
};
const INVALID: Meaning = { code: 'invalid-input' };
const CONFLICT: Meaning = { code: 'conflict' };

/** By exact code first, then by class (its first two characters). */
const MEANINGS: Record<string, Meaning> = {
  PT400: INVALID,
  PT403: { code: 'forbidden' },
  PT404: { code: 'not-found' },
  PT409: CONFLICT,
  '21000': INVALID,
  '22': INVALID,
  '23': INVALID,
  '23503': CONFLICT,
  '23505': CONFLICT,
  '25006': {
    code: 'store-unreachable',
    retryable: true,
    says: 'the database is read-only',
    nextStep: 'Point DATABASE_URL at the primary, or lift default_transaction_read_only.',
  },
  '40001': { code: 'conflict', retryable: true },
  '40P01': { code: 'conflict', retryable: true },
  '42501': {
    code: 'forbidden',
    nextStep: 'Ask an owner for the right, or check the grants of the database user.',
  },
  '42883': OLD_SCHEMA,
  '42P01': OLD_SCHEMA,
  '3F000': OLD_SCHEMA,
  PGRST202: OLD_SCHEMA,
  '53': { ...UNREACHABLE, says: 'the database is out of resources' },
  '53100': {
    code: 'store-full',
    retryable: true,
    says: 'the disk of the database is full',
    nextStep: 'Free space where the database lies; nothing that was stored is lost.',
  },
  '57014': {
    code: 'timeout',
    retryable: true,
    says: 'the database did not answer in time',
    nextStep: 'Try again; if it stays, look for load or locks on the database.',
  },
  '57': UNREACHABLE,
  '08': UNREACHABLE,
  '28': CREDENTIALS,
  '3D000': CREDENTIALS,
  PGRST301: CREDENTIALS,
  PGRST303: CREDENTIALS,
  XX001: CORRUPT,
  XX002: CORRUPT,
  '58': { ...UNREACHABLE, says: 'the database cannot use its files' },
};

/** The AppError for a database's failure, told apart by SQLSTATE, never by message. */
export function toStoreError(failure: DatabaseFailure): AppError {
  const meaning = meaningOf(failure.code);
  // Our own functions hint at what people can do; PostgreSQL hints at what is wrong with the statement.
  const ours = failure.code?.startsWith('PT') === true || failure.code === 'PGRST202';
  const nextStep = (ours && failure.hint) || meaning.nextStep || failure.hint;
  const options: AppErrorOptions = {
    retryable: meaning.retryable ?? false,
    cause: failure.cause,
    details: { databaseCode: failure.code },
    ...(nextStep ? { nextStep } : {}),
  };
  const message = meaning.says ? `${meaning.says}: ${failure.message}` : failure.message;
  return new AppError(meaning.code, message, options);
}

function meaningOf(code: string | null): Meaning {
  if (code === null) return UNREACHABLE;
  return MEANINGS[code] ?? MEANINGS[code.slice(0, 2)] ?? { code: 'internal' };
}
