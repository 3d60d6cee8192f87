import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { PrometheusClient } from './client.ts';

const RuntimeInfo = z.object({ data: z.object({ storageRetention: z.string() }) });
const UNITS: Record<string, number> = {
  ms: 1,
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
  y: 365 * DAY_MS,
};

/** How long the store keeps samples, in milliseconds; infinite where it does not say or limits by size alone. */
export async function readRetention(
  client: PrometheusClient,
  signal: AbortSignal,
): Promise<number> {
  const reply = await client.status('runtimeinfo', signal).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return null;
  });
  const parsed = RuntimeInfo.safeParse(reply?.body);
  return parsed.success ? retentionOf(parsed.data.data.storageRetention) : Infinity;
}

/** `15d`, `1y2w`, `15d or 10GiB`, `10GiB`. */
export function retentionOf(text: string): number {
  const [time] = text.split(' or ');
  const parts = [...(time ?? '').matchAll(/(\d+)(ms|[smhdwy])/g)];
  if (parts.map(([part]) => part).join('') !== time?.trim()) return Infinity;
  const total = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
  return total > 0 ? total : Infinity;
}
