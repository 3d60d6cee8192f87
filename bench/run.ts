// npm run bench [judgement | start | requests | postgres | embedded | ledger | forecast | detect …]: measures, prints each figure beside its limit, and ends
// with 1 when a limit is not met. BENCH_RUNS (default 1,000,000) makes a shorter try; its figures are not for quoting.
import { writeFileSync } from 'node:fs';
import { benchDetect, DETECTORS, detectSpeed } from './detect/bench-detect.ts';
import { collectIntoEmbedded, collectIntoPostgres, type CollectFigures } from './collect.ts';
import { benchEmbedded } from './embedded.ts';
import { benchLedger } from './ledger.ts';
import { benchForecast } from './forecast/bench-forecast.ts';
import { reliabilityPlot } from './forecast/reliability-plot.ts';
import { benchJudging } from './judgement/judgement.ts';
import type { Score } from './judgement/score.ts';
import type { PageFigures } from './pages.ts';
import { benchMetrics } from './metrics.ts';
import { benchRequests } from './requests.ts';
import { benchStart } from './start.ts';
import { benchPostgres } from './store.ts';

interface Figure {
  name: string;
  measured: string;
  limit: string;
  /** Null: told beside the others, with no limit of its own. */
  met: boolean | null;
}

const BATCH = 1_000;
const READS = 20;
const runs = Number(process.env['BENCH_RUNS'] ?? 1_000_000);
const options = { runs, batch: BATCH, reads: READS };

const BENCHES: Record<string, () => Promise<Figure[]>> = {
  judgement,
  start,
  requests,
  postgres,
  embedded,
  ledger,
  big,
  fleet,
  metrics,
  forecast,
  detect,
};

async function forecast(): Promise<Figure[]> {
  const { families, own, peer, runsPerSecond } = await benchForecast();
  writeFileSync('docs/images/forecast-reliability.svg', reliabilityPlot(own, peer));
  const scores = families.flatMap(({ family, forecasts, failed, own, peer, outlooks }) => [
    told(`${family}: due times, failed`, `${forecasts}, ${(100 * failed).toFixed(1)} %`, ''),
    better(`${family}: AUC-PR`, own.averagePrecision, peer.averagePrecision, 'above'),
    better(`${family}: Brier score`, own.brier, peer.brier, 'below'),
    told(`${family}: Brier skill`, `${own.skill.toFixed(3)} (peer ${peer.skill.toFixed(3)})`, ''),
    under(`${family}: calibration error`, own.calibration, 0.06),
    ...(['day', 'week'] as const).flatMap((horizon) => {
      const { forecasts, broken, skill, calibration } = outlooks[horizon];
      const name = `${family}: RPO broken within a ${horizon}`;
      return [
        told(`${name}: due times, broken`, `${forecasts}, ${(100 * broken).toFixed(1)} %`, ''),
        told(`${name}: Brier skill`, skill.toFixed(3), ''),
        under(`${name}: calibration error`, calibration, 0.06),
      ];
    }),
  ]);
  return [...scores, told('runs forecast', runsPerSecond, 'runs/s')];
}

/** Against the peer's figure on the same due times. */
function better(name: string, own: number, peer: number, side: 'above' | 'below'): Figure {
  const limit = `${side === 'above' ? '>' : '<'} ${peer.toFixed(4)} (peer)`;
  const met = side === 'above' ? own > peer : own < peer;
  return { name, measured: own.toFixed(4), limit, met };
}

function under(name: string, value: number, limit: number): Figure {
  return { name, measured: value.toFixed(4), limit: `< ${limit}`, met: value < limit };
}

async function detect(): Promise<Figure[]> {
  const seeds = Array.from({ length: 20 }, (_, i) => 401 + i);
  const figures = Object.entries(DETECTORS).flatMap(([name, detector]) =>
    benchDetect(detector, 'final', seeds).map(({ kind, found, planted, ...one }) => {
      const share = Number.isNaN(one.score) ? '' : `, score ${one.score.toFixed(1)}`;
      const text = `${found}/${planted} found, ${one.falsePerThousandRows.toFixed(2)} false per 1,000 rows${share}`;
      return told(`${name}: ${kind}`, text, '');
    }),
  );
  const speed = detectSpeed();
  const limit = { limit: '≥ 100000 rows/s', met: speed >= 100_000 };
  return [...figures, { name: 'rows judged', measured: `${Math.round(speed)} rows/s`, ...limit }];
}

