import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { healthyHistory, nightly, nights, seeded } from '../../../test/support/run-lines.ts';
import { FindingLine, RunLine } from '../../domain/run-line.ts';
import { replayRuns } from './replay-runs.ts';
import type { RunLineProblem } from './read-run-lines.ts';

async function replay(lines: Iterable<string>, until?: string): Promise<FindingLine[]> {
  const options = until === undefined ? {} : { until: new Date(until) };
  const findings: FindingLine[] = [];
  for await (const finding of replayRuns(lines, options)) findings.push(finding);
  return findings;
}

async function kinds(lines: Iterable<string>, until?: string): Promise<string[]> {
  return (await replay(lines, until)).map((finding) => finding.kind);
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = seeded(seed);
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function scaled(lines: readonly string[], factor: number): string[] {
  return lines.map((text) => {
    const line = RunLine.parse(JSON.parse(text));
    const { logicalBytes, addedBytes } = line;
    return JSON.stringify({
      ...line,
      logicalBytes: (logicalBytes ?? 0) * factor,
      addedBytes: (addedBytes ?? 0) * factor,
    });
  });
}

async function verdicts(lines: Iterable<string>): Promise<string[]> {
  const findings = await replay(lines);
  return findings.map((f) => `${f.kind} ${f.severity} ${f.raisedAt} ${f.resolvedAt}`);
}

function raised(findings: readonly FindingLine[]): string[] {
  return findings
    .filter((f) => f.raisedAt <= '2026-11-11T12:00:00Z')
    .map((f) => `${f.kind} ${f.raisedAt}`);
}

describe('replaying runs', () => {
  it('raises the missed run of the documented example at its time', async () => {
    const [finding, ...more] = await replay([nightly(1)], '2026-11-02T03:10:00Z');
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      v: 1,
      cluster: 'home',
      resource: 'media/photos',
      policy: 'media/photos',
      kind: 'missed-run',
      severity: 'high',
      raisedAt: '2026-11-02T03:10:00Z',
      resolvedAt: null,
    });
    expect(await replay([nightly(1)], '2026-11-02T03:05:00Z')).toEqual([]);
    expect(() => FindingLine.parse(finding)).not.toThrow();
  });

  it('says nothing of a job that runs as it always did', async () => {
    expect(await replay(nights(1, 20))).toEqual([]);
  });

  it('resolves a missed run when the next one starts', async () => {
    const [finding] = await replay([...nights(1, 5), ...nights(7, 8)]);
    expect(finding).toMatchObject({
      kind: 'missed-run',
      raisedAt: '2026-11-06T03:10:00Z',
      resolvedAt: '2026-11-07T02:05:00Z',
    });
  });

  const wrongPassword = { outcome: 'failed', error: 'Fatal: wrong password or no key found' };
  it.each([
    ['a failed run', [...nights(1, 9), nightly(10, wrongPassword)], ['failed-run']],
    [
      'a streak, which takes the failed run’s place',
      [...nights(1, 9), nightly(10, wrongPassword), nightly(11, wrongPassword)],
      ['failed-run', 'failure-streak'],
    ],
    ['an empty run', [...nights(1, 9), nightly(10, { outcome: 'empty' })], ['empty-run']],
    ['a success without files', [...nights(1, 3), nightly(4, { files: 0 })], ['empty-run']],
    ['a lost half', [...nights(1, 12), nightly(13, { logicalBytes: 150e9 })], ['size-drop']],
    [
      'a collapse at the fourth run',
      [...nights(1, 3), nightly(4, { logicalBytes: 9e9 })],
      ['size-drop'],
    ],
    [
      'a blow-up (FM-32)',
      [...nights(1, 12), nightly(13, { logicalBytes: 1.5e12 })],
      ['size-spike'],
    ],
    [
      'a slow run',
      [...nights(1, 9), nightly(10, { endedAt: '2026-11-10T04:50:00Z' })],
      ['duration-anomaly'],
    ],
    [
      'a run far too fast',
      [...nights(1, 9), nightly(10, { endedAt: '2026-11-10T02:01:00Z' })],
      ['duration-anomaly'],
    ],
    [
      'a locked repository',
      [
        ...nights(1, 9),
        nightly(10, {
          outcome: 'failed',
          error:
            'unable to create lock in backend: repository is already locked exclusively by PID 48 on volsync-src-x by  (UID 0, GID 0)\nlock was created at 2026-11-09 20:36:27 (5h24m12s ago)',
        }),
      ],
      ['repository-locked'],
    ],
  ])('finds %s', async (_, lines, expected) => {
    expect(await kinds(lines)).toEqual(expected);
  });

  it('finds a stuck run, and nothing more until the copy is too old', async () => {
    const lines = [...nights(1, 9), nightly(10, { outcome: 'running', endedAt: null })];
    expect(await kinds(lines, '2026-11-10T12:00:00Z')).toEqual(['stuck-run']);
    expect(await kinds(lines, '2026-11-12T12:00:00Z')).toEqual(['stuck-run', 'rpo-breach']);
  });

  it('finds a copy older than its objective', async () => {
    const hourly = [6, 7, 8, 9].map((day) => nightly(day, { rpoSeconds: 20 * 3_600 }));
    const [finding] = await replay(hourly, '2026-11-09T23:00:00Z');
    expect(finding).toMatchObject({ kind: 'rpo-breach', expected: { value: 72_000 } });
  });

  it('finds runs that fill their interval', async () => {
    const lines = Array.from({ length: 10 }, (_, hour) =>
      nightly(1, {
        schedule: '0 * * * *',
        dueAt: null,
        startedAt: `2026-11-01T0${hour}:00:10Z`,
        endedAt: `2026-11-01T0${hour}:54:00Z`,
      }),
    );
    expect(await kinds(lines)).toEqual(['overrun']);
  });

  it('finds runs that take longer and longer for the same data (FM-31)', async () => {
    const first = Date.parse('2026-10-01T02:00:41Z');
    const lines = Array.from({ length: 56 }, (_, night) => {
      const startedAt = first + night * 86_400_000;
      return nightly(1, {
        startedAt: new Date(startedAt).toISOString(),
        endedAt: new Date(startedAt + 1_759_000 * 1.02 ** night).toISOString(),
      });
    });
    const until = new Date(first + 56 * 86_400_000).toISOString();
    expect(await kinds(lines, until)).toEqual(['duration-creep']);
  });

  it('does not take more data, or a full read, for slowness', async () => {
    const slow = { endedAt: '2026-11-10T04:50:00Z' };
    const more = nightly(10, { ...slow, addedBytes: 40e9 });
    expect(await kinds([...nights(1, 9), more])).toEqual(['size-spike']);
    expect(await kinds([...nights(1, 9), nightly(10, { ...slow, fullRead: true })])).toEqual([]);
  });

  it('finds slowness that more data does not explain where durations never followed the data', async () => {
    const random = seeded(7);
    const evenly = Array.from({ length: 29 }, (_, day) => {
      const addedBytes = Math.round(2e6 * Math.exp(1.2 * random()));
      return nightly(day + 1, { addedBytes });
    });
    const night = { endedAt: '2026-11-30T04:50:00Z', addedBytes: 12e6 };
    expect(await kinds([...evenly, nightly(30, night)])).toEqual(['duration-anomaly']);
  });

  it('finds in two months that an hourly job takes longer and longer', async () => {
    const first = Date.parse('2026-10-01T00:00:10Z');
    const lines = Array.from({ length: 58 * 24 }, (_, hour) => {
      const startedAt = first + hour * 3_600_000;
      return nightly(1, {
        schedule: '0 * * * *',
        dueAt: null,
        startedAt: new Date(startedAt).toISOString(),
        endedAt: new Date(startedAt + 156_000 * 2.6 ** (hour / (58 * 24))).toISOString(),
      });
    });
    const until = new Date(first + 58 * 86_400_000).toISOString();
    expect(await kinds(lines, until)).toEqual(['duration-creep']);
  });

  it('keeps quiet about one failure of an hourly job that its next run repairs', async () => {
    const lines = Array.from({ length: 12 }, (_, hour) => {
      const clock = String(hour).padStart(2, '0');
      return nightly(1, {
        schedule: '0 * * * *',
        dueAt: null,
        startedAt: `2026-11-01T${clock}:00:10Z`,
        endedAt: `2026-11-01T${clock}:04:00Z`,
        outcome: hour === 6 ? 'failed' : 'success',
      });
    });
    expect(await kinds(lines)).toEqual([]);
    expect(await kinds(lines.slice(0, 7), '2026-11-01T07:00:00Z')).toEqual([]);
    expect(await kinds(lines.slice(0, 7), '2026-11-01T07:40:00Z')).toContain('failed-run');
  });

  it('takes an interval instead of a schedule, and expects nothing without either', async () => {
    const bare = { schedule: undefined, dueAt: undefined };
    const every = nights(1, 4).map((_, i) => nightly(i + 1, { ...bare, intervalSeconds: 86_400 }));
    expect(await kinds(every, '2026-11-05T12:00:00Z')).toEqual(['missed-run']);
    const none = nights(1, 4).map((_, i) => nightly(i + 1, bare));
    expect(await kinds(none, '2026-11-15T12:00:00Z')).toEqual([]);
  });

  it('follows a schedule that changes', async () => {
    const later = [5, 6, 7].map((day) =>
      nightly(day, {
        schedule: '0 5 * * *',
        dueAt: `2026-11-0${day}T05:00:00Z`,
        startedAt: `2026-11-0${day}T05:00:41Z`,
        endedAt: `2026-11-0${day}T05:31:10Z`,
      }),
    );
    expect(await kinds([...nights(1, 4), ...later])).toEqual([]);
  });

  it('knows no job to be missed before its first run, whatever the time zone’s clock does', async () => {
    const berlin = [24, 25, 26, 27].map((day) =>
      nightly(1, {
        timeZone: 'Europe/Berlin',
        schedule: '30 3 * * *',
        dueAt: null,
        startedAt: `2026-10-${day}T0${day < 25 ? 1 : 2}:30:20Z`,
        endedAt: `2026-10-${day}T0${day < 25 ? 1 : 2}:50:20Z`,
      }),
    );
    expect(await kinds(berlin)).toEqual([]);
  });
});

