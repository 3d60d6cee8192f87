import type { Unit } from './rule-fields.ts';

const QUANTITIES: Record<string, readonly [number, Unit]> = {
  B: [1, 'B'],
  kB: [1e3, 'B'],
  MB: [1e6, 'B'],
  GB: [1e9, 'B'],
  TB: [1e12, 'B'],
  KiB: [1024, 'B'],
  MiB: [1024 ** 2, 'B'],
  GiB: [1024 ** 3, 'B'],
  TiB: [1024 ** 4, 'B'],
  s: [1, 's'],
  min: [60, 's'],
  h: [3_600, 's'],
  d: [86_400, 's'],
};

export const QUANTITY_UNITS = Object.keys(QUANTITIES);

/** Words for operators, at their own length. */
const WORDS: Record<string, string> = { and: '&& ', or: '||', not: '!  ' };

/** What no one may call: carries the unit of a quantity through the parser. */
export const BYTES_CALL = '$B';
export const SECONDS_CALL = '$s';

export interface PlainText {
  text: string;
  /** The place in the text as written that a place in the plain text stands for. */
  placeOf(at: number): number;
}

const TOKEN = new RegExp(
  [
    String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`,
    String.raw`(?<![\w.$])(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(${QUANTITY_UNITS.join('|')})(?![\w$])`,
    String.raw`(?<![\w$.])(and|or|not)(?![\w$])`,
  ].join('|'),
  'g',
);

/** Writes quantities such as `10 GiB` and the words and, or, not as the parser knows them; texts in quotes stay. */
export function plainText(written: string): PlainText {
  const moved: { at: number; by: number }[] = [];
  let by = 0;
  const text = written.replace(
    TOKEN,
    (whole: string, number?: string, unit?: string, word?: string, at = 0) => {
      if (word !== undefined) return WORDS[word] ?? whole;
      const quantity = unit === undefined ? undefined : QUANTITIES[unit];
      if (number === undefined || quantity === undefined) return whole;
      const [size, dimension] = quantity;
      const call = dimension === 'B' ? BYTES_CALL : SECONDS_CALL;
      const plain = `${call}(${Number(number) * size})`;
      by += plain.length - whole.length;
      moved.push({ at: Number(at) + by + whole.length, by });
      return plain;
    },
  );
  const placeOf = (at: number): number => at - (moved.findLast((one) => one.at <= at)?.by ?? 0);
  return { text, placeOf };
}
