import { AppError } from '../../domain/error.ts';
import { createSeriesDetector } from './series-detector.ts';

export interface DetectOptions {
  /** Names of the columns in the header line. */
  timestamp: string;
  value: string;
  /** A row that says nothing; the line number counts from 1, the header is line 1. */
  onProblem?: (line: number, message: string) => void;
}

/**
 * Judges the series in two columns of a CSV text, line by line: the header, then one line out for each row in, which
 * rests on that row and those before it. A row whose timestamp or value cannot be read is unknown: its score and label
 * stay empty and it teaches nothing. Throws AppError `invalid-input` when a column is missing.
 */
export async function* detectCsv(
  lines: Iterable<string> | AsyncIterable<string>,
  options: DetectOptions,
): AsyncGenerator<string> {
  const detector = createSeriesDetector();
  let columns: { timestamp: number; value: number } | null = null;
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line === '') continue;
    const cells = cellsOf(line);
    if (columns === null) {
      columns = findColumns(cells, options);
      yield 'timestamp,value,score,label';
      continue;
    }
    const timestamp = cells[columns.timestamp] ?? '';
    const text = cells[columns.value] ?? '';
    const at = instantOf(timestamp);
    const value = text.trim() === '' ? Number.NaN : Number(text);
    const verdict = at === null ? null : detector.judge(at, value);
    if (verdict === null) {
      const problem = at === null ? `timestamp ${quoted(timestamp)}` : `value ${quoted(text)}`;
      options.onProblem?.(number, `${problem} cannot be read; the row is unknown`);
      yield `${cell(timestamp)},${cell(text)},,`;
    } else {
      const { score, anomalous } = verdict;
      yield `${cell(timestamp)},${cell(text)},${rounded(score)},${anomalous ? 1 : 0}`;
    }
  }
  if (columns === null)
    throw new AppError('invalid-input', 'the CSV has no header line', {
      nextStep: 'The first line names the columns.',
    });
}

function findColumns(header: readonly string[], { timestamp, value }: DetectOptions) {
  const names = header.map((name) => name.replace('\uFEFF', '').trim());
  const find = (wanted: string): number => {
    const index = names.indexOf(wanted);
    if (index >= 0) return index;
    throw new AppError('invalid-input', `the CSV has no column ${quoted(wanted)}`, {
      nextStep: `Its columns are ${names.map(quoted).join(', ')}.`,
    });
  };
  return { timestamp: find(timestamp), value: find(value) };
}

/** Fields of one line; quotes may hold commas and doubled quotes, not line breaks. */
function cellsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  for (let at = 0; at <= line.length;) {
    const quotedEnd = line[at] === '"' ? closingQuote(line, at + 1) : -1;
    const comma = line.indexOf(',', Math.max(at, quotedEnd));
    const end = comma < 0 ? line.length : comma;
    cells.push(
      quotedEnd < 0 ? line.slice(at, end) : line.slice(at + 1, quotedEnd).replaceAll('""', '"'),
    );
    at = end + 1;
  }
  return cells;
}

/** Where the field that begins at `from` ends; -1: its quote is never closed. */
function closingQuote(line: string, from: number): number {
  let at = line.indexOf('"', from);
  while (at >= 0 && line[at + 1] === '"') at = line.indexOf('"', at + 2);
  return at;
}

const DATE =
  /^\s*(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?\s*$/;
/** Numbers below this are seconds since 1970, above it milliseconds: the year 2286. */
const SECONDS_END = 1e10;

/** ms; ISO 8601 or with a space, without a zone as UTC; or seconds or milliseconds since 1970. Null: unreadable. */
function instantOf(text: string): number | null {
  const match = DATE.exec(text);
  if (match === null) {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(number) || Math.abs(number) > 8.64e15) return null;
    return Math.abs(number) < SECONDS_END ? number * 1_000 : number;
  }
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', zone] = match;
  const at = Date.UTC(
    +year!,
    +month! - 1,
    +day!,
    +hour,
    +minute,
    +second,
    Number(`0.${fraction}`) * 1_000,
  );
  return at - zoneMs(zone);
}

function zoneMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * 60_000;
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** For a message: text of a file is data, cut short and without control characters. */
function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}

function rounded(score: number): number {
  return Math.round(score * 1e4) / 1e4;
}
