import { describe, expect, it } from 'vitest';
import type { MetricsReader, MetricsReport, MetricsWindow } from '../collect/port.ts';
import { emptyMetrics, type MetricsBatch, type MetricsSourceState } from '../domain/metrics.ts';
import { createMetricsCollector } from './collect-metrics.ts';

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 10, 21, 7);
const at = (minutes: number) => new Date(T0 + minutes * MINUTE);
const never = new AbortController().signal;
const GOOD: MetricsReport = { state: 'answers', problems: [] };
const PARTIAL: MetricsReport = { state: 'partial', problems: [] };
const DOWN: MetricsReport = {
  state: 'unreachable',
  problems: [
    {
      source: 'prometheus',
      code: 'unreachable',
      message: 'nothing listens there',
      nextStep: 'Start it.',
      namespaces: null,
      since: at(0),
    },
  ],
};

interface Script {
  stored?: MetricsSourceState | null;
  report?: () => MetricsReport;
  /** From when on a look back leaves something out. */
  missingFrom?: () => Date | null;
  runs?: number;
}

function begin(script: Script = {}) {
  const asked: [string, Date, Date][] = [];
  const states: (MetricsSourceState | null)[] = [];
  const report = script.report ?? (() => GOOD);
  const note = (what: string, { from, until }: MetricsWindow) =>
    void asked.push([what, from, until]);
  const reader: MetricsReader = {
    url: 'http://prometheus',
    collect: async (window) => {
      note('collect', window);
      const whole = report().state === 'answers';
      return { ...report(), whole, witnesses: whole ? [] : null };
    },
    backfill: async (window, sink) => {
      note('backfill', window);
      await sink.save(emptyMetrics('c', window.until));
      return {
        ...report(),
        historyFrom: window.from,
        missingFrom: script.missingFrom?.() ?? null,
      };
    },
    requests: () => 0,
    close() {},
  };
  const collector = createMetricsCollector({
    store: {
      readMetricsState: async () => script.stored ?? null,
      saveMetrics: async (_tenant: string, batch: MetricsBatch) => {
        if (batch.source !== null) states.push(batch.source);
        return { samples: 0, runs: script.runs ?? 0 };
      },
    },
    tenantId: 'local',
    clusterId: 'c',
    reader,
    intervalMs: 5 * MINUTE,
    backfillDays: 10,
  });
  const collect = (minutes: number) => collector.collect(at(minutes), never);
  return { collect, asked, states };
}

const known = (observedAt: Date): MetricsSourceState => ({
  url: 'http://prometheus',
  state: 'answers',
  observedAt,
  historyFrom: at(-9_000),
  problems: [],
});

describe('a cluster’s metrics', () => {
  it('look back at first contact, then go on where the last cycle ended, not with every change of an object', async () => {
    const { collect, asked, states } = begin();
    for (const minutes of [0, 1, 4.9, 12]) await collect(minutes);
    expect(asked).toEqual([
      ['collect', at(-5), at(0)],
      ['backfill', at(-10 * 1_440), at(0)],
      ['collect', at(0), at(4.9)],
      ['collect', at(4.9), at(12)],
    ]);
    expect(states).toEqual([
      {
        url: 'http://prometheus',
        state: 'answers',
        observedAt: at(0),
        historyFrom: at(-14_400),
        problems: [],
      },
    ]);
  });

  it('read the time we were away, and nothing twice after a short one', async () => {
    const away = begin({ stored: known(at(-600)) });
    await away.collect(0);
    expect(away.asked).toEqual([
      ['collect', at(-600), at(0)],
      ['backfill', at(-600), at(0)],
    ]);
    const short = begin({ stored: known(at(-20)) });
    await short.collect(0);
    expect(short.asked).toEqual([['collect', at(-20), at(0)]]);
  });

  it('ask for what is missing of a history again after an hour, from where it is missing, until it is read', async () => {
    let missing: Date | null = at(-300);
    const { collect, asked, states } = begin({ missingFrom: () => missing });
    for (const minutes of [0, 5, 30]) await collect(minutes);
    missing = null;
    for (const minutes of [61, 130]) await collect(minutes);
    expect(asked.filter(([what]) => what === 'backfill')).toEqual([
      ['backfill', at(-14_400), at(0)],
      ['backfill', at(-300), at(61)],
    ]);
    expect(states.map((state) => state?.historyFrom)).toEqual([null, at(-14_400), at(-14_400)]);
  });

  it('ask less and less often for a history that stays in parts, at least once a day', async () => {
    const { collect, asked } = begin({ missingFrom: () => at(-300) });
    for (let hour = 0; hour <= 100; hour += 1) await collect(hour * 60 + 1);
    const hours = asked
      .filter(([what]) => what === 'backfill')
      .map(([, , until]) => (until.getTime() - T0) / 3_600_000);
    expect(hours.map(Math.floor)).toEqual([0, 1, 3, 7, 15, 31, 55, 79]);
  });

  it('lose nothing of a time in which some questions only were answered', async () => {
    let now = GOOD;
    const { collect, asked } = begin({ stored: known(at(-5)), report: () => now });
    await collect(0);
    now = PARTIAL;
    for (const minutes of [5, 30]) await collect(minutes);
    now = GOOD;
    await collect(35);
    expect(asked.slice(1)).toEqual([
      ['collect', at(0), at(5)],
      ['collect', at(0), at(30)],
      ['collect', at(0), at(35)],
    ]);
    now = PARTIAL;
    await collect(40);
    await collect(200);
    expect(asked.slice(-2)).toEqual([
      ['collect', at(35), at(200)],
      ['backfill', at(35), at(200)],
    ]);
  });

  it('read what the store has kept while it could not be reached', async () => {
    let now = GOOD;
    const { collect, asked } = begin({ stored: known(at(-5)), report: () => now });
    await collect(0);
    now = DOWN;
    for (const minutes of [30, 60]) await collect(minutes);
    now = GOOD;
    for (const minutes of [90, 95]) await collect(minutes);
    expect(asked.filter(([what]) => what === 'backfill')).toEqual([['backfill', at(0), at(90)]]);
  });

  it('begin anew with another store', async () => {
    const { collect, asked } = begin({ stored: { ...known(at(-5)), url: 'http://old' } });
    await collect(0);
    expect(asked[1]).toEqual(['backfill', at(-14_400), at(0)]);
  });

  it('say once that the store is down, and once that it is back', async () => {
    let now = DOWN;
    const { collect, asked, states } = begin({ stored: known(at(-5)), report: () => now });
    for (const minutes of [0, 5, 10]) await collect(minutes);
    now = GOOD;
    await collect(15);
    expect(states.map((state) => [state?.state, state?.observedAt])).toEqual([
      ['unreachable', at(-5)],
      ['answers', at(15)],
    ]);
    expect(asked.at(-1)).toEqual(['collect', at(-5), at(15)]);
  });

  it('tell how many runs are new', async () => {
    const { collect } = begin({ runs: 2 });
    expect(await collect(0)).toMatchObject({ runs: 4 });
    expect(await collect(2)).toMatchObject({ runs: 0 });
  });
});
