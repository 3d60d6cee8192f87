const SUFFIXES: Record<string, number> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};
const PATTERN = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/;

/**
 * A Kubernetes quantity (`1Gi`, `500M`, `1e3`, `0.5`, `128974848`, `250m`) as a number in base units; null when it
 * is not one. Numbers are taken as they are, since clients may send them unquoted.
 */
export function parseQuantity(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return null;
  const match = PATTERN.exec(value.trim());
  if (match === null) return null;
  const [, digits = '', exponent = '', suffix = ''] = match;
  const number = Number(digits + exponent) * (SUFFIXES[suffix] ?? Number.NaN);
  return Number.isFinite(number) ? number : null;
}

/** The store's largest number of bytes. */
const MOST_BYTES = 2 ** 63;

/**
 * A quantity of bytes as a whole number, rounded up as Kubernetes does; null when it is none, negative, or more than
 * any store holds (8Ei).
 */
export function parseBytes(value: unknown): number | null {
  const number = parseQuantity(value);
  return number === null || number < 0 || number >= MOST_BYTES ? null : Math.ceil(number);
}
