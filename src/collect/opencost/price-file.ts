import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { z } from 'zod';
import type { CorePrice, Prices, StorageClass } from '../../analyze/ledger/prices.ts';
import { AppError } from '../../domain/error.ts';
import book from './price-book.json' with { type: 'json' };

const price = z.number().min(0, 'must not be negative');
const OwnStorage = z.strictObject({
  name: z.string().min(1).default('own storage'),
  perGbMonth: price.optional(),
  putPer1000: price.optional(),
  gbBytes: z
    .number()
    .positive()
    .default(2 ** 30),
  wattHoursPerTbHour: z.number().positive().optional(),
  replication: z.number().min(1, 'must be at least 1').default(1),
});
const fields = {
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR')
    .optional(),
  year: z.int().min(2000).max(2100).optional(),
  cpuCoreHour: z.number().positive().optional(),
  storage: z.union([z.string(), OwnStorage]).optional(),
  keepDays: z.number().positive().optional(),
};
const PriceFields = z.strictObject(fields);
type PriceFields = z.infer<typeof PriceFields>;
const PriceFile = z.strictObject({
  ...fields,
  clusters: z.record(z.string(), PriceFields).default({}),
});

const NONE: Prices = { currency: 'USD', core: null, storage: null, keepDays: null };

/**
 * What a cluster's runs are priced by, from a file of YAML or JSON (docs/reference/ledger.md): `clusters` says what
 * differs for one of them. Without a file nothing is priced. Throws AppError `invalid-setting` that names every mistake.
 */
export function readPrices(file: string | undefined): (cluster: string) => Prices {
  if (file === undefined) return () => NONE;
  const { clusters, ...all } = parseFile(file);
  const shared = pricesOf(file, all);
  const own = new Map(
    Object.entries(clusters).map(([name, fields]) => [name, pricesOf(file, { ...all, ...fields })]),
  );
  return (cluster) => own.get(cluster) ?? shared;
}

function parseFile(file: string): z.infer<typeof PriceFile> {
  let content: unknown;
  try {
    content = load(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw faulty(
      file,
      cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause),
    );
  }
  const parsed = PriceFile.safeParse(content);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map((issue) =>
    `${issue.path.join('.')} ${issue.message}`.trim(),
  );
  throw faulty(file, mistakes.join('; '));
}

function faulty(file: string, what: string): AppError {
  return new AppError(
    'invalid-setting',
    `PRICES: file ${file}: ${what}; docs/reference/ledger.md has the fields`,
    {
      nextStep: 'See docs/reference/ledger.md for the fields and an example.',
    },
  );
}

function pricesOf(file: string, fields: PriceFields): Prices {
  const { currency = book.currency, year = null, cpuCoreHour, keepDays = null, storage } = fields;
  const core: CorePrice | null =
    cpuCoreHour === undefined
      ? null
      : {
          byNode: new Map(),
          usual: cpuCoreHour,
          source: 'PRICES',
          factorYear: year,
          quality: 'modelled',
        };
  return { currency, core, storage: storageOf(file, storage, currency, year), keepDays };
}

function storageOf(
  file: string,
  storage: PriceFields['storage'],
  currency: string,
  year: number | null,
): StorageClass | null {
  if (storage === undefined) return null;
  if (typeof storage === 'string') return fromBook(file, storage, currency);
  const { perGbMonth = null, putPer1000 = null, wattHoursPerTbHour = null, ...rest } = storage;
  const basis = { source: 'PRICES', factorYear: year, quality: 'modelled' as const };
  return { ...rest, perGbMonth, putPer1000, wattHoursPerTbHour, ...basis };
}

function fromBook(file: string, name: string, currency: string): StorageClass {
  const row = new Map(Object.entries(book.storage)).get(name);
  const names = Object.keys(book.storage).join(', ');
  if (row === undefined) throw faulty(file, `storage ${name} is not in the book: ${names}`);
  if (currency !== book.currency)
    throw faulty(
      file,
      `storage ${name} has its book price in ${book.currency}, not ${currency}; write its prices yourself`,
    );
  return {
    name,
    ...row,
    source: `${name}, ${book.source}`,
    factorYear: Number(book.validFrom.slice(0, 4)),
    quality: 'modelled',
  };
}
