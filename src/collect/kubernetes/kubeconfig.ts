import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Cluster, Context, User } from '@kubernetes/client-node';
import { KubeConfig } from './official-client.ts';
import { AppError } from '../../domain/error.ts';
import { kubeConfigOf, type ClusterSource } from './cluster-source.ts';

/** What a kubeconfig, or several merged as kubectl does (the first mention of a name wins), says. */
export interface LoadedKubeconfig {
  files: string[];
  contexts: Context[];
  currentContext: string | null;
  clusters: Cluster[];
  users: User[];
}

/** The files `KUBECONFIG` names that exist. Throws AppError `invalid-setting` when none does. */
export function kubeconfigFiles(setting: string): string[] {
  const named = setting.split(delimiter).filter((file) => file !== '');
  const found = named.filter((file) => existsSync(file));
  if (found.length > 0) return found;
  throw new AppError('invalid-setting', `KUBECONFIG names ${setting}, which does not exist`, {
    nextStep: 'Correct the path, or unset KUBECONFIG to use ~/.kube/config.',
  });
}

export function defaultKubeconfigFile(home = homedir()): string | null {
  const file = join(home, '.kube', 'config');
  return existsSync(file) ? file : null;
}

/** Throws AppError `invalid-setting`, naming the file, when one cannot be read or understood. */
export function loadKubeconfig(files: string[]): LoadedKubeconfig {
  const loaded: LoadedKubeconfig = {
    files,
    contexts: [],
    currentContext: null,
    clusters: [],
    users: [],
  };
  for (const file of files) {
    const config = parseKubeconfig(file);
    loaded.currentContext ??= config.getCurrentContext() || null;
    addNew(loaded.contexts, config.getContexts());
    addNew(loaded.clusters, config.getClusters());
    addNew(loaded.users, config.getUsers());
  }
  return loaded;
}

function parseKubeconfig(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    const text = readFileSync(file, 'utf8');
    if (text.trim() !== '') {
      config.loadFromString(text);
      config.makePathsAbsolute(dirname(file));
    }
    return config;
  } catch (cause) {
    throw new AppError('invalid-setting', `${file} is not a usable kubeconfig: ${reason(cause)}`, {
      nextStep: `Check it with \`kubectl --kubeconfig ${file} config view\`, or name another with KUBECONFIG.`,
      cause,
    });
  }
}

function addNew<T extends { name: string }>(known: T[], more: T[]): void {
  known.push(...more.filter((item) => !known.some(({ name }) => name === item.name)));
}

function reason(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
}

/** The context asked for; without a name the current one, or the only one there is. */
export function chooseContext(loaded: LoadedKubeconfig, wanted: string | null): string {
  const names = loaded.contexts.map(({ name }) => name);
  const name = wanted ?? loaded.currentContext ?? (names.length === 1 ? names[0] : undefined);
  if (name !== undefined && names.includes(name)) return name;
  const where = loaded.files.join(', ');
  const known = names.length === 0 ? 'It has no contexts.' : `It has: ${names.join(', ')}.`;
  throw new AppError(
    'invalid-setting',
    name === undefined ? `${where} sets no current context` : `${where} has no context ${name}`,
    { nextStep: `${known} Run \`kubectl config use-context NAME\`, or set CLUSTERS=NAME.` },
  );
}

/** One context as a source that reads its files again at each `load`. */
export function contextSource(files: string[], context: string): ClusterSource {
  const load = (): KubeConfig => singleContext(loadKubeconfig(files), context);
  const config = load();
  return {
    name: context,
    server: config.getCurrentCluster()?.server ?? '',
    origin: `${files.join(', ')}, context ${context}`,
    namespaces: null,
    defaultNamespace: config.getContextObject(context)?.namespace ?? null,
    timeZone: 'UTC',
    load,
  };
}

function singleContext(loaded: LoadedKubeconfig, name: string): KubeConfig {
  const context = loaded.contexts.find((candidate) => candidate.name === name);
  const cluster = loaded.clusters.find((candidate) => candidate.name === context?.cluster);
  if (context === undefined || cluster === undefined || !URL.canParse(cluster.server ?? ''))
    throw new AppError(
      'invalid-setting',
      `${loaded.files.join(', ')}: context ${name} leads to no cluster with a valid server address`,
      { nextStep: 'Add the cluster with `kubectl config set-cluster NAME --server=https://…`.' },
    );
  const user = loaded.users.find((candidate) => candidate.name === context.user);
  if (user === undefined && context.user)
    throw new AppError(
      'invalid-setting',
      `${loaded.files.join(', ')}: context ${name} names user ${context.user}, which is not defined`,
      { nextStep: 'Add the user with `kubectl config set-credentials`.' },
    );
  return kubeConfigOf(cluster, user ?? { name: '' }, context);
}
