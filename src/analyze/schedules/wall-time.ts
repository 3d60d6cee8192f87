import { DAY_MS, MINUTE_MS } from '../../domain/time.ts';

const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * The first instant after `after` of one wall-clock day's minutes in a zone; null when all have passed. A local time
 * that daylight saving skips has no instant; one that occurs twice has two. `day` is the wall day's midnight written as
 * if it were UTC, the minutes ascend.
 */
export function instantAfter(
  after: number,
  day: number,
  minutesOfDay: readonly number[],
  timeZone: string,
): number | null {
  const before = timeZone === 'UTC' ? 0 : offsetOfDay(day - DAY_MS, timeZone);
  const behind = timeZone === 'UTC' ? 0 : offsetOfDay(day + 2 * DAY_MS, timeZone);
  if (before !== behind)
    return (
      changingDay(day, minutesOfDay, timeZone, [before, behind]).find((at) => at > after) ?? null
    );
  const midnight = day - before;
  if (midnight + minutesOfDay.at(-1)! * MINUTE_MS <= after) return null;
  for (const minute of minutesOfDay) {
    const instant = midnight + minute * MINUTE_MS;
    if (instant > after) return instant;
  }
  return null;
}

/** The instants of a day on which, or next to which, the clock is changed, ascending. */
function changingDay(
  day: number,
  minutesOfDay: readonly number[],
  timeZone: string,
  offsets: readonly number[],
): number[] {
  const instants = minutesOfDay.flatMap((minute) => {
    const wall = day + minute * MINUTE_MS;
    return offsets
      .map((offset) => wall - offset)
      .filter((instant) => instant + offsetMs(instant, timeZone) === wall);
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
