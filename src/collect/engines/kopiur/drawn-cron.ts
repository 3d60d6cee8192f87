/** The parts of a local time that the five fields of a cron expression stand for. */
const PARTS = ['minute', 'hour', 'day', 'month', 'weekday'] as const;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/**
 * The expression with the values that kopiur has drawn for its `H`s, as the next run's time shows them. Jitter moves
 * that time about, so with jitter, or before it is known, the expression stays as declared.
 */
export function drawnCron(
  cron: string,
  next: { at: Date | null; jitter: string | null; timeZone: string },
): string {
  const fields = cron.trim().split(/\s+/);
  if (next.at === null || next.jitter !== null || fields.length !== PARTS.length) return cron;
  if (!fields.includes('H')) return cron;
  const parts = localParts(next.at, next.timeZone);
  if (parts === null) return cron;
  return fields.map((field, index) => (field === 'H' ? String(parts[index]) : field)).join(' ');
}

function localParts(at: Date, timeZone: string): number[] | null {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      minute: 'numeric',
      hour: 'numeric',
      day: 'numeric',
      month: 'numeric',
      weekday: 'short',
    });
    const found = Object.fromEntries(format.formatToParts(at).map((one) => [one.type, one.value]));
    return PARTS.map((part) =>
      part === 'weekday' ? WEEKDAYS.indexOf(found[part] ?? '') : Number(found[part]),
    );
  } catch {
    return null;
  }
}
