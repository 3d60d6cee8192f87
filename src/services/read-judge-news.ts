import type { ObservedWindow } from '../domain/facts.ts';
import type { Inventory } from '../analyze/cluster/inventory.ts';
import type { LevelMark } from '../domain/judgement.ts';
import type { WholeRun } from '../analyze/cluster/run-memory.ts';
import type { JudgeInput, SystemStore } from '../store/port.ts';

/** Everything that changed since a revision. */
export interface JudgeNews {
  revision: number;
  /** Null: unchanged. */
  inventory: Inventory | null;
  runs: WholeRun[];
  windows: ObservedWindow[];
  marks: LevelMark[];
}

/** A run of a whole namespace has hundreds of volumes, which come with it. */
const RUNS_PER_PAGE = 200;

export interface NewsSource {
  store: Pick<SystemStore, 'readJudgeInput'>;
  tenantId: string;
  clusterId: string;
}

/** Reads in pages until nothing more waits. A run that changes between two pages counts as it is last read. */
export async function readJudgeNews(source: NewsSource, afterRevision: number): Promise<JudgeNews> {
  const runs = new Map<string, WholeRun>();
  const windows: ObservedWindow[] = [];
  const marks: LevelMark[] = [];
  let inventory: Inventory | null = null;
  let revision = afterRevision;
  let inventoryKnown = afterRevision;
  for (;;) {
    const page = await read(source, revision, RUNS_PER_PAGE, inventoryKnown);
    for (const run of wholeRuns(page)) runs.set(run.run.runId, run);
    windows.push(...page.observedWindows);
    marks.push(...page.marks);
    inventory = page.inventory ?? inventory;
    inventoryKnown = Math.max(inventoryKnown, page.inventoryRevision);
    const stuck = page.more && page.revision === revision && page.runs.length === 0;
    revision = page.revision;
    if (!page.more || stuck) break;
  }
  const ordered = [...runs.values()].sort(
    (a, b) =>
      a.run.startedAt.getTime() - b.run.startedAt.getTime() || (a.run.runId < b.run.runId ? -1 : 1),
  );
  return { revision, inventory, runs: ordered, windows, marks };
}

/** The inventory as it is now, whatever has been judged; null when the cluster has none yet. */
export async function readInventory(source: NewsSource): Promise<Inventory | null> {
  return (await read(source, 0, 1, 0)).inventory;
}

function read(
  { store, tenantId, clusterId }: NewsSource,
  after: number,
  limit: number,
  inventoryAfter: number,
) {
  return store.readJudgeInput(tenantId, clusterId, after, limit, inventoryAfter);
}

function wholeRuns(page: JudgeInput): WholeRun[] {
  const whole = new Map<string, WholeRun>();
  for (const run of page.runs) whole.set(run.runId, { run, volumes: [], attempts: [] });
  for (const volume of page.runVolumes) whole.get(volume.runId)?.volumes.push(volume);
  for (const attempt of page.attempts) whole.get(attempt.runId)?.attempts.push(attempt);
  return [...whole.values()];
}
