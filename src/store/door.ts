/** The thin way into one Postgres; everything above it is the same for all three. */

/** The claims of a signed-in caller, as row security reads them from `request.jwt.claims`. */
export interface Claims {
  sub: string;
  tenant_id: string;
  role: 'authenticated';
}

/** As whom a call runs: the service itself (the tenant is an argument), or a caller under row security. */
export type Identity = { role: 'service_role' } | { role: 'authenticated'; claims: Claims };

/**
 * Plain SQL as the database's owner, for migrations alone. Failures are AppErrors as in `Door`.
 */
export interface Sql {
  /** Positional parameters `$1…`; rows as objects. `bigint` may come as number, text or BigInt: cast in SQL. */
  query(sql: string, parameters?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Several statements, no parameters, no rows. */
  exec(sql: string): Promise<void>;
}

export interface Migrator extends Sql {
  /** Runs the work on one connection in one transaction; commits when it resolves, rolls back when it rejects. */
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

/**
 * What every adapter promises:
 * - One call is one function and one transaction: it is done whole or not at all, and nothing is retried inside.
 * - Role and `request.jwt.claims` are set locally to that transaction, before the function runs. No call runs as a
 *   superuser, and none inherits another's role or claims. `service_role` calls carry claims `{"role":"service_role"}`.
 * - `args` are named: keys are the function's argument names. Values are JSON values: text, number, boolean, null,
 *   and objects or arrays for `jsonb` arguments; instants are ISO text.
 * - It returns the function's one `jsonb`, parsed: numbers are JavaScript numbers, SQL null is null.
 * - Every failure is an AppError made by `toStoreError`: by SQLSTATE or status, never by message. A database that
 *   cannot be reached is `store-unreachable` (retryable) with the next step; after it the next call may work again.
 * - `close` lets running calls end, then frees everything; calling it twice is fine.
 */
export interface Door {
  readonly way: 'embedded' | 'postgres' | 'supabase';
  call(as: Identity, name: string, args: Record<string, unknown>): Promise<unknown>;
  /** Null when this way has no owner's connection (Supabase without `DATABASE_URL`). */
  readonly migrator: Migrator | null;
  close(): Promise<void>;
}
