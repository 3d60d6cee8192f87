import type { Dialect } from './recurrence.ts';
import { DESCRIPTORS, readRobfig } from './robfig.ts';

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  h: 3_600,
  m: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
};
const DURATION = /^(?:\d+(?:\.\d*)?(?:h|ms|m|s|us|µs|ns))+$/;

/** Velero's schedule: all of robfig's standard parser, with `@every 6h` and the prefixes `CRON_TZ=` and `TZ=`. */
export const readVelero: Dialect = (expression, timeZone) => {
  const text = expression.trim();
  const zoned = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/s.exec(text);
  if (zoned) return readVelero(zoned[2] ?? '', zoned[1] ?? '');
  const every = /^@every\s+(.*)$/.exec(text);
  if (every) return readEvery(every[1] ?? '');
  return readRobfig(text, timeZone, { descriptors: Object.keys(DESCRIPTORS), names: true });
};

/** A Go duration; robfig rounds down to whole seconds and never runs more often than once a second. */
function readEvery(duration: string): ReturnType<Dialect> {
  if (!DURATION.test(duration)) {
    return { type: 'unknown', reason: `"@every ${duration}" does not hold a duration` };
  }
  let seconds = 0;
  for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d*)?)(h|ms|m|s|us|µs|ns)/g)) {
    seconds += Number(amount) * (UNIT_SECONDS[unit ?? ''] ?? 0);
  }
  return { type: 'interval', seconds: Math.max(1, Math.floor(seconds)) };
}