describe('the end of a file', () => {
  const other = { policy: 'media/music', resource: 'media/music', schedule: '30 1 * * *' };
  const musicNights = (from: number, to: number, fields = {}) =>
    Array.from({ length: to - from + 1 }, (_, i) => {
      const date = `2026-11-${String(from + i).padStart(2, '0')}`;
      const times = { startedAt: `${date}T01:30:10Z`, endedAt: `${date}T01:35:00Z`, dueAt: null };
      return nightly(from + i, { ...other, ...times, ...fields });
    });

  it('makes nothing missed that was due while its last runs ended', async () => {
    const slow = nightly(10, { endedAt: '2026-11-11T01:55:00Z' });
    expect(await kinds([...nights(1, 9), slow, ...musicNights(1, 10)])).not.toContain('missed-run');
  });

  // Midnights of ten days, and another job due two minutes before; the eleventh midnight is not in the file any more.
  const cutAtMidnight = (tellsDue: boolean) =>
    Array.from({ length: 10 }, (_, i) => {
      const midnight = Date.UTC(2026, 10, i + 1);
      const at = (minutes: number) => new Date(midnight + minutes * 60_000).toISOString();
      const due = (minutes: number) => ({ dueAt: tellsDue ? at(minutes) : null });
      const [start, end] = tellsDue ? [1_478, 1_500] : [1_445, 1_500];
      return [
        nightly(1, { schedule: '0 0 * * *', ...due(0), startedAt: at(1), endedAt: at(2) }),
        nightly(1, {
          ...other,
          schedule: '58 23 * * *',
          ...due(1_438),
          startedAt: at(start),
          endedAt: at(end),
        }),
      ];
    }).flat();

  it.each([true, false])(
    'cut at an instant makes nothing missed (due times told: %s)',
    async (told) => {
      expect(await kinds(cutAtMidnight(told))).not.toContain('missed-run');
    },
  );

  it('still tells a job that stopped while others went on', async () => {
    expect(await kinds([...nights(1, 10), ...musicNights(1, 8)])).toContain('missed-run');
  });
});

