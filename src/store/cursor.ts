import { z } from 'zod';
import { AppError } from '../domain/error.ts';

const Key = z.tuple([z.string()], z.union([z.string(), z.number()]));

/** An opaque cursor: which list it belongs to and the sort key of the page's last row. */
export function encodeCursor(list: string, key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url');
}

/** The sort key. AppError `invalid-input` when the text is not a cursor of this list. */
export function decodeCursor(list: string, cursor: string): (string | number)[] {
  const key = Key.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!key.success || key.data[0] !== list || key.data.length < 2)
    throw new AppError('invalid-input', 'the cursor is not one of this list', {
      nextStep: 'Use `nextCursor` of the previous page as it is, or leave it out to begin anew.',
    });
  return key.data.slice(1);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
