import { readdir, readFile } from 'node:fs/promises';
import { AppError } from '../domain/error.ts';
import type { CallFunction } from './call-function.ts';
import type { Migrator, Sql } from './door.ts';
import type { MigrationReport } from './port.ts';

const FOLDER = new URL('../../supabase/migrations/', import.meta.url);
const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;
/** Any fixed number: two processes that migrate at once wait for each other. */
const ADVISORY_LOCK = 7_403_611;

export interface Migration {
  version: number;
  name: string;
  sql: string;
}

/** All migrations in order, as shipped. Each inserts its own row into `plimsoll.schema_migrations`. */
export async function readMigrations(folder: URL = FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => FILE_NAME.test(name)).sort();
  return Promise.all(
    names.map(async (name) => ({
      version: Number(FILE_NAME.exec(name)?.[1]),
      name,
      sql: await readFile(new URL(name, folder), 'utf8'),
    })),
  );
}

/** Applies what is missing, in order, each in its own transaction; a failing one leaves the earlier ones in place. */
export async function migrateSchema(migrator: Migrator | null): Promise<MigrationReport> {
  if (migrator === null)
    throw new AppError('invalid-setting', 'migrations need the direct database connection', {
      nextStep: 'Set DATABASE_URL to the connection string of the same database.',
    });
  const migrations = await readMigrations();
  const applied: string[] = [];
  for (const migration of migrations)
    if (await applyOne(migrator, migration, newestOf(migrations))) applied.push(migration.name);
  return {
    applied,
    already: migrations.length - applied.length,
    schemaVersion: newestOf(migrations),
  };
}

/** True when it was applied now. The lock is taken first, so that a second process sees what the first has done. */
function applyOne(migrator: Migrator, migration: Migration, newest: number): Promise<boolean> {
  return migrator.transaction(async (sql) => {
    await sql.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
    const schema = await readState(sql);
    refuseNewer(schema.compatibleFrom, newest);
    if (schema.versions.has(migration.version)) return false;
    await sql.exec(migration.sql);
    return true;
  });
}

async function readState(sql: Sql) {
  const [table] = await sql.query(
    `select to_regclass('plimsoll.schema_migrations') is not null as there`,
  );
  if (table?.['there'] !== true) return { versions: new Set<number>(), compatibleFrom: 0 };
  const rows = await sql.query(
    'select version::text, compatible_from::text from plimsoll.schema_migrations',
  );
  return {
    versions: new Set(rows.map((row) => Number(row['version']))),
    compatibleFrom: Math.max(0, ...rows.map((row) => Number(row['compatible_from']))),
  };
}

/** Compares the database's schema with this program's, through the same way as every other call. */
export async function checkSchema(call: CallFunction) {
  const newest = newestOf(await readMigrations());
  const schema = await call('plimsoll_read_schema', {});
  refuseNewer(schema.compatibleFrom, newest);
  if (schema.schemaVersion < newest)
    throw new AppError(
      'schema-too-old',
      `the database has schema ${schema.schemaVersion}, this program needs ${newest}`,
      { nextStep: 'Run `plimsoll migrate`, then start again.' },
    );
  return { schemaVersion: schema.schemaVersion, database: schema.database };
}

function refuseNewer(compatibleFrom: number, newest: number): void {
  if (compatibleFrom > newest)
    throw new AppError(
      'schema-too-new',
      `the database's schema needs a program that knows schema ${compatibleFrom}; this one knows ${newest}`,
      {
        nextStep:
          'Install the newer Plimsoll that made this schema, or restore the older database.',
      },
    );
}

function newestOf(migrations: Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}
