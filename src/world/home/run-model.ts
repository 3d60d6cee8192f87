import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { Workload } from '../engines/workload.ts';
import type { FaultScript } from './planted-faults.ts';
import { createRandom } from './random.ts';
import type { WorldFrame } from './world-event.ts';

/** What one run does, apart from its outcome. */
export interface RunModel {
  /** From the due time to the start. */
  delayMs: number;
  durationMs: number;
  logicalBytes: number;
  addedBytes: number;
  storedBytes: number;
  files: number;
  snapshotId: string;
  /** How long a first, failed attempt takes before a second one succeeds at once; null: none fails. */
  failedAttemptMs: number | null;
}

export const GIB = 1_024 ** 3;
const MIB = 1_024 ** 2;
const RETRY_PROBABILITY = 0.002;
/** The last days before the anchor see no chance failures, so that what is open then was planted. */
const QUIET_BEFORE_ANCHOR_MS = 3 * DAY_MS;
/** Minutes more, for the smallest claim too: some seconds more are nobody’s trouble. */
const SLOW_FACTOR = 12;
const SHRUNK_FACTOR = 0.11;
const BLOWN_UP_FACTOR = 7;
const CREEP_A_DAY = 1.035;
const OVERRUN_SECONDS = 7 * 3_600;

const isWeekend = (at: number): boolean => [0, 6].includes(new Date(at).getUTCDay());

/** The bytes in use: slow growth with a little unrest. */
export function logicalBytesAt(frame: WorldFrame, claim: Workload, at: number): number {
  const keys = [frame.seed, 'growth', claim.namespace, claim.name] as const;
  const daily = createRandom(...keys).between(0, 0.0025);
  const unrest = createRandom(...keys, Math.floor(at / DAY_MS)).lognormal(0.004);
  const days = (at - frame.begin) / DAY_MS;
  return Math.round(claim.gib * GIB * (1 + daily * days) * unrest);
}

/** Bytes that change between two runs, more at the weekend. */
function addedBytesOf(logical: number, periodMs: number, at: number, noise: number): number {
  const share = 0.004 * Math.min(1, periodMs / DAY_MS) ** 0.5;
  return Math.round(Math.max(20_000, logical * share) * noise * (isWeekend(at) ? 1.4 : 1));
}

function secondsOf(logical: number, added: number, noise: number): number {
  return (24 + (logical / GIB) * 1.6 + (added / MIB) * 0.04) * noise;
}

function slownessOf(fault: FaultScript | null, days: number): number {
  if (fault === 'creeping') return CREEP_A_DAY ** days;
  return fault === 'slow' ? SLOW_FACTOR : 1;
}

/** The run due then; depends on seed, claim and due time alone. */
export function runModelOf(
  frame: WorldFrame,
  claim: Workload,
  due: { at: number; periodMs: number },
  fault: FaultScript | null,
): RunModel {
  const random = createRandom(frame.seed, 'run', claim.namespace, claim.name, due.at);
  const whole = logicalBytesAt(frame, claim, due.at);
  const share = fault === 'shrunk' ? SHRUNK_FACTOR : 1;
  const growth = fault === 'blown-up' ? BLOWN_UP_FACTOR : 1;
  const logicalBytes = Math.round(whole * share * growth);
  const addedBytes = addedBytesOf(logicalBytes, due.periodMs, due.at, random.lognormal(0.35));
  const normal = secondsOf(logicalBytes, addedBytes, random.lognormal(0.11));
  const slowed = normal * slownessOf(fault, (due.at - frame.begin) / DAY_MS);
  const seconds = fault === 'overrun' ? OVERRUN_SECONDS * random.lognormal(0.05) : slowed;
  const quiet = due.at < frame.anchor && due.at > frame.anchor - QUIET_BEFORE_ANCHOR_MS;
  const retries = random.chance(RETRY_PROBABILITY) && fault === null && !quiet;
  return {
    delayMs: random.int(1, 4) * SECOND_MS,
    durationMs: Math.round(seconds * SECOND_MS),
    logicalBytes,
    addedBytes,
    storedBytes: Math.round(addedBytes * random.between(0.4, 0.7)),
    files: Math.round(claim.files * (whole / (claim.gib * GIB)) * share),
    snapshotId: random.hex(8),
    failedAttemptMs: retries ? Math.round(random.between(19, 27) * MINUTE_MS) : null,
  };
}
