const UNITS: [number, string][] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** `3 h 20 min`; two units at most. */
export function duration(seconds: number | null): string {
  if (seconds === null) return 'unknown';
  const whole = Math.round(Math.abs(seconds));
  const first = UNITS.findIndex(([size]) => whole >= size);
  if (first === -1) return '0 s';
  const [size, unit] = UNITS[first] ?? [1, 's'];
  const next = UNITS[first + 1];
  const rest = next === undefined ? 0 : Math.floor((whole % size) / next[0]);
  const tail = next === undefined || rest === 0 ? '' : ` ${rest} ${next[1]}`;
  return `${Math.floor(whole / size)} ${unit}${tail}`;
}

export function bytes(count: number | null): string {
  if (count === null) return 'unknown';
  if (count < 1024) return `${count} B`;
  const power = Math.min(5, Math.floor(Math.log2(count) / 10));
  return `${(count / 1024 ** power).toFixed(1)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'][power]}`;
}

/** `2026-11-20 14:18 UTC (9 h 42 min ago)`. */
export function instant(text: string | null, now: Date): string {
  if (text === null) return 'never';
  const at = new Date(text);
  const seconds = (now.getTime() - at.getTime()) / 1000;
  const relative = seconds >= 0 ? `${duration(seconds)} ago` : `in ${duration(seconds)}`;
  return `${utc(text)} (${relative})`;
}

/** `2026-11-20 14:18 UTC`. */
export function utc(text: string): string {
  return `${new Date(text).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export function ago(text: string | null, now: Date): string {
  return text === null ? 'never' : `${duration((now.getTime() - Date.parse(text)) / 1000)} ago`;
}

/** `4 critical, 9 high`: in the words' own order, without those that count nothing. */
export function countsOf(counts: Record<string, number>, words: readonly string[]): string {
  return words
    .filter((word) => (counts[word] ?? 0) > 0)
    .map((word) => `${counts[word]} ${word}`)
    .join(', ');
}
