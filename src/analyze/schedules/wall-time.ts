import { DAY_MS, MINUTE_MS } from '../../domain/time.ts';

const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * The instants of one wall-clock day's minutes in a zone, ascending. A local time that daylight saving skips has no
 * instant; one that occurs twice has two. `day` is the wall day's midnight written as if it were UTC.
 */
export function instantsOfDay(
  day: number,
  minutesOfDay: readonly number[],
  timeZone: string,
): number[] {
  if (timeZone === 'UTC') return minutesOfDay.map((minute) => day + minute * MINUTE_MS);
  const before = offsetOfDay(day - DAY_MS, timeZone);
  const after = offsetOfDay(day + 2 * DAY_MS, timeZone);
  if (before === after) return minutesOfDay.map((minute) => day + minute * MINUTE_MS - before);
  const instants = minutesOfDay.flatMap((minute) => {
    const wall = day + minute * MINUTE_MS;
    return [wall - before, wall - after].filter(
      (instant) => instant + offsetMs(instant, timeZone) === wall,
    );
  });
  return instants.sort((a, b) => a - b);
}

const REMEMBERED = 10_000;
const offsets = new Map<string, number>();

/** The offset at a midnight, remembered: the formatter takes longer than all else that a due time needs. */
function offsetOfDay(day: number, timeZone: string): number {
  const key = `${day} ${timeZone}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  if (offsets.size >= REMEMBERED) offsets.clear();
  const offset = offsetMs(day, timeZone);
  offsets.set(key, offset);
  return offset;
}

/** What the zone's clock is ahead of UTC at an instant. */
export function offsetMs(instant: number, timeZone: string): number {
  const parts = formatterOf(timeZone).formatToParts(instant);
  const part = (type: string): number => Number(parts.find((p) => p.type === type)?.value ?? 0);
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return wall - Math.floor(instant / 1_000) * 1_000;
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}
