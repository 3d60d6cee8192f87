/** How quantities are said in sentences: two significant units at most, binary bytes, UTC. */
import { MINUTE_MS } from '../../domain/time.ts';

const UNITS: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
];

/** `31 h 10 min`; below two days in hours, so that it compares with targets. */
export function sayDuration(seconds: number): string {
  const rounded = Math.round(Math.abs(seconds));
  const units = rounded < 2 * 86_400 ? UNITS.slice(1) : UNITS;
  const first = units.findIndex(([, size]) => rounded >= size);
  if (first < 0) return '0 s';
  const [unit, size] = units[first] ?? ['s', 1];
  const next = units[first + 1];
  const whole = Math.floor(rounded / size);
  const rest = next ? Math.floor((rounded - whole * size) / next[1]) : 0;
  return rest > 0 && next ? `${whole} ${unit} ${rest} ${next[0]}` : `${whole} ${unit}`;
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export function sayBytes(bytes: number): string {
  if (bytes < 1) return '0 B';
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), BYTE_UNITS.length - 1);
  const value = bytes / 1024 ** power;
  return `${value >= 100 || power === 0 ? value.toFixed(0) : value.toFixed(1)} ${BYTE_UNITS[power]}`;
}

/** `2026-11-02 02:00 UTC`, rounded down to the minute. */
export function sayInstant(at: number): string {
  const minute = new Date(Math.floor(at / MINUTE_MS) * MINUTE_MS).toISOString();
  return `${minute.slice(0, 10)} ${minute.slice(11, 16)} UTC`;
}

export function sayTimes(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
