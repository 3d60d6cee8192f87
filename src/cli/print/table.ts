import { stripVTControlCharacters } from 'node:util';

/** Text from clusters may carry control characters: they never reach a terminal. */
export function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are the subject
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

function width(text: string): number {
  return stripVTControlCharacters(text).length;
}

function cut(text: string, columns: number): string {
  return width(text) <= columns
    ? text
    : `${stripVTControlCharacters(text).slice(0, Math.max(1, columns - 1))}…`;
}

/** Aligned columns; the last one takes what is left of the line (`columns`: 0 = never cut). */
export function table(head: string[], rows: string[][], columns: number): string {
  const widths = head.map((title, index) =>
    Math.max(width(title), ...rows.map((row) => width(row[index] ?? ''))),
  );
  const taken = widths.slice(0, -1).reduce((sum, each) => sum + each + 2, 0);
  const left = columns > 0 ? Math.max(20, columns - taken) : Number.POSITIVE_INFINITY;
  const line = (cells: string[]): string =>
    cells
      .map((cell, index) =>
        index === cells.length - 1
          ? cut(cell, left)
          : cell + ' '.repeat(Math.max(0, (widths[index] ?? 0) - width(cell))),
      )
      .join('  ')
      .trimEnd();
  return `${[head, ...rows].map(line).join('\n')}\n`;
}

/** Narrower than this, a sentence says nothing. */
const LEAST_PROSE = 40;

/** A table whose last column is a sentence: where the line leaves too little of it, it stands below its row. */
export function proseTable(head: string[], rows: string[][], columns: number): string {
  const short = rows.map((row) => row.slice(0, -1));
  const above = table(head.slice(0, -1), short, 0).split('\n');
  const longest = Math.max(...above.map(width));
  if (columns === 0 || longest + 2 + LEAST_PROSE <= columns) return table(head, rows, columns);
  const below = rows.map((row) => `\n    ${cut(row.at(-1) ?? '', columns - 4)}`);
  return `${above
    .slice(0, -1)
    .map((line, at) => `${line}${below[at - 1] ?? ''}`)
    .join('\n')}\n`;
}
