import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { Finding, Status } from '../../src/domain/views.ts';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import type { UserStore } from '../../src/store/port.ts';
import { createStore } from '../../src/store/store.ts';
import { demoSource } from '../../src/wiring/demo-source.ts';
import { closeMetrics, openMetrics } from '../../src/wiring/metrics.ts';
import { PATIENCE_MS } from './patience.ts';
import { USUAL_METRICS } from './play-demo.ts';
import { until } from './program.ts';
import { OWNER } from '../../src/wiring/open-store.ts';
import { watchClusters } from '../../src/wiring/watch-clusters.ts';
import { companyContradictions } from '../../src/world/company/company-metrics.ts';
import { plantedFaults, type CompanyFault } from '../../src/world/company/company-faults.ts';
import { createCompanyWorld } from '../../src/world/company/company-world.ts';

/** A fault of a cluster, or of what its metrics say of it. */
type Planted = Pick<
  CompanyFault,
  'cluster' | 'engine' | 'policy' | 'kind' | 'cause' | 'mayCause' | 'subjects'
> & { script: string };

export interface PlayedCompany {
  status: Status;
  /** Open and resolved. */
  findings: Finding[];
  missing: Planted[];
  /** Open findings that stem from no planted fault. */
  unplanned: Finding[];
}

/** Plays a seed's three weeks in twenty clusters through world, readers, embedded store and judges. */
export async function playCompany(seed: number): Promise<PlayedCompany> {
  const directory = await mkdtemp(join(tmpdir(), `plimsoll-company-${seed}-`));
  const store = createStore(await openEmbeddedDoor({ directory }));
  const world = createCompanyWorld({
    directory: join(directory, 'world'),
    seed,
    graceMs: PATIENCE_MS,
  });
  const stopping = new AbortController();
  try {
    await store.migrate();
    await store.system.ensureTenant(OWNER.tenantId, OWNER.subject);
    const running = await world.start();
    const sources = running.map(demoSource);
    const metrics = await openMetrics(USUAL_METRICS, sources);
    const caughtUp = Promise.withResolvers<void>();
    const waiting = new Set(running.map(({ name }) => name));
    const watches = watchClusters(
      {
        store,
        sources,
        metrics,
        settings: { debounceMs: 150, settleMs: 100 },
        holder: 'test',
        log: pino({ level: 'silent' }),
        onTrouble: (_cluster, error) => caughtUp.reject(error),
        onJudged(name, judgedAt) {
          const demo = running.find((one) => one.name === name);
          if (demo === undefined || demo.replaying()) return;
          if (demo.now().getTime() - judgedAt.getTime() < 60_000) waiting.delete(name);
          if (waiting.size === 0) caughtUp.resolve();
        },
      },
      stopping.signal,
    );
    await caughtUp.promise;
    const workspace = store.as(OWNER);
    const look = async (): Promise<PlayedCompany> => {
      const status = await workspace.readStatus();
      const findings = [
        ...(await allFindings(workspace, 'open')),
        ...(await allFindings(workspace, 'resolved')),
      ];
      const planted = [...plantedFaults(seed), ...contradictions(seed)];
      return { status, findings, ...compare(planted, findings) };
    };
    // No judgement waits for metrics: what they contradict may be told some cycles later.
    const played = await until(look, ({ missing }) => missing.length === 0);
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

async function allFindings(workspace: UserStore, state: 'open' | 'resolved'): Promise<Finding[]> {
  const found: Finding[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<UserStore['listFindings']>> = await workspace.listFindings({
      state,
      limit: 500,
      ...(cursor !== null && { cursor }),
    });
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

/** What the metrics say wrongly, as faults of the policies and locations they speak of. */
function contradictions(seed: number): Planted[] {
  return companyContradictions(seed).map(({ cluster, kind, cause, gauge: { metric, of } }) => {
    const policy = of.includes('/') ? of : `velero/${of}`;
    const engine = policy.startsWith('velero/') ? 'velero' : 'volsync';
    return { cluster, engine, policy, kind, cause, mayCause: [], subjects: [of], script: metric };
  });
}

function compare(planted: Planted[], findings: Finding[]) {
  const open = findings.filter(({ state }) => state === 'open');
  return {
    missing: planted.filter((fault) => !open.some((finding) => shows(finding, fault))),
    unplanned: open.filter((finding) => !planted.some((fault) => stemsFrom(finding, fault))),
  };
}

function shows(finding: Finding, fault: Planted): boolean {
  return (
    finding.kind === fault.kind &&
    touches(finding, fault) &&
    (fault.cause === null || finding.cause?.code === fault.cause)
  );
}

function stemsFrom(finding: Finding, fault: Planted): boolean {
  return (
    (finding.kind === fault.kind || fault.mayCause.includes(finding.kind)) &&
    touches(finding, fault)
  );
}

function touches(finding: Finding, { cluster, policy, subjects }: Planted): boolean {
  if (finding.cluster !== cluster) return false;
  const { policy: own, resource, namespace, evidence } = finding;
  // A repository's trouble is told of neither policy nor claim; it lies where its policy does.
  if (own === null && resource === null) return policy.startsWith(`${namespace}/`);
  const named = [own, resource, ...evidence.map(({ source }) => source)];
  return named.some((name) => subjects.some((subject) => name?.includes(subject)));
}
