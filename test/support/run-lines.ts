/** Simulated run lines: a seeded, healthy history and single lines to plant faults with. */

export interface LineFields {
  [field: string]: unknown;
}

const PHOTOS = {
  v: 1,
  cluster: 'home',
  engine: 'volsync',
  policy: 'media/photos',
  resource: 'media/photos',
  schedule: '0 2 * * *',
  timeZone: 'UTC',
  outcome: 'success',
  logicalBytes: 421_337_000_000,
  addedBytes: 91_230_000,
  files: 120_345,
  dedupRatio: 7.9,
  error: null,
};

/** The nightly run of one day of November 2026: due 02:00, started 41 s later, ended 02:31:10. */
export function nightly(day: number, fields: LineFields = {}): string {
  const date = `2026-11-${String(day).padStart(2, '0')}`;
  return JSON.stringify({
    ...PHOTOS,
    dueAt: `${date}T02:00:00Z`,
    startedAt: `${date}T02:00:41Z`,
    endedAt: `${date}T02:31:10Z`,
    ...fields,
  });
}

export function nights(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => nightly(from + index));
}

export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * Healthy jobs over `days`: daily, six-hourly and hourly, log-normal durations and sizes, growth, and longer Sundays.
 * Every due run whose due time lies before the end is there.
 */
export function healthyHistory(seed: number, jobs: number, days: number): string[] {
  const random = seeded(seed);
  const noise = (sigma: number): number =>
    Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
  const from = Date.UTC(2026, 7, 1);
  const lines: string[] = [];
  for (let job = 0; job < jobs; job += 1) {
    const every = [24, 24, 6, 24, 1][job % 5] ?? 24;
    const logical = 10 ** (6 + random() * 6);
    const usual = 20 + random() * (every === 1 ? 500 : 1_800);
    const scatter = 0.2 + 0.1 * random();
    const minute = Math.floor(random() * 50);
    const hour = every === 24 ? String(Math.floor(random() * 24)) : every === 6 ? '*/6' : '*';
    for (let at = from; at < from + days * DAY; at += HOUR) {
      const clock = new Date(at).getUTCHours();
      if (every === 24 ? clock !== Number(hour) : clock % every !== 0) continue;
      const age = (at - from) / (90 * DAY);
      const weekday = new Date(at).getUTCDay() === 0 ? 1.4 : 1;
      const start = at + minute * 60_000 + 1_000 * Math.floor(20 + 60 * random());
      const seconds = usual * weekday * (1 + 0.4 * age) * noise(scatter);
      lines.push(
        JSON.stringify({
          ...PHOTOS,
          policy: `apps/app-${job}`,
          resource: `apps/app-${job}`,
          schedule: `${minute} ${hour} * * *`,
          startedAt: new Date(start).toISOString(),
          endedAt: new Date(start + Math.round(seconds) * 1_000).toISOString(),
          logicalBytes: Math.round(logical * (1 + 0.5 * age) * noise(0.2)),
          addedBytes: Math.round(logical * 0.01 * weekday * noise(0.8)),
        }),
      );
    }
  }
  return lines;
}
