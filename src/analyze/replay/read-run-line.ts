import { RunLine } from '../../domain/run-line.ts';

/** What a run is known by stays; what is said of it may be unknown. */
const FIGURES: ReadonlySet<PropertyKey> = new Set([
  'endedAt',
  'dueAt',
  'logicalBytes',
  'addedBytes',
  'files',
  'dedupRatio',
  'error',
  'fullRead',
  'rpoSeconds',
  'node',
  'target',
  'credential',
  'storageClass',
  'engineVersion',
] satisfies (keyof RunLine)[]);

/** A run as far as it can be believed; `problem` is what cannot. Without a line nothing of it counts. */
export interface ReadRunLine {
  line: RunLine | null;
  problem: string | null;
}

/**
 * Reads one run. A figure that cannot be, such as a negative size or an end before the start, counts as unknown: that
 * the backup ran is known all the same, and a run left out would look missed.
 */
export function readRunLine(json: unknown): ReadRunLine {
  const parsed = RunLine.safeParse(json);
  if (parsed.success) return { line: parsed.data, problem: null };
  const { issues } = parsed.error;
  const said = issues.map(({ path, message }) => `${path.join('.') || 'line'}: ${message}`);
  const wrong = issues.map(({ path }) => path[0]);
  const believed = wrong.every((field) => field !== undefined && FIGURES.has(field));
  const rest = believed ? RunLine.safeParse(without(json as object, new Set(wrong))) : null;
  if (!rest?.success) return { line: null, problem: said.join('; ') };
  return { line: rest.data, problem: `${said.join('; ')}; taken as unknown` };
}

function without(json: object, fields: ReadonlySet<PropertyKey | undefined>): object {
  return Object.fromEntries(Object.entries(json).filter(([field]) => !fields.has(field)));
}
