import type { BacktestReport, BacktestScore } from '../../domain/backtest.ts';
import { utc } from './quantity.ts';
import { table } from './table.ts';

const TROUBLES = ['failure', 'streak', 'empty', 'missed'] as const;

/** A backtest for people: what is told, what is not, what would be new. */
export function sayBacktest(report: BacktestReport, columns: number): string {
  const { today, proposed, examples } = report;
  return [
    `${report.runs} ${report.runs === 1 ? 'run' : 'runs'} of ${report.jobs} ${report.jobs === 1 ? 'job' : 'jobs'}, judged up to ${utc(report.until)}${report.truncated ? '; more are stored, the oldest were left out' : ''}\n`,
    ...report.warnings.map(({ rule, reason }) => `warning: rule ${rule}: ${reason}\n`),
    '\n',
    table(['', 'TODAY', 'PROPOSED'], scoreRows(today, proposed), columns),
    '\n',
    `${report.added} findings added, ${report.removed} removed\n`,
    '\n',
    table(
      ['KIND', 'TODAY', 'PROPOSED', 'NOISE TODAY', 'NOISE PROPOSED', 'ADDED', 'REMOVED'],
      kindRows(report),
      columns,
    ),
    ...listed(
      'Added',
      examples.added.map(({ sentence }) => sentence),
    ),
    ...listed(
      'Removed',
      examples.removed.map(({ sentence }) => sentence),
    ),
    ...listed(
      'Noise',
      examples.noise.map(({ sentence }) => sentence),
    ),
    ...listed(
      'Not told of',
      examples.missed.map(({ sentence }) => sentence),
    ),
    `\n${report.truth}\n`,
  ].join('');
}

function scoreRows(today: BacktestScore, proposed: BacktestScore): string[][] {
  const told = ({ troubles }: BacktestScore, kind: (typeof TROUBLES)[number]): string =>
    `${troubles[kind].caught} of ${troubles[kind].caught + troubles[kind].missed}`;
  return [
    ...TROUBLES.map((kind) => [`${kind} caught`, told(today, kind), told(proposed, kind)]),
    ['findings', String(today.findings), String(proposed.findings)],
    ['confirmed', String(today.confirmed), String(proposed.confirmed)],
    ['marked', String(today.marked), String(proposed.marked)],
    ['noise', String(today.noise), String(proposed.noise)],
  ];
}

function kindRows({ kinds }: BacktestReport): string[][] {
  return kinds.map(({ kind, rule, today, proposed, added, removed }) => [
    rule === null ? kind : `${kind} ${rule}`,
    ...[today.findings, proposed.findings, today.noise, proposed.noise, added, removed].map(String),
  ]);
}

function listed(title: string, sentences: readonly string[]): string[] {
  if (sentences.length === 0) return [];
  return [`\n${title}, e.g.\n`, ...sentences.map((sentence) => `  ${sentence}\n`)];
}
