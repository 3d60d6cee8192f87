import type { Engine } from './words.ts';

/** A text that holds for every engine, and what it is for those that have a way or names of their own. */
export type EngineText = string | ({ any: string } & Partial<Record<Engine, string>>);

/** What the text says to people of this engine; null: the engine is not known. */
export function textFor(text: EngineText, engine: Engine | null): string {
  if (typeof text === 'string') return text;
  return (engine === null ? undefined : text[engine]) ?? text.any;
}
