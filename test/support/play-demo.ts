import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { Finding, Status } from '../../src/domain/views.ts';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import type { Store } from '../../src/store/port.ts';
import { createStore } from '../../src/store/store.ts';
import { homeContradictions } from '../../src/world/home/home-metrics.ts';
import { plantedFaults, type PlantedFault } from '../../src/world/home/planted-faults.ts';
import { createDemoWorld, type RunningDemo } from '../../src/world/playback/demo-world.ts';
import { demoSource } from '../../src/wiring/demo-source.ts';
import { closeMetrics, openMetrics, type ClusterMetrics } from '../../src/wiring/metrics.ts';
import { OWNER } from '../../src/wiring/open-store.ts';
import { watchClusters } from '../../src/wiring/watch-clusters.ts';
import { PATIENCE_MS } from './patience.ts';
import { until } from './program.ts';

/** A fault of the world, or of what its metrics say of it. */
export type Planted = Omit<PlantedFault, 'script'> & { script: string };

export interface PlayedDemo {
  status: Status;
  /** Open ones, and all that resolved. */
  findings: Finding[];
  missing: Planted[];
  /** Open at the end, planted nowhere. */
  unplanned: Finding[];
}

/** The demo when its history has played and is judged; it goes on. */
export interface CaughtUpDemo {
  store: Store;
  running: RunningDemo;
  metrics: ClusterMetrics | undefined;
}

/** As the settings are when nobody sets them. */
export const USUAL_METRICS = {
  prometheus: undefined,
  collectIntervalSeconds: 60,
  prometheusBackfillDays: 90,
};

/** Plays a seed's ninety days through world, reader, embedded store and judge, as `plimsoll demo` does. */
export async function playDemo(
  seed: number,
  inspect: (played: CaughtUpDemo) => Promise<void> = async () => {},
): Promise<PlayedDemo> {
  const directory = await mkdtemp(join(tmpdir(), `plimsoll-demo-${seed}-`));
  const store = createStore(await openEmbeddedDoor({ directory }));
  const world = createDemoWorld({
    directory: join(directory, 'world'),
    seed,
    graceMs: PATIENCE_MS,
    patienceMs: PATIENCE_MS,
  });
  const stopping = new AbortController();
  try {
    await store.migrate();
    await store.system.ensureTenant(OWNER.tenantId, OWNER.subject);
    const running = await world.start();
    const sources = [demoSource(running)];
    const metrics = await openMetrics(USUAL_METRICS, sources);
    const caughtUp = Promise.withResolvers<void>();
    const watches = watchClusters(
      {
        store,
        sources,
        metrics,
        settings: { debounceMs: 150, settleMs: 100 },
        holder: 'test',
        log: pino({ level: 'silent' }),
        onTrouble: (_cluster, error) => caughtUp.reject(error),
        onJudged: (_cluster, judgedAt) => {
          const behind = running.now().getTime() - judgedAt.getTime();
          if (!running.replaying() && behind < 60_000) caughtUp.resolve();
        },
      },
      stopping.signal,
    );
    await caughtUp.promise;
    const workspace = store.as(OWNER);
    const look = async (): Promise<PlayedDemo> => {
      const status = await workspace.readStatus();
      const open = await workspace.listFindings({ state: 'open', limit: 500 });
      const resolved = await workspace.listFindings({ state: 'resolved', limit: 500 });
      const findings = [...open.items, ...resolved.items];
      return { status, findings, ...compare(seed, findings) };
    };
    // No judgement waits for metrics: what they contradict may be told some cycles later.
    const played = await until(look, ({ missing }) => missing.length === 0);
    await inspect({ store, running, metrics: metrics.get(running.name) });
    stopping.abort();
    await watches.ended;
    closeMetrics(metrics);
    return played;
  } finally {
    stopping.abort();
    await world.stop();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function compare(seed: number, findings: Finding[]): { missing: Planted[]; unplanned: Finding[] } {
  const planted = [...plantedFaults(seed), ...contradictions(seed)];
  return {
    missing: planted.filter((fault) => !findings.some((finding) => shows(finding, fault))),
    unplanned: findings
      .filter((finding) => finding.state === 'open')
      .filter((finding) => !planted.some((fault) => stemsFrom(finding, fault))),
  };
}

/** What the metrics say wrongly, as faults of the policies they speak of. */
function contradictions(seed: number): Planted[] {
  return homeContradictions(seed).map(({ kind, cause, gauge: { metric, of, since } }) => {
    const [namespace = '', name = ''] = of.split('/');
    const fault = { kind, cause, namespace, name, since, open: true };
    return { ...fault, script: metric, mayCause: [], subjects: [of] };
  });
}

function shows(finding: Finding, fault: Planted): boolean {
  return (
    finding.kind === fault.kind &&
    (finding.state === 'open') === fault.open &&
    touches(finding, [`${fault.namespace}/${fault.name}`, ...fault.subjects]) &&
    (fault.cause === undefined || finding.cause?.code === fault.cause)
  );
}

function stemsFrom(finding: Finding, fault: Planted): boolean {
  return (
    (finding.kind === fault.kind || fault.mayCause.includes(finding.kind)) &&
    touches(finding, fault.subjects)
  );
}

function touches(finding: Finding, subjects: string[]): boolean {
  const named = [finding.policy, finding.resource, ...finding.evidence.map(({ source }) => source)];
  return named.some(
    (name) =>
      name !== null && subjects.some((subject) => name === subject || name.includes(subject)),
  );
}
