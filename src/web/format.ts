const STEPS: [number, string][] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** `2 d 4 h`: the two largest units; from 100 days on days alone. */
export function duration(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  if (rest === 0) return '0 s';
  const parts: string[] = [];
  for (const [size, unit] of STEPS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2 || count >= 100) break;
  }
  return parts.join(' ');
}

/** `42 %`; what is above zero and below one percent is never shown as zero, nor near certainty as certain. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return '< 1 %';
  if (share < 1 && share > 0.99) return '> 99 %';
  return `${Math.round(share * 100)} %`;
}

/** Binary units, as Kubernetes writes claims. */
export function byteSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return `${value >= 100 || step === 0 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}

/** How an evidence value reads in its unit. */
export function quantity(value: string | number | boolean | null, unit: string): string {
  if (value === null) return 'not known';
  if (typeof value === 'number' && unit === 's') return duration(value);
  if (typeof value === 'number' && unit === 'B') return byteSize(value);
  return String(value);
}

const local = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

export function localTime(iso: string): string {
  return local.format(new Date(iso));
}

/** `3 hours ago`, seen from `now`. */
export function ago(iso: string, now: number): string {
  const seconds = (Date.parse(iso) - now) / 1_000;
  const size = Math.abs(seconds);
  if (size < 60) return 'just now';
  if (size < 3_600) return relative.format(Math.round(seconds / 60), 'minute');
  if (size < 172_800) return relative.format(Math.round(seconds / 3_600), 'hour');
  return relative.format(Math.round(seconds / 86_400), 'day');
}
