import { SECOND_MS } from '../../domain/time.ts';
import { createRandom, uuidOf } from '../home/random.ts';
import type { SeriesSource, Window } from './series-family.ts';
import type { WorldMover } from './world-runs.ts';

/** What a pod that moves data uses while it runs; depends on the world's seed and the pod alone. */
export interface MoverUse {
  mover: WorldMover;
  uid: string;
  node: string;
  /** Cores in use on average. */
  cores: number;
  requestedCores: number;
  memoryBytes: number;
  sentBytesPerSecond: number;
  receivedBytesPerSecond: number;
  /** Active power of the package and the memory together. */
  watts: number;
}

const MIB = 1_024 ** 2;
const NODES = 3;

/** The movers whose pods a window may see. */
export function moversIn({ frame, book, plan }: SeriesSource, { from, until }: Window): MoverUse[] {
  return book.movers
    .filter(
      ({ startedAt, endedAt, keptMs }) =>
        endedAt >= plan.since && startedAt <= until && endedAt + keptMs >= from,
    )
    .map((mover) => useOf(frame.seed, mover));
}

const known = new WeakMap<WorldMover, MoverUse>();

function useOf(seed: number, mover: WorldMover): MoverUse {
  const made = known.get(mover) ?? draw(seed, mover);
  known.set(mover, made);
  return made;
}

function draw(seed: number, mover: WorldMover): MoverUse {
  const { namespace, pod, startedAt, endedAt, sentBytes } = mover;
  const random = createRandom(seed, 'mover', namespace, pod);
  const cores = random.between(0.25, 0.9);
  const seconds = (endedAt - startedAt) / SECOND_MS;
  const sent = random.between(0.4, 6) * MIB;
  return {
    mover,
    uid: uuidOf(seed, 'mover', namespace, pod),
    node: `node-${random.int(1, NODES)}`,
    cores,
    requestedCores: 0.5,
    memoryBytes: Math.round(random.between(90, 640) * MIB),
    sentBytesPerSecond: sentBytes === null ? sent : (sentBytes * 1.03) / seconds,
    receivedBytesPerSecond: sent * random.between(0.02, 0.05),
    watts: cores * random.between(9, 14),
  };
}

/** Seconds that a pod has run by then. */
export function secondsRun({ startedAt, endedAt }: WorldMover, at: number): number {
  return Math.max(0, Math.min(at, endedAt) - startedAt) / SECOND_MS;
}
