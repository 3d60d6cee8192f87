import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../domain/error.ts';
import type { CalibrationFilter, Finding, Page } from '../domain/views.ts';
import { CALIBRATION, FORECAST } from '../../test/support/fake-forecasts.ts';
import type { CliDeps, Connection, Out } from './deps.ts';
import { createProgram, runProgram } from './program.ts';

function paper(): Out & { text(): string } {
  let written = '';
  return {
    write: (text) => (written += text),
    isTerminal: false,
    columns: 80,
    text: () => written,
  };
}

function refuse(): never {
  throw new Error('not called in this test');
}

const finding: Finding = {
  findingId: 'f1',
  fingerprint: 'p1',
  clusterId: 'c1',
  cluster: 'home',
  kind: 'missed-run',
  severity: 'high',
  state: 'open',
  namespace: 'media',
  policyId: 'p',
  policy: 'media/photos',
  resourceId: 'r',
  resource: 'media/photos',
  repositoryId: null,
  raisedAt: '2026-11-02T03:10:00.000Z',
  lastSeenAt: '2026-11-02T03:10:00.000Z',
  resolvedAt: null,
  resolvedBy: null,
  previousFindingId: null,
  observed: { value: null, unit: 'time', text: 'no run' },
  expected: { value: null, unit: 'time', text: '02:00' },
  cause: null,
  evidence: [],
  sentence: 'Due 02:00;\u001b[2J not seen for 1 h 10 min.',
  nextStep: 'Look at the mover.',
  delivery: null,
  deliveryReason: null,
  incident: null,
  events: [],
};

function depsWith(
  parts: Partial<CliDeps>,
): CliDeps & { out: ReturnType<typeof paper>; err: ReturnType<typeof paper> } {
  const out = paper();
  const err = paper();
  return {
    connect: refuse,
    serve: refuse,
    collectOnce: refuse,
    migrate: refuse,
    doctor: refuse,
    analyze: refuse,
    backtest: refuse,
    forecast: refuse,
    detect: refuse,
    createSignInLink: refuse,
    openRuns: refuse,
    now: () => new Date('2026-11-02T04:10:00Z'),
    ...parts,
    out,
    err,
  };
}

function connected(pages: Page<Finding>[]): Partial<CliDeps> {
  let read = 0;
  const workspace = new Proxy(
    {},
    {
      get: (_target, name) =>
        name === 'listFindings'
          ? () => Promise.resolve(pages[read++])
          : name === 'listClusters'
            ? () => Promise.resolve({ items: [{ clusterId: 'c1', name: 'home' }] })
            : refuse,
    },
  );
  return {
    connect: () =>
      Promise.resolve({
        workspace: workspace as never,
        via: 'test',
        demo: false,
        close: () => Promise.resolve(),
      }),
  };
}

async function run(deps: ReturnType<typeof depsWith>, ...argv: string[]): Promise<number> {
  return runProgram(createProgram(deps, '0.0.0'), argv, deps.err);
}

describe('command line', () => {
  beforeEach(() => (process.exitCode = undefined));
  afterEach(() => (process.exitCode = undefined));

  it('prints help with examples for every command', async () => {
    const names = createProgram(depsWith({}), '0').commands.map((command) => command.name());
    expect(names).toEqual(
      expect.arrayContaining([
        'serve',
        'demo',
        'status',
        'show',
        'findings',
        'risk',
        'recommendations',
        'ledger',
        'coverage',
        'exempt',
        'collect',
        'analyze',
        'migrate',
        'doctor',
        'sign-in',
      ]),
    );
    for (const name of names) {
      const deps = depsWith({});
      expect(await run(deps, name, '--help')).toBe(0);
      expect(deps.out.text()).toContain(`plimsoll ${name}`);
      expect(deps.out.text()).toContain('Example');
    }
  });

  it('lists findings over several pages and keeps control characters from the terminal', async () => {
    const deps = depsWith(
      connected([
        { items: [finding], nextCursor: 'x' },
        { items: [finding], nextCursor: null },
      ]),
    );
    expect(await run(deps, 'findings')).toBe(0);
    expect(deps.out.text().match(/missed-run/g)).toHaveLength(2);
    expect(deps.out.text()).not.toContain('\u001b');
  });

  it('prints JSON that says whether rows were left out', async () => {
    const deps = depsWith(connected([{ items: [finding], nextCursor: 'x' }]));
    await run(deps, 'findings', '--json', '--limit', '1');
    expect(JSON.parse(deps.out.text())).toEqual({ items: [finding], more: true });
  });

  it('exits with 3 when a finding reaches --fail-on, and with 0 below it', async () => {
    expect(
      await run(
        depsWith(connected([{ items: [finding], nextCursor: null }])),
        'findings',
        '--fail-on',
        'medium',
      ),
    ).toBe(3);
    process.exitCode = undefined;
    expect(
      await run(
        depsWith(connected([{ items: [finding], nextCursor: null }])),
        'findings',
        '--fail-on',
        'critical',
      ),
    ).toBe(0);
  });

  it('never calls a cluster free of findings that it does not know', async () => {
    const deps = depsWith(connected([{ items: [], nextCursor: null }]));
    expect(await run(deps, 'findings', '--cluster', 'hom', '--fail-on', 'high')).toBe(1);
    expect(deps.err.text()).toContain('no cluster hom has been read');
    expect(deps.err.text()).toContain('home (c1)');
    expect(await run(deps, 'findings', '--cluster', 'home')).toBe(0);
  });

  it('says of a file without lines that nothing was judged', async () => {
    const empty = depsWith({
      async *openRuns() {
        yield* ['', ' '];
      },
      async *analyze(lines) {
        for await (const line of lines) if (line === '{}') yield {};
      },
    });
    expect(await run(empty, 'analyze', '--runs', 'x')).toBe(0);
    expect(empty.err.text()).toContain('nothing was judged');
  });

  it('exits with 1 after a backtest that could not use every line', async () => {
    const report = { runs: 1, jobs: 1 } as never;
    const deps = depsWith({
      async *openRuns() {
        yield 'rubbish';
      },
      backtest: async (_lines, _request, options) => {
        options.onProblem(1, 'is not JSON');
        return report;
      },
    });
    expect(await run(deps, 'backtest', '--runs', 'x', '--json')).toBe(1);
    expect(deps.err.text()).toContain('line 1: is not JSON');
  });

  it.each([
    [['findings', '--state', 'sad']],
    [['show', 'photos']],
    [['risk', '--limit', 'many']],
    [['ledger', '--by', 'mood']],
    [['ledger', '--since', 'yesterday']],
    [['nonsense']],
    [['exempt', 'a/b']],
    [['analyze']],
    [['demo', '--speed', 'fast']],
    [['demo', '--world', 'mars']],
    [['collect']],
  ])('exits with 2 and says why: %j', async (argv) => {
    const deps = depsWith(connected([]));
    expect(await run(deps, ...argv)).toBe(2);
    expect(deps.err.text()).not.toBe('');
    expect(deps.err.text()).not.toMatch(/\n\s+at /);
  });

  it('names the cause and the next step of a failure, without a stack', async () => {
    const deps = depsWith({
      connect: () =>
        Promise.reject(
          new AppError('store-unreachable', 'the database does not answer', {
            nextStep: 'Start it.',
          }),
        ),
    });
    expect(await run(deps, 'status')).toBe(1);
    expect(deps.err.text()).toBe('plimsoll: the database does not answer\nStart it.\n');
  });
});

