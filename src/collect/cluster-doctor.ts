import { AppError } from '../domain/error.ts';
import type { Clock } from '../domain/time.ts';
import type { Engine } from '../domain/words.ts';
import type { EngineReader } from './engine.ts';
import { inventoryKind, wantedKinds } from './discover-read-kinds.ts';
import { mayWe } from './kubernetes/access-review.ts';
import type { ClusterSource } from './kubernetes/cluster-source.ts';
import { discoverKinds, type Discovered } from './kubernetes/discovery.ts';
import { identifyCluster } from './kubernetes/identify-cluster.ts';
import { createKubeClient, type KubeClient } from './kubernetes/kube-client.ts';
import { sourceOf } from './kubernetes/kind-target.ts';
import type { ClusterCheck, ClusterDoctor } from './port.ts';
import type { PrometheusClient } from './prometheus/client.ts';
import { examineMetrics, type ExaminedCluster } from './prometheus/metrics-doctor.ts';
import { READER_SETTINGS } from './reader-settings.ts';

const SKEW_SECONDS = 30;

/** Checks what reading a cluster needs. Asks access reviews, changes nothing, never reads a Secret. */
export function createClusterDoctor(
  source: ClusterSource,
  deps: { engines: EngineReader[]; clock?: Clock; metrics?: PrometheusClient | undefined },
): ClusterDoctor {
  const clock = deps.clock ?? { now: () => new Date() };
  return {
    async examine(signal) {
      const client = createKubeClient(source, READER_SETTINGS);
      const checks: ClusterCheck[] = [];
      const known: ExaminedCluster = { engines: [], aheadSeconds: null };
      try {
        const identity = await identifyCluster(client, source, signal);
        const version = identity.version ?? 'version unknown';
        checks.push(good('reachable', `${source.server} answers, Kubernetes ${version}`));
        checks.push(
          identity.fallback === null
            ? good('identity', `known by kube-system ${identity.clusterId}`)
            : bad('identity', identity.fallback, 'Grant get on namespaces as docs/rbac.yaml does.'),
        );
        known.aheadSeconds = await secondsAhead(client, clock, signal);
        checks.push(clockCheck(known.aheadSeconds));
        const found = await discoverKinds(client, wantedKinds(deps.engines), signal);
        known.engines = servedEngines(deps.engines, found);
        checks.push(enginesCheck(deps.engines, known.engines));
        checks.push(...(await checkRights(client, source, found, signal)));
        checks.push(await checkSecrets(client, signal));
      } catch (error) {
        if (signal.aborted) throw error;
        checks.push(failed(error));
      } finally {
        client.close();
      }
      if (deps.metrics !== undefined)
        checks.push(...(await examineMetrics(deps.metrics, known, clock, signal)));
      return checks;
    },
  };
}

/** By how much the API's clock is ahead of this machine's; null when it does not say. */
async function secondsAhead(
  client: KubeClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<number | null> {
  const before = clock.now().getTime();
  const { date } = await client.get('/version', signal);
  if (date === null) return null;
  // The header has whole seconds: half of one is the best guess.
  return Math.round((date.getTime() + 500 - (before + clock.now().getTime()) / 2) / 1000);
}

function clockCheck(seconds: number | null): ClusterCheck {
  if (seconds === null)
    return {
      check: 'clock',
      ok: 'unknown',
      text: 'the API sends no Date header',
      nextStep: 'Let the proxy pass it on.',
    };
  if (Math.abs(seconds) <= SKEW_SECONDS)
    return good('clock', `the API and this machine agree within ${SKEW_SECONDS} s`);
  const text = `the API’s clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine’s`;
  return bad('clock', text, 'Synchronise both clocks (NTP); judgement uses the API’s.');
}

function servedEngines(engines: EngineReader[], { served }: Discovered): Engine[] {
  const found = engines.filter(({ kinds }) =>
    kinds.some((kind) => served.has(kind) && !inventoryKind(kind)),
  );
  return found.map(({ engine }) => engine);
}

function enginesCheck(engines: EngineReader[], found: readonly Engine[]): ClusterCheck {
  if (found.length > 0) return good('engines', `found ${found.join(', ')}`);
  const known = engines.map(({ engine }) => engine).join(', ');
  return {
    check: 'engines',
    ok: 'unknown',
    text: `none of the engines we read (${known}) is installed`,
    nextStep: 'Install one, or see the guide for the engines that are read.',
  };
}

async function checkRights(
  client: KubeClient,
  source: ClusterSource,
  { served }: Discovered,
  signal: AbortSignal,
): Promise<ClusterCheck[]> {
  const checks: ClusterCheck[] = [];
  for (const kind of served.values()) {
    const scopes = kind.namespaced ? (source.namespaces ?? [null]) : [null];
    const wanted = scopes.flatMap((namespace) =>
      ['list', 'watch'].map((verb) => ({ verb, namespace })),
    );
    const answers = await Promise.all(
      wanted.map(({ verb, namespace }) =>
        mayWe(client, { verb, group: kind.group, resource: kind.plural, namespace }, signal),
      ),
    );
    const missing = wanted
      .filter((_, index) => !answers[index])
      .map(({ verb, namespace }) => (namespace === null ? verb : `${verb} in ${namespace}`));
    const check = `may read ${sourceOf(kind)}`;
    checks.push(
      missing.length === 0
        ? good(check, 'list and watch are allowed')
        : bad(
            check,
            `not allowed: ${missing.join(', ')}`,
            'Apply docs/rbac.yaml, or name the namespaces you may read in the clusters file.',
          ),
    );
  }
  return checks;
}

async function checkSecrets(client: KubeClient, signal: AbortSignal): Promise<ClusterCheck> {
  const readable = await mayWe(
    client,
    { verb: 'get', group: '', resource: 'secrets', namespace: null },
    signal,
  );
  return readable
    ? {
        check: 'secrets',
        // No fault: reading works. An administrator's own kubeconfig may read everything.
        ok: 'unknown',
        text: 'these credentials may read Secrets, which Plimsoll never does',
        nextStep: 'In a cluster, use the narrow role of docs/rbac.yaml instead.',
      }
    : good('secrets', 'Secrets cannot be read, as it should be');
}

function good(check: string, text: string): ClusterCheck {
  return { check, ok: true, text, nextStep: null };
}

function bad(check: string, text: string, nextStep: string): ClusterCheck {
  return { check, ok: false, text, nextStep };
}

function failed(error: unknown): ClusterCheck {
  const text = error instanceof Error ? error.message : String(error);
  const nextStep = error instanceof AppError ? error.nextStep : undefined;
  return bad('reachable', text, nextStep ?? 'Check the kubeconfig with `kubectl get namespaces`.');
}
