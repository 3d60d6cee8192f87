import { weakest, type CostFigure, type FigurePart, type LedgerPart } from '../../domain/ledger.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { EndedRun } from './account-input.ts';
import type { Prices } from './prices.ts';
import type { RunPod } from './run-pods.ts';

const HOURS_A_MONTH = 730;
/** What repository formats write in one request, about. */
const PACK_BYTES = 20 * 2 ** 20;
const CORE_METHOD = 'core-seconds-used/1';
const STORAGE_METHOD = 'added-bytes-kept/1';
const REQUEST_METHOD = 'packs-of-20-MiB/1';

/** Bytes a run newly stored, as they lie in the repository; null: not told. */
export function storedBytesOf(run: Pick<EndedRun, 'storedBytes' | 'addedBytes'>): number | null {
  return run.storedBytes ?? run.addedBytes;
}

/** Hours the stored bytes stay; null: neither the engine nor a setting says. */
export function keptHours(run: EndedRun, keepDays: number | null): number | null {
  if (run.expiresAt !== null)
    return Math.max(0, run.expiresAt.getTime() - run.endedAt.getTime()) / HOUR_MS;
  return keepDays === null ? null : keepDays * 24;
}

/** What a run costs: the core-seconds its pods used, the bytes it added for as long as they stay, and the requests. */
export function costOfRun(run: EndedRun, pods: readonly RunPod[], prices: Prices): CostFigure {
  const found: Record<Exclude<LedgerPart, 'network'>, FigurePart | null> = {
    compute: computeCost(pods, prices),
    storage: storageCost(run, prices),
    requests: requestCost(run, prices),
  };
  const parts = Object.values(found).filter((part) => part !== null);
  const priced = parts.length > 0;
  return {
    amount: priced ? parts.reduce((sum, { value }) => sum + value, 0) : null,
    currency: priced ? prices.currency : null,
    quality: weakest(parts.map(({ quality }) => quality)),
    parts,
    missing: (['compute', 'storage', 'requests'] as const).filter((part) => found[part] === null),
  };
}

function computeCost(pods: readonly RunPod[], { core }: Prices): FigurePart | null {
  if (core === null || pods.length === 0) return null;
  let value = 0;
  for (const { pod } of pods) {
    if (pod.cpuSeconds === null) return null;
    const perHour = core.byNode.get(pod.node ?? '') ?? core.usual;
    value += (pod.cpuSeconds / 3_600) * perHour;
  }
  const { source, factorYear, quality } = core;
  return { part: 'compute', value, method: CORE_METHOD, source, factorYear, quality };
}

function storageCost(run: EndedRun, { storage, keepDays }: Prices): FigurePart | null {
  const bytes = storedBytesOf(run);
  const hours = keptHours(run, keepDays);
  if (storage === null || storage.perGbMonth === null || bytes === null || hours === null)
    return null;
  const months = hours / HOURS_A_MONTH;
  const value = (bytes / storage.gbBytes) * months * storage.perGbMonth;
  const { source, factorYear, quality } = storage;
  return { part: 'storage', value, method: STORAGE_METHOD, source, factorYear, quality };
}

function requestCost(run: EndedRun, { storage }: Prices): FigurePart | null {
  const bytes = storedBytesOf(run);
  if (storage === null || storage.putPer1000 === null || bytes === null) return null;
  const value = (Math.ceil(bytes / PACK_BYTES) / 1_000) * storage.putPer1000;
  const { source, factorYear, quality } = storage;
  return { part: 'requests', value, method: REQUEST_METHOD, source, factorYear, quality };
}
