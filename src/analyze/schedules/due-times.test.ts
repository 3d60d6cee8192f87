import { describe, expect, it } from 'vitest';
import type { Schedule } from '../../domain/facts.ts';
import type { Engine } from '../../domain/words.ts';
import { cadence, dueTimes, intervalSeconds, nextDue, readSchedule } from './due-times.ts';

function cron(expression: string, timeZone = 'UTC', dialect: Engine = 'volsync'): Schedule {
  return { type: 'cron', expression, timeZone, dialect };
}
function due(schedule: Schedule, after: string, until: string): string[] {
  return [...dueTimes(schedule, new Date(after), new Date(until))].map((d) => d.toISOString());
}

const k8up = (expression: string) => readSchedule(cron(expression, 'UTC', 'k8up'));
const kopiur = (expression: string) => readSchedule(cron(expression, 'UTC', 'kopiur'));
const seconds = (value: number) => ({ type: 'interval', seconds: value });

describe('due times', () => {
  it('are after the first instant and up to the last', () => {
    expect(due(cron('0 2 * * *'), '2026-11-01T02:00:00Z', '2026-11-03T02:00:00Z')).toEqual([
      '2026-11-02T02:00:00.000Z',
      '2026-11-03T02:00:00.000Z',
    ]);
  });

  it('read a/b as a to the maximum in steps of b', () => {
    expect(due(cron('20/20 5 * * *'), '2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z')).toEqual([
      '2026-11-01T05:20:00.000Z',
      '2026-11-01T05:40:00.000Z',
    ]);
  });

  it('need either day field when both are restricted, both when one is a star', () => {
    expect(due(cron('0 0 10 * 1'), '2026-11-01T00:00:00Z', '2026-11-12T00:00:00Z')).toEqual([
      '2026-11-02T00:00:00.000Z',
      '2026-11-09T00:00:00.000Z',
      '2026-11-10T00:00:00.000Z',
    ]);
    expect(due(cron('0 0 * * 1'), '2026-11-01T00:00:00Z', '2026-11-12T00:00:00Z')).toHaveLength(2);
    // A star with a step is a restriction of its own in robfig: either field matches.
    expect(due(cron('0 0 */10 * 1'), '2026-11-01T00:00:00Z', '2026-11-12T00:00:00Z')).toEqual([
      '2026-11-02T00:00:00.000Z',
      '2026-11-09T00:00:00.000Z',
      '2026-11-11T00:00:00.000Z',
    ]);
  });

  it('leave out local times that daylight saving skips and fire doubled ones twice', () => {
    const berlin = cron('30 2 * * *', 'Europe/Berlin');
    expect(due(berlin, '2026-03-28T00:00:00Z', '2026-03-31T00:00:00Z')).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
    expect(due(berlin, '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  it('follow half-hour shifts and zones far from UTC', () => {
    expect(
      due(cron('0 1 * * *', 'Australia/Lord_Howe'), '2026-10-02T12:00:00Z', '2026-10-04T20:00:00Z'),
    ).toEqual(['2026-10-02T14:30:00.000Z', '2026-10-03T14:30:00.000Z', '2026-10-04T14:00:00.000Z']);
    expect(
      due(cron('0 1 * * *', 'Pacific/Kiritimati'), '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
    ).toEqual(['2026-01-01T11:00:00.000Z']);
  });

  it('read Velero’s own forms', () => {
    const zoned = cron('CRON_TZ=America/New_York 0 2 * * mon-fri', 'UTC', 'velero');
    expect(nextDue(zoned, new Date('2026-11-20T12:00:00Z'))?.toISOString()).toBe(
      '2026-11-23T07:00:00.000Z',
    );
    expect(readSchedule(cron('@every 1h30m', 'UTC', 'velero'))).toEqual({
      type: 'interval',
      seconds: 5400,
    });
    expect(readSchedule(cron('@every 1h30m')).type).toBe('unknown');
  });

  it('read K8up’s random ones by their period until they are drawn', () => {
    expect(k8up('@daily-random')).toEqual({ type: 'interval', seconds: 86_400 });
    expect(k8up('@hourly-random')).toEqual({ type: 'interval', seconds: 3_600 });
    expect(k8up('@monthly-random')).toMatchObject({ type: 'unknown' });
    expect(k8up('@every 6h')).toEqual({ type: 'interval', seconds: 21_600 });
    expect(k8up('37 4 * * mon').type).toBe('recurrence');
    expect(k8up('@sometimes-random').type).toBe('unknown');
  });

  it('read kopiur’s H by what is left of the schedule', () => {
    expect(kopiur('H * * * *')).toEqual(seconds(3_600));
    expect(kopiur('H H * * *')).toEqual(seconds(86_400));
    expect(kopiur('H 3 * * *')).toEqual(seconds(86_400));
    expect(kopiur('H 3 * * 0')).toEqual(seconds(7 * 86_400));
    expect(kopiur('30 3 * * H')).toEqual(seconds(7 * 86_400));
    expect(kopiur('17 3 * * *').type).toBe('recurrence');
    expect(kopiur('H */6 * * *')).toEqual(seconds(6 * 3_600));
    expect(kopiur('H 3,5 * * *').type).toBe('unknown');
    expect(kopiur('H 3 H * *').type).toBe('unknown');
    expect(kopiur('H 25 * * *').type).toBe('unknown');
  });

  it.each([
    ['', 'fields'],
    ['0 2 * *', '4 fields'],
    ['0 25 * * *', 'hour "25"'],
    ['0 2 * * 7', 'day of week "7"'],
    ['0 2 * * mon', 'day of week "mon"'],
    ['*/0 2 * * *', 'minute'],
    ['5-1 * * * *', 'minute "5-1"'],
    ['1-2-3 * * * *', 'minute'],
    ['1/2/3 * * * *', 'minute'],
    ['@never', 'descriptor'],
    ['H 2 * * *', 'minute "H"'],
  ])('say why %j is unknown', (expression, reason) => {
    const found = readSchedule(cron(expression));
    expect(found).toMatchObject({ type: 'unknown' });
    expect(found.type === 'unknown' && found.reason).toContain(reason);
    expect(nextDue(cron(expression), new Date(0))).toBeNull();
  });

  it('know no zone by a wrong name, and no due time on 30 February', () => {
    expect(readSchedule(cron('0 2 * * *', 'Mars/Olympus')).type).toBe('unknown');
    expect(nextDue(cron('0 0 30 2 *'), new Date('2026-01-01T00:00:00Z'))).toBeNull();
    expect(nextDue(cron('0 0 29 2 *'), new Date('2097-01-01T00:00:00Z'))?.getUTCFullYear()).toBe(
      2104,
    );
  });

  it('give every hour of six years', () => {
    expect(due(cron('0 * * * *'), '2020-01-01T00:00:00Z', '2026-01-01T00:00:00Z')).toHaveLength(
      52_608,
    );
  });
});

describe('the interval', () => {
  it.each([0.5, 1e-300, 0, -60, Number.NaN, Infinity])('of %d s is none', (value) => {
    expect(readSchedule({ type: 'interval', seconds: value }).type).toBe('unknown');
    const [from, until] = [new Date('2026-11-01T00:00:00Z'), new Date('2026-11-02T00:00:00Z')];
    expect([...dueTimes({ type: 'interval', seconds: value }, from, until)]).toEqual([]);
  });

  const at = new Date('2026-01-05T00:00:00Z');
  it('is the median gap, and the longest one is known too', () => {
    expect(intervalSeconds(cron('*/15 * * * *'), at)).toBe(900);
    expect(cadence(cron('0 2 * * 1-5'), at)).toEqual({
      intervalSeconds: 86_400,
      longestGapSeconds: 3 * 86_400,
    });
    expect(intervalSeconds({ type: 'interval', seconds: 7200 }, at)).toBe(7200);
    expect(intervalSeconds({ type: 'manual' }, at)).toBeNull();
    expect(intervalSeconds(cron('nonsense'), at)).toBeNull();
  });
});