async function start(): Promise<Figure[]> {
  const { first, later } = await benchStart();
  return [
    below('first start to the first finding', first.firstFindingSeconds, 20, 's'),
    below('later start to the first finding', later.firstFindingSeconds, 8, 's'),
    told('first start to the end of the replay', first.replayedSeconds, 's'),
    below('peak memory of the tree, first start', first.peakMegabytes, 400, 'MB'),
    below('peak memory of the tree, later start', later.peakMegabytes, 400, 'MB'),
  ];
}

async function requests(): Promise<Figure[]> {
  const small = await benchRequests(50);
  const large = await benchRequests(500);
  const constant = new Set([...small, ...large]).size === 1;
  return [
    told('requests per quiet cycle, 50 sources', small.join(' '), ''),
    {
      name: 'requests per quiet cycle, 500 sources',
      measured: large.join(' '),
      limit: 'the same',
      met: constant,
    },
  ];
}

async function postgres(): Promise<Figure[]> {
  const figures = await benchPostgres(options);
  if (figures === null) {
    return [{ name: 'PostgreSQL', measured: 'not installed', limit: 'measured', met: false }];
  }
  return [
    above(`runs into PostgreSQL ${figures.version}`, figures.runsPerSecond, 20_000),
    told('the same rows by COPY', figures.copyPerSecond, 'runs/s'),
    ...pages(figures.pages, 50),
  ];
}

async function embedded(): Promise<Figure[]> {
  const figures = await benchEmbedded(options);
  return [
    above('runs into the embedded database', figures.runsPerSecond, 10_000),
    below('peak memory of that process', figures.peakMegabytes, 400, 'MB'),
    ...pages(figures.pages, 150),
  ];
}

async function ledger(): Promise<Figure[]> {
  const figures = await benchLedger(options);
  if (figures === null) {
    return [{ name: 'PostgreSQL', measured: 'not installed', limit: 'measured', met: false }];
  }
  return [
    told(`ledger entries into PostgreSQL ${figures.version}`, figures.entriesPerSecond, 'runs/s'),
    ...pages(figures.pages, 200),
  ];
}

async function metrics(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const claims of [100, 10_000]) {
    const one = await benchMetrics(claims);
    if (one === null)
      return [{ name: 'Prometheus', measured: 'not installed', limit: 'measured', met: false }];
    figures.push(
      below(`requests per cycle, ${claims} claims`, one.requests, 16, ''),
      told(`seconds of that cycle, ${one.samples} samples`, one.seconds, 's'),
      below(`writes of a quiet cycle, ${claims} claims`, one.quietWrites, 1, ''),
    );
  }
  return figures;
}

async function big(): Promise<Figure[]> {
  const postgres = await collectIntoPostgres(['big']);
  return [
    ...(postgres === null ? [] : bigFigures('PostgreSQL', postgres)),
    ...bigFigures('embedded', await collectIntoEmbedded(['big'])),
  ];
}

function bigFigures(into: string, figures: CollectFigures): Figure[] {
  const { firstSeconds, peakMegabytes, quietMs, quietRequests, counts } = figures;
  return [
    told(`${into}: claims and runs`, `${counts.claims} and ${counts.runs}`, ''),
    below(`${into}: first collection, judged`, firstSeconds, 60, 's'),
    below(`${into}: peak memory of the collecting process`, peakMegabytes, 600, 'MB'),
    below(`${into}: a cycle with nothing changed, median`, median(quietMs), 1_000, 'ms'),
    constant(`${into}: its requests`, quietRequests),
  ];
}

