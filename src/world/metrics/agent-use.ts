import { SECOND_MS } from '../../domain/time.ts';
import { createRandom, uuidOf } from '../home/random.ts';
import type { SeriesSource } from './series-family.ts';

/** Velero's agent of one node: one long-lived pod that moves the files of many backups. */
export interface AgentUse {
  namespace: string;
  pod: string;
  uid: string;
  node: string;
  startedAt: number;
  /** Core-seconds since its start. */
  cpuSeconds: (at: number) => number;
  /** Active joules since its start. */
  joules: (at: number) => number;
}

const IDLE_CORES = 0.01;
const BUSY_CORES = 0.6;
const WATTS_PER_CORE = 11;

/** The agents of the nodes on which files were moved. */
export function agentsOf({ frame, book, plan }: SeriesSource): AgentUse[] {
  const works = Map.groupBy(book.agents, ({ node }) => node);
  return [...works].map(([node, own]) => {
    const suffix = createRandom(frame.seed, 'node-agent', node).hex(5);
    const startedAt = plan.since;
    const cpuSeconds = (at: number): number => {
      const busy = own.reduce(
        (sum, work) =>
          sum + Math.max(0, Math.min(at, work.endedAt) - Math.max(startedAt, work.startedAt)),
        0,
      );
      return (IDLE_CORES * (at - startedAt) + BUSY_CORES * busy) / SECOND_MS;
    };
    return {
      namespace: 'velero',
      pod: `node-agent-${suffix}`,
      uid: uuidOf(frame.seed, 'node-agent', node),
      node,
      startedAt,
      cpuSeconds,
      joules: (at) => cpuSeconds(at) * WATTS_PER_CORE,
    };
  });
}