describe('bad lines', () => {
  it('are reported with their number, and the rest counts', async () => {
    const problems: RunLineProblem[] = [];
    const lines = [
      'not json',
      '',
      nightly(1),
      nightly(2, { startedAt: '2026-11-02T02:40:00Z', endedAt: '2026-11-02T02:00:00Z' }),
      nightly(3, { logicalBytes: -1, files: 'many' }),
      nightly(4, { v: 2 }),
      nightly(5, { startedAt: 'yesterday' }),
      nightly(6, { startedAt: '2999-01-01T00:00:00Z', endedAt: null }),
      JSON.stringify([1]),
      nightly(2),
    ];
    const onProblem = (problem: RunLineProblem): void => void problems.push(problem);
    for await (const finding of replayRuns(lines, { onProblem })) expect.unreachable(finding.kind);
    expect(problems.map((problem) => problem.line)).toEqual([1, 4, 5, 6, 7, 8, 9]);
    expect(problems[2]?.message).toMatch(/logicalBytes.*files/);
  });

  it('lose only the figures that cannot be: the runs were, and none of them is missed', async () => {
    const wrong = [
      { logicalBytes: -5, addedBytes: -1e300, files: -1 },
      { dedupRatio: 'NaN', files: '∞', logicalBytes: '12' },
      { endedAt: '2026-11-01T00:00:00Z' },
      { endedAt: 'later', error: 7, node: '' },
    ];
    const problems: RunLineProblem[] = [];
    const onProblem = (problem: RunLineProblem): void => void problems.push(problem);
    const lines = [...nights(1, 12), ...wrong.map((fields, i) => nightly(13 + i, fields))];
    for await (const finding of replayRuns([...lines, ...nights(17, 20)], { onProblem }))
      expect.unreachable(finding.sentence);
    expect(problems.map(({ line }) => line)).toEqual([13, 14, 15, 16]);
    expect(problems.every(({ message }) => message.endsWith('taken as unknown'))).toBe(true);
  });

  it('that have a schedule nobody can read, or of too few fields, are reported once', async () => {
    const problems: RunLineProblem[] = [];
    const onProblem = (problem: RunLineProblem): void => void problems.push(problem);
    const cnpg = { engine: 'cnpg', policy: 'crm/nightly' };
    const lines = [1, 2].flatMap((day) => [
      nightly(day, { policy: 'a/one', schedule: '0 25 * * *' }),
      nightly(day, { ...cnpg, schedule: '0 2 * * *' }),
      nightly(day, { ...cnpg, policy: 'crm/six', schedule: '0 0 2 * * *' }),
      nightly(day, { ...cnpg, policy: 'crm/named', schedule: '@every 24h' }),
      nightly(day, { policy: 'a/manual', schedule: null }),
    ]);
    const found = new Set<string>();
    for await (const { policy } of replayRuns(lines, { onProblem })) found.add(policy);
    expect(problems).toEqual([
      { line: 1, message: 'schedule: the hour "25" is not valid; nothing is due by it' },
      {
        line: 2,
        message:
          'schedule: "0 2 * * *" has five fields, and CloudNativePG takes the first for seconds: it is due every 1 h; what it means elsewhere is "0 0 2 * * *"',
      },
    ]);
    expect(found).toEqual(new Set(['crm/nightly']));
  });

  it('do not let one clock in the future make every job late', async () => {
    const lines = [
      ...nights(1, 5),
      nightly(6, { startedAt: '2031-01-01T00:00:00Z', endedAt: null, dueAt: null }),
    ];
    expect(await kinds(lines)).toEqual([]);
  });

  it('say why a schedule means nothing without stopping', async () => {
    const odd = [1, 2, 3].map((day) => nightly(day, { schedule: '99 99 * * *' }));
    expect(await kinds(odd, '2026-11-09T00:00:00Z')).toEqual([]);
  });

  it('an empty file has no findings', async () => {
    expect(await replay([])).toEqual([]);
  });
});