describe('plimsoll forecast', () => {
  const workspace = {
    listForecasts: async () => ({ items: [FORECAST], nextCursor: null }),
    readForecastCalibration: async () => CALIBRATION,
  } as unknown as Connection['workspace'];
  const connect = async () => ({ workspace, via: 'test', demo: false, close: async () => {} });
  const run = async (argv: string[], parts: Partial<CliDeps> = {}) => {
    const deps = depsWith({ connect, ...parts });
    const code = await runProgram(createProgram(deps, '0'), argv, deps.err);
    return { code, out: deps.out.text(), err: deps.err.text() };
  };

  it('prints what is likely and why, and how such statements turned out', async () => {
    const { out } = await run(['forecast']);
    expect(out).toContain('31 %');
    expect(out).toContain('the last run failed');
    const table = await run(['forecast', '--calibration']);
    expect(table.out).toContain('200 forecasts from 2026-11-01 to 2026-11-20; 9 failed');
    expect(table.out).toContain('60 %');
  });

  it('tells how the chances of a broken RPO turned out when asked for them', async () => {
    const asked: unknown[] = [];
    const answering = {
      readForecastCalibration: async (query: CalibrationFilter) => {
        asked.push(query);
        return { ...CALIBRATION, about: query.about, forecasts: asked.length - 1, failed: 0 };
      },
    } as unknown as typeof workspace;
    const week = ['forecast', '--calibration', '--about', 'rpo-within-week'];
    const parts = {
      connect: async () => ({ workspace: answering, via: '', demo: false, close: async () => {} }),
    };
    expect((await run(week, parts)).out).toContain('No forecast of the RPO');
    expect((await run(week, parts)).out).toMatch(/1 forecasts of an RPO broken within a week from/);
    expect(asked).toEqual([{ about: 'rpo-within-week' }, { about: 'rpo-within-week' }]);
    expect((await run(['forecast', '--calibration', '--about', 'weather'])).code).toBe(2);
    const alone = await run(['forecast', '--about', 'rpo-within-day'], { connect: refuse });
    expect(alone).toMatchObject({ code: 2, out: '' });
    expect(alone.err).toContain('plimsoll forecast --calibration --about rpo-within-day');
  });

  it('says that nothing is known instead of showing zeros', async () => {
    const nothing = { ...CALIBRATION, forecasts: 0, bins: [], brier: null };
    const silent = { readForecastCalibration: async () => nothing } as unknown as typeof workspace;
    const { out } = await run(['forecast', '--calibration'], {
      connect: async () => ({ workspace: silent, via: 'test', demo: false, close: async () => {} }),
    });
    expect(out).toContain('nothing can be said');
  });

  it('reads a file without any connection', async () => {
    const told = await run(['forecast', '--runs', 'x'], {
      connect: refuse,
      openRuns: async function* () {
        yield '{}';
      },
      forecast: async function* () {
        yield { probability: 0.5 };
      },
    });
    expect(told).toMatchObject({ code: 0, out: '{"probability":0.5}\n' });
    expect((await run(['forecast', '--missed'])).code).toBe(2);
  });
});
