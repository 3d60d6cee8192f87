// node bench/nab.ts DIRECTORY: the detector on a copy of the Numenta Anomaly Benchmark (its `data` and `labels`), scored by
// its standard profile: 0 is a detector that never alerts, 100 a perfect one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DETECTORS } from './detect/bench-detect.ts';
import type { LabelledSeries } from './detect/labelled-series.ts';
import { scoreSeries } from './detect/score-series.ts';

const directory = process.argv[2];
if (directory === undefined) {
  process.stderr.write('usage: node bench/nab.ts DIRECTORY\n');
  process.exit(2);
}
// oxlint-disable-next-line no-unsafe-type-assertion -- the benchmark's own file
const labels = JSON.parse(
  readFileSync(join(directory, 'labels/combined_windows.json'), 'utf8'),
) as Record<string, [string, string][]>;

function instantOf(text: string): number {
  return Date.parse(`${text.slice(0, 19).replace(' ', 'T')}Z`);
}

function read(file: string, windows: readonly [string, string][]): LabelledSeries {
  const lines = readFileSync(join(directory!, 'data', file), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  const rows = lines.map((line) => {
    const [at = '', value = ''] = line.split(',');
    return { at: instantOf(at), value: Number(value) };
  });
  const place = (text: string): number => rows.findIndex(({ at }) => at === instantOf(text));
  return { kind: file, rows, windows: windows.map(([from, to]) => [place(from), place(to)]) };
}

for (const [name, detect] of Object.entries(DETECTORS)) {
  const scores = Object.entries(labels).map(([file, windows]) => {
    const series = read(file, windows);
    return scoreSeries(series, detect(series));
  });
  const sum = (of: (one: (typeof scores)[number]) => number): number =>
    scores.reduce((total, one) => total + of(one), 0);
  const planted = sum((one) => one.planted);
  const score = (100 * (sum((one) => one.score) + planted)) / (2 * planted);
  const found = `${sum((one) => one.found)}/${planted} found`;
  const wrong = `${sum((one) => one.falseAlerts)} false alerts`;
  process.stdout.write(`${name.padEnd(34)}${score.toFixed(1).padStart(6)}  ${found}, ${wrong}\n`);
}