describe('a replay', () => {
  const faulty = [
    ...nights(1, 5),
    ...nights(7, 9),
    nightly(10, { outcome: 'failed', error: 'no space left on device' }),
    nightly(11, { outcome: 'failed', error: 'no space left on device' }),
    ...nights(12, 13),
    nightly(14, { logicalBytes: 1e9 }),
    ...nights(15, 16),
    ...healthyHistory(3, 2, 20),
  ];

  it('does not depend on the order of lines, nor on lines that come twice', async () => {
    const expected = await replay(faulty);
    expect(expected.length).toBeGreaterThan(3);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(faulty.length - 1), async (seed, twice) => {
        expect(await replay(shuffled([...faulty, ...faulty.slice(twice)], seed))).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });

  it('judges the same in any unit of size', async () => {
    const expected = await verdicts(scaled(faulty, 1024));
    for (const factor of [1000 * 1024, 1024 ** 2])
      expect(await verdicts(scaled(faulty, factor))).toEqual(expected);
  });

  it('raises nothing for one more normal run', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 27 }),
        fc.integer({ min: 1_400, max: 2_400 }),
        fc.double({ min: 0.85, max: 1.2, noNaN: true }),
        async (count, seconds, size) => {
          const start = Date.parse(`2026-11-${String(count + 1).padStart(2, '0')}T02:00:30Z`);
          const more = nightly(count + 1, {
            startedAt: new Date(start).toISOString(),
            endedAt: new Date(start + seconds * 1_000).toISOString(),
            logicalBytes: 421_337_000_000 * size,
          });
          expect(await replay([...nights(1, count), more])).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of a prefix gives the same findings up to there', async () => {
    const whole = await replay(faulty, '2026-11-16T12:00:00Z');
    const part = await replay(faulty, '2026-11-11T12:00:00Z');
    expect(raised(part)).toEqual(raised(whole));
  });

  it('of a healthy cluster over 90 days finds at most one false alarm', async () => {
    const runs = healthyHistory(11, 15, 90);
    expect(runs.length).toBeGreaterThan(6_000);
    expect((await replay(runs)).length).toBeLessThanOrEqual(1);
  });
});
