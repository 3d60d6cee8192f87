import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { load } from 'js-yaml';
import { z } from 'zod';
import { AppError } from '../../domain/error.ts';
import { ClusterPrometheus } from '../../domain/prometheus-settings.ts';
import { kubeConfigOf, type ClusterSource } from './cluster-source.ts';
import { chooseContext, contextSource, loadKubeconfig } from './kubeconfig.ts';

const Entry = z
  .strictObject({
    name: z.string().min(1),
    kubeconfig: z.string().optional(),
    context: z.string().optional(),
    namespaces: z.array(z.string().min(1)).min(1).optional(),
    timeZone: z.string().refine(isTimeZone, 'is not a time zone such as Europe/Berlin').optional(),
    server: z.url().optional(),
    tokenFile: z.string().optional(),
    caFile: z.string().optional(),
    prometheus: ClusterPrometheus.optional(),
  })
  .refine((entry) => entry.server === undefined || entry.kubeconfig === undefined, {
    error: 'has both server and kubeconfig; keep one',
  });
type Entry = z.infer<typeof Entry>;
const Entries = z.array(Entry).min(1, 'names no cluster');
const Wrapped = z.strictObject({ clusters: Entries }).transform(({ clusters }) => clusters);

/**
 * Reads a clusters file: YAML or JSON, a list (or `clusters:` with a list) of entries that either name a context of
 * a kubeconfig or give server, token file and CA file. Paths are relative to the file. Throws AppError
 * `invalid-setting` naming the file and every entry and field at fault.
 */
export function readClustersFile(file: string, defaultKubeconfigs: string[]): ClusterSource[] {
  const entries = parseEntries(file);
  const names = entries.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw faulty(file, `the name ${twice} is used twice`);
  return entries.map((entry) => sourceOf(file, entry, defaultKubeconfigs));
}

function parseEntries(file: string): Entry[] {
  let content: unknown;
  try {
    content = load(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw faulty(
      file,
      cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'unreadable',
    );
  }
  const parsed = Array.isArray(content) ? Entries.safeParse(content) : Wrapped.safeParse(content);
  if (parsed.success) return parsed.data;
  throw faulty(
    file,
    parsed.error.issues
      .map((issue) => `${issue.path.join('.')} ${issue.message}`.trim())
      .join('; '),
  );
}

function faulty(file: string, what: string): AppError {
  return new AppError('invalid-setting', `CLUSTERS file ${file}: ${what}`, {
    nextStep: 'See docs/guide/clusters.md for the fields and an example.',
  });
}

function sourceOf(file: string, entry: Entry, defaultKubeconfigs: string[]): ClusterSource {
  const base =
    entry.server === undefined
      ? fromContext(file, entry, defaultKubeconfigs)
      : fromServer(file, entry);
  return {
    ...base,
    name: entry.name,
    origin: `${file}, entry ${entry.name}`,
    namespaces: entry.namespaces ?? null,
    timeZone: entry.timeZone ?? 'UTC',
    prometheus: withPaths(file, entry.prometheus),
  };
}

function withPaths(file: string, given: ClusterPrometheus | undefined) {
  if (given === undefined || given === false) return given;
  const fields = Object.entries(given).map(([field, value]) => [
    field,
    field.endsWith('File') && value !== undefined ? resolve(dirname(file), value) : value,
  ]);
  return Object.fromEntries(fields) as ClusterPrometheus;
}

function fromContext(file: string, entry: Entry, defaultKubeconfigs: string[]): ClusterSource {
  const files =
    entry.kubeconfig === undefined
      ? defaultKubeconfigs
      : [resolve(dirname(file), entry.kubeconfig)];
  if (files.length === 0)
    throw faulty(file, `entry ${entry.name} has no server and there is no kubeconfig`);
  return contextSource(files, chooseContext(loadKubeconfig(files), entry.context ?? null));
}

function fromServer(file: string, entry: Entry): ClusterSource {
  const at = (path: string): string => resolve(dirname(file), path);
  const server = entry.server ?? '';
  return {
    name: entry.name,
    server,
    origin: file,
    namespaces: null,
    defaultNamespace: null,
    timeZone: 'UTC',
    load: () =>
      kubeConfigOf(
        {
          name: entry.name,
          server,
          skipTLSVerify: false,
          ...(entry.caFile && { caFile: at(entry.caFile) }),
        },
        {
          name: entry.name,
          ...(entry.tokenFile && {
            authProvider: { name: 'tokenFile', config: { tokenFile: at(entry.tokenFile) } },
          }),
        },
        { name: entry.name },
      ),
  };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
