import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { BackupJobRule, DEFAULT_BACKUP_JOBS } from './domain/backup-jobs.ts';
import { AppError } from './domain/error.ts';
import { LabelWord, vocabularyWith, type LabelVocabulary } from './domain/label-vocabulary.ts';
import {
  PrometheusFields,
  prometheusMistakes,
  type PrometheusSettings,
} from './domain/prometheus-settings.ts';

/** A value that never prints: logs, errors and JSON show `[secret]`. */
export interface Secret {
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

function hidden(): string {
  return '[secret]';
}

function secret(value: string): Secret {
  const kept = {
    reveal: () => value,
    toString: hidden,
    toJSON: hidden,
    [Symbol.for('nodejs.util.inspect.custom')]: hidden,
  };
  return kept;
}

const Port = z.coerce.number('must be a number').int('must be a whole number').min(0).max(65_535);
const Days = z.coerce
  .number('must be a number')
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(36_500, 'must be at most 36500');
const Hidden = z.string().transform(secret);

function urlOf(protocols: readonly string[]) {
  return z.string().refine((text) => protocols.includes(protocolOf(text)), {
    error: `must be a URL that starts with ${protocols.map((name) => `${name}//`).join(' or ')}`,
  });
}

/** JSON text of that shape; what is wrong is told with its place in the text. */
function json<T>(schema: z.ZodType<T>) {
  return z.string().transform((text, context): T => {
    const parsed = schema.safeParse(readJson(text, context));
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues)
      context.addIssue({ code: 'custom', message: [...path, message].join(' ') });
    return z.NEVER;
  });
}

function readJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: 'custom', message: `is not JSON: ${why.slice(0, 200)}` });
    return undefined;
  }
}

function protocolOf(text: string): string {
  return URL.canParse(text) ? new URL(text).protocol : '';
}

const checkout = fileURLToPath(new URL('..', import.meta.url));

