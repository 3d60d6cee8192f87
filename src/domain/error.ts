/** The closed list of failures; each is also a metric label, an HTTP problem type and an exit code. */
export type ErrorCode =
  | 'invalid-setting'
  | 'invalid-input'
  | 'not-found'
  | 'conflict'
  | 'unauthenticated'
  | 'forbidden'
  | 'source-unreachable'
  | 'source-unauthorized'
  | 'source-forbidden'
  | 'source-invalid'
  | 'store-unreachable'
  | 'store-corrupt'
  | 'store-full'
  | 'store-locked'
  | 'schema-too-new'
  | 'schema-too-old'
  | 'port-busy'
  | 'timeout'
  | 'internal';

export interface AppErrorOptions {
  /** True when the same call may succeed later without anyone acting. */
  retryable?: boolean;
  /** What the reader can do next, as a full sentence. */
  nextStep?: string;
  cause?: unknown;
  /** Facts for logs and problem documents; never secrets. */
  details?: Record<string, unknown>;
}

/** An error someone must act on. The message names the cause; `nextStep` says what to do about it. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly nextStep: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.nextStep = options.nextStep;
    this.details = options.details ?? {};
  }
}
