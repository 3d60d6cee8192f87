import { z } from 'zod';
import type { JobStateRow } from '../../domain/judgement.ts';

/** Rows are written by this room alone, so that being an object is proof enough. */
export const ownRow = <T extends object>() =>
  z.custom<T>((value) => typeof value === 'object' && value !== null);

/** What we wrote as JSON into a row of our own; null when it is no JSON object (damaged). The shape is ours to know. */
export function readRow<T extends object>(row: JobStateRow, shape: z.ZodType<T>): T | null {
  try {
    return shape.parse(JSON.parse(row.state));
  } catch {
    return null;
  }
}