/** Every setting, once: this table makes the checks, `.env.example` and docs/reference/settings.md. */
const Settings = z.object({
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe(
      'Address to listen on. Loopback by default; anything else puts the page on your network.',
    ),
  PORT: Port.default(7466).describe('Port of the page and the feed; 0 takes any free one.'),
  DATA_DIR: z
    .string()
    .default(resolve(checkout, 'data'))
    .describe(
      'Where the embedded database, the demo (DATA_DIR/demo) and server.json lie. Default: `data` in the checkout.',
    ),
  DATABASE_URL: urlOf(['postgres:', 'postgresql:'])
    .transform(secret)
    .optional()
    .describe(
      'Any PostgreSQL 15 to 18 instead of the embedded one; with Supabase: its direct connection, for migrations.',
    ),
  SUPABASE_URL: urlOf(['http:', 'https:'])
    .optional()
    .describe('A Supabase project. Needs SUPABASE_SECRET_KEY.'),
  SUPABASE_PUBLISHABLE_KEY: Hidden.optional().describe(
    'The project’s publishable (anon) key; sent with the calls of signed-in people.',
  ),
  SUPABASE_SECRET_KEY: Hidden.optional().describe(
    'The project’s secret (service role) key; used for the service’s own work only.',
  ),
  SUPABASE_JWT_SECRET: Hidden.optional().describe(
    'Signs the claims under which signed-in people and API keys read. Without it such calls are refused.',
  ),
  KUBECONFIG: z
    .string()
    .optional()
    .describe('Path of the kubeconfig; else ~/.kube/config, else the service account of the pod.'),
  CLUSTERS: z
    .string()
    .optional()
    .describe(
      'Several clusters: path of a clusters file, or context names with commas. Default: the current context.',
    ),
  COLLECT_INTERVAL_SECONDS: z.coerce
    .number('must be a number')
    .min(5, 'must be at least 5')
    .max(86_400, 'must be at most 86400')
    .default(300)
    .describe('How often a cycle runs when no watch event asks for one earlier.'),
  BACKUP_JOBS: json(z.array(BackupJobRule).min(1, 'names no rule'))
    .optional()
    .describe(
      'Which CronJobs and Jobs are backups, as JSON: a list of rules, of which one must match; a rule has `label` or `annotation` (`key` or `key=value`), `name` or `namespace` (globs), and all it has must hold. Default: label `plimsoll.dev/backup`, annotation `plimsoll.dev/backup-claims`, names `*-backup` and `backup-*`.',
    ),
  PROMETHEUS_URL: PrometheusFields.url
    .optional()
    .describe(
      'A Prometheus, Thanos, Mimir or VictoriaMetrics for load, usage and history, with its path prefix, e.g. `https://mimir.example/prometheus`.',
    ),
  PROMETHEUS_BACKEND: PrometheusFields.backend
    .default('prometheus')
    .describe(
      'What it is: `prometheus`, `thanos`, `mimir` or `victoriametrics`; see docs/guide/prometheus.md.',
    ),
  PROMETHEUS_TENANT: PrometheusFields.tenant.optional().describe('Sent as `X-Scope-OrgID`.'),
  PROMETHEUS_CLUSTER_LABEL: PrometheusFields.clusterLabel
    .optional()
    .describe(
      'The external label that tells clusters apart; its value is the cluster’s name here, or what follows `=`. Needed when one store serves several clusters.',
    ),
  PROMETHEUS_TOKEN_FILE: PrometheusFields.tokenFile
    .optional()
    .describe('File with a bearer token; read again before each request.'),
  PROMETHEUS_USERNAME: PrometheusFields.username.optional().describe('For basic authentication.'),
  PROMETHEUS_PASSWORD_FILE: PrometheusFields.passwordFile
    .optional()
    .describe('File with the password of PROMETHEUS_USERNAME.'),
  PROMETHEUS_CA_FILE: PrometheusFields.caFile
    .optional()
    .describe('Certificate authority of its certificate, PEM.'),
  PROMETHEUS_CERT_FILE: PrometheusFields.certFile
    .optional()
    .describe('Client certificate, PEM; needs PROMETHEUS_KEY_FILE.'),
  PROMETHEUS_KEY_FILE: PrometheusFields.keyFile
    .optional()
    .describe('Key of the client certificate, PEM.'),
  PROMETHEUS_BACKFILL_DAYS: Days.default(90).describe(
    'How far back history is taken over at first contact, at most as far as the store keeps it.',
  ),
  RETENTION_SAMPLES_DAYS: Days.default(30).describe('How long samples of metrics stay.'),
  RETENTION_ROLLUPS_DAYS: Days.default(400).describe(
    'How long hourly and daily summaries of metrics stay.',
  ),
  RETENTION_RUNS_DAYS: Days.default(400).describe(
    'How long runs stay; findings stay for ever. A month goes as a whole, when its last day is due.',
  ),
  BACKUP_LABELS: json(z.array(LabelWord))
    .optional()
    .describe(
      'What labels of claims mean beside the usual ones, as JSON: docs/reference/labels.md has both.',
    ),
  PRICES: z
    .string()
    .optional()
    .describe(
      'Path of a file with the prices of cores and storage; without it only what OpenCost tells is priced. See docs/reference/ledger.md.',
    ),
  GRID: z
    .string()
    .optional()
    .describe(
      'Whose electricity clusters use: a country or cloud region (`DE`, `aws:eu-west-1`), or by cluster `home=DE, work=aws:eu-west-1`. Default: the region OpenCost tells, else the world’s mean.',
    ),
  PUE: z.coerce
    .number('must be a number')
    .min(1, 'must be at least 1')
    .max(5, 'must be at most 5')
    .optional()
    .describe(
      'Data-centre overhead: all electricity by that of the machines. Default: the cloud’s own figure, else 1.5.',
    ),
  LOG_LEVEL: z
    .enum(['silent', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('warn')
    .describe('How much the log says; it goes to standard error as JSON lines.'),
  ADMIN_API_KEY: z
    .string()
    .min(16, 'must have at least 16 characters')
    .transform(secret)
    .optional()
    .describe('Sets the owner’s API key, so that scripts need no sign-in link.'),
});

export interface Config {
  host: string;
  port: number;
  dataDir: string;
  databaseUrl: Secret | undefined;
  supabase:
    | {
        url: string;
        secretKey: Secret;
        publishableKey: Secret | undefined;
        jwtSecret: Secret | undefined;
      }
    | undefined;
  kubeconfig: string | undefined;
  clusters: string | undefined;
  collectIntervalSeconds: number;
  backupJobs: readonly BackupJobRule[];
  labels: LabelVocabulary;
  prometheus: PrometheusSettings | undefined;
  prometheusBackfillDays: number;
  retention: { sampleDays: number; rollupDays: number; runDays: number };
  prices: string | undefined;
  grid: string | undefined;
  pue: number | undefined;
  logLevel: string;
  adminApiKey: Secret | undefined;
}

export interface SettingDoc {
  name: string;
  description: string;
  default: string | undefined;
  secret: boolean;
}

const SECRETS = new Set([
  'DATABASE_URL',
  'SUPABASE_PUBLISHABLE_KEY',
  'SUPABASE_SECRET_KEY',
  'SUPABASE_JWT_SECRET',
  'ADMIN_API_KEY',
]);

/** What `.env.example` and the reference page say, from the schema itself. */
export function settingDocs(): SettingDoc[] {
  return Object.entries(Settings.shape).map(([name, schema]) => {
    const parsed: unknown = schema.safeParse(undefined).data;
    const shown =
      typeof parsed === 'string' || typeof parsed === 'number' ? String(parsed) : undefined;
    return {
      name,
      description: schema.description ?? '',
      default: name === 'DATA_DIR' ? './data' : shown,
      secret: SECRETS.has(name),
    };
  });
}

/** What names files and places that only the ledger can check; unset when empty. */
export function ledgerFiles(
  environment: Record<string, string | undefined>,
): Pick<Config, 'prices' | 'grid'> {
  const { PRICES, GRID } = environment;
  return { prices: PRICES || undefined, grid: GRID || undefined };
}

/**
 * Reads the settings from an environment; an empty value counts as unset. `further` are mistakes that others have found.
 * Throws AppError `invalid-setting` that names every variable at fault at once.
 */
export function readConfig(
  environment: Record<string, string | undefined>,
  further: readonly string[] = [],
): Config {
  const given = Object.fromEntries(
    Object.keys(Settings.shape).flatMap((name) =>
      environment[name] ? [[name, environment[name]]] : [],
    ),
  );
  const parsed = Settings.safeParse(given);
  const mistakes = parsed.success ? [] : parsed.error.issues.map(mistakeOf);
  mistakes.push(...conflictsIn(given), ...further);
  if (!parsed.success || mistakes.length > 0) throw settingsError(mistakes);
  return toConfig(parsed.data);
}

function mistakeOf(issue: z.core.$ZodIssue): string {
  return `${String(issue.path[0])}: ${issue.message}`;
}

const PROMETHEUS = Object.keys(PrometheusFields).map(
  (field) => [field, prometheusName(field)] as const,
);

function prometheusName(field: string): string {
  return `PROMETHEUS_${field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function prometheusOf(given: Record<string, unknown>): PrometheusSettings {
  return Object.fromEntries(
    PROMETHEUS.flatMap(([field, name]) =>
      given[name] === undefined ? [] : [[field, given[name]]],
    ),
  );
}

function prometheusConflicts(given: Record<string, unknown>): string[] {
  const mistakes = prometheusMistakes(prometheusOf(given), prometheusName).map(
    ({ field, message }) => `${prometheusName(field)}: ${message}`,
  );
  const lonely = PROMETHEUS.map(([, name]) => name).filter((name) => given[name] !== undefined);
  const [first] = lonely;
  if (first !== undefined && given['PROMETHEUS_URL'] === undefined)
    mistakes.push(`PROMETHEUS_URL: is needed with ${first}`);
  return mistakes;
}

function conflictsIn(given: Record<string, unknown>): string[] {
  const mistakes: string[] = [];
  const needsUrl = ['SUPABASE_SECRET_KEY', 'SUPABASE_PUBLISHABLE_KEY', 'SUPABASE_JWT_SECRET'];
  if (given['SUPABASE_URL'] && !given['SUPABASE_SECRET_KEY'])
    mistakes.push('SUPABASE_SECRET_KEY: is needed with SUPABASE_URL');
  for (const name of needsUrl)
    if (given[name] && !given['SUPABASE_URL'])
      mistakes.push(`SUPABASE_URL: is needed with ${name}`);
  return [...new Set([...mistakes, ...prometheusConflicts(given)])];
}

function settingsError(mistakes: string[]): AppError {
  return new AppError('invalid-setting', `settings cannot be used:\n  ${mistakes.join('\n  ')}`, {
    nextStep: 'Correct these environment variables; docs/reference/settings.md lists them all.',
    details: { mistakes },
  });
}

function toConfig(settings: z.infer<typeof Settings>): Config {
  return {
    host: settings.HOST,
    port: settings.PORT,
    dataDir: resolve(settings.DATA_DIR),
    databaseUrl: settings.DATABASE_URL,
    supabase:
      settings.SUPABASE_URL === undefined || settings.SUPABASE_SECRET_KEY === undefined
        ? undefined
        : {
            url: settings.SUPABASE_URL,
            secretKey: settings.SUPABASE_SECRET_KEY,
            publishableKey: settings.SUPABASE_PUBLISHABLE_KEY,
            jwtSecret: settings.SUPABASE_JWT_SECRET,
          },
    kubeconfig: settings.KUBECONFIG,
    clusters: settings.CLUSTERS,
    collectIntervalSeconds: settings.COLLECT_INTERVAL_SECONDS,
    backupJobs: settings.BACKUP_JOBS ?? DEFAULT_BACKUP_JOBS,
    labels: vocabularyWith(settings.BACKUP_LABELS ?? []),
    prometheus: settings.PROMETHEUS_URL === undefined ? undefined : prometheusOf(settings),
    prometheusBackfillDays: settings.PROMETHEUS_BACKFILL_DAYS,
    retention: {
      sampleDays: settings.RETENTION_SAMPLES_DAYS,
      rollupDays: settings.RETENTION_ROLLUPS_DAYS,
      runDays: settings.RETENTION_RUNS_DAYS,
    },
    prices: settings.PRICES,
    grid: settings.GRID,
    pue: settings.PUE,
    logLevel: settings.LOG_LEVEL,
    adminApiKey: settings.ADMIN_API_KEY,
  };
}
