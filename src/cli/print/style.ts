import { styleText } from 'node:util';
import type { Severity } from '../../domain/words.ts';
import type { Out } from '../deps.ts';

export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** Colour only on a terminal, and never when NO_COLOR is set. */
export function painter(out: Out, noColor: boolean): Paint {
  if (!out.isTerminal || noColor) return (_style, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}

const SEVERITY_STYLE = {
  critical: ['bold', 'red'],
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
} as const;

export function severity(paint: Paint, level: Severity): string {
  return paint([SEVERITY_STYLE[level]].flat(), level);
}