async function fleet(): Promise<Figure[]> {
  const clusters = 200;
  const figures = await collectIntoPostgres(['fleet', clusters]);
  if (figures === null) return [];
  const { firstSeconds, peakMegabytes, quietMs, counts } = figures;
  return [
    told('clusters, claims, runs', `${clusters}, ${counts.claims}, ${counts.runs}`, ''),
    told('first collection of all, judged', firstSeconds, 's'),
    below('a cycle of all, the slowest', Math.max(...quietMs) / 1_000, 60, 's'),
    told('a cycle, median of all clusters', median(quietMs), 'ms'),
    told('peak memory of the process', peakMegabytes, 'MB'),
  ];
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function constant(name: string, values: number[]): Figure {
  const met = new Set(values).size === 1;
  return { name, measured: values.join(' '), limit: 'the same', met };
}

/** JUDGED_DAYS makes a shorter try; the default is a year of 100 jobs in each of five worlds. */
async function judgement(): Promise<Figure[]> {
  const { scores, speed, scale } = await benchJudging({
    jobs: 100,
    days: Number(process.env['JUDGED_DAYS'] ?? 365),
    seeds: ['final-4'],
  });
  const of = (scenario: keyof typeof scores, rule: string): Score => scores[scenario].get(rule)!;
  const faults = of('faults', 'findings');
  const kinds = [...faults.byFault.values()].map(({ found, planted }) => found / planted);
  const lost = faults.recall - of('contaminated', 'findings').recall;
  return [
    least('faults: recall', faults.recall, 0.95),
    least('faults: precision', faults.precision, 0.6),
    most('faults: false episodes a job-year', faults.falsePerJobYear, 0.8),
    least('faults: recall of the worst kind', Math.min(...kinds), 0.9),
    told('faults: delay of nine in ten', faults.delayHours, 'h'),
    ...[...faults.byFault].map(([name, row]) => told(`  ${name}`, row.found / row.planted, '')),
    ...[...scores.faults].flatMap(([name, one]) =>
      name === 'findings' || name === 'pages'
        ? []
        : [
            told(
              `faults: ${name}`,
              `${one.recall.toFixed(3)} / ${one.precision.toFixed(3)} / ${one.falsePerJobYear.toFixed(1)}`,
              '',
            ),
          ],
    ),
    most(
      'healthy: findings a day of 1,000 jobs',
      of('healthy', 'findings').falsePerThousandJobDays,
      1,
    ),
    most('healthy: pages a day of 1,000 jobs', of('healthy', 'pages').falsePerThousandJobDays, 1),
    least('gross faults at the fourth run: recall', of('fourth run', 'findings').recall, 0.8),
    most('10 % bad runs: recall lost', lost, 0.03),
    above('points judged', speed.pointsPerSecond, 200_000, 'points/CPU s'),
    told('simple-statistics, median and MAD of 60 anew', speed.recomputedPerSecond, 'points/s'),
    told('augurs, MSTL and ETS', speed.mstlPerSecond, 'points/s'),
    below('100,000 jobs: a tick that ends 2,000 runs', scale.tickSeconds, 2, 's CPU'),
    below('100,000 jobs: restart', scale.restartSeconds, 10, 's CPU'),
    below('100,000 jobs: memory', scale.megabytes, 1_500, 'MB'),
    told('stored row of a job', scale.rowBytes, 'B'),
  ];
}

function least(name: string, value: number, limit: number): Figure {
  return { name, measured: value.toFixed(3), limit: `≥ ${limit}`, met: value >= limit };
}

function most(name: string, value: number, limit: number): Figure {
  return { name, measured: value.toFixed(3), limit: `≤ ${limit}`, met: value <= limit };
}

function pages(figures: PageFigures[], limitMs: number): Figure[] {
  return figures.map(({ page, p50Ms, p95Ms }) => ({
    name: page,
    measured: `p50 ${p50Ms} ms, p95 ${p95Ms} ms`,
    limit: `p95 < ${limitMs} ms`,
    met: p95Ms < limitMs,
  }));
}

function below(name: string, value: number, limit: number, unit: string): Figure {
  return { ...told(name, value, unit), limit: `< ${limit} ${unit}`, met: value < limit };
}

function above(name: string, value: number, limit: number, unit = 'runs/s'): Figure {
  return { ...told(name, value, unit), limit: `≥ ${limit} ${unit}`, met: value >= limit };
}

function told(name: string, value: number | string | null, unit: string): Figure {
  const text =
    typeof value === 'number' ? String(Math.round(value * 10) / 10) : (value ?? 'not reached');
  return { name, measured: `${text} ${unit}`.trim(), limit: '', met: null };
}

function print(bench: string, figures: Figure[]): void {
  const width = Math.max(...figures.map(({ name }) => name.length));
  process.stdout.write(`\n${bench}\n`);
  for (const { name, measured, limit, met } of figures) {
    const verdict = met === null ? '' : met ? 'met' : 'NOT MET';
    const line = `  ${name.padEnd(width)}  ${measured.padEnd(30)}${limit.padEnd(18)}${verdict}`;
    process.stdout.write(`${line.trimEnd()}\n`);
  }
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  process.stderr.write(
    `no such bench: ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}\n`,
  );
  process.exit(2);
}
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const figures = await bench();
  print(name, figures);
  if (figures.some(({ met }) => met === false)) process.exitCode = 1;
}
