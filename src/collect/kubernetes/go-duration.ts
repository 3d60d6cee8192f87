const UNIT_SECONDS: Record<string, number> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;

/** A Go duration (`24.08989161s`, `1h2m3.5s`, `-1m3.2s`, `0`) in seconds; null when it is not one. */
export function parseGoDuration(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  const sign = text.startsWith('-') ? -1 : 1;
  const body = text.replace(/^[+-]/, '');
  if (body === '0') return 0;
  if (body === '') return null;
  let seconds = 0;
  let read = 0;
  for (const [part, digits = '', unit = ''] of body.matchAll(PART)) {
    seconds += Number(digits) * (UNIT_SECONDS[unit] ?? Number.NaN);
    read += part.length;
  }
  return read === body.length && Number.isFinite(seconds) ? sign * seconds : null;
}
