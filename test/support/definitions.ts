import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { z } from 'zod';
import { isJson } from '../../src/world/api/world-object.ts';

const Definition = z.object({
  spec: z.object({
    names: z.object({ kind: z.string() }),
    versions: z.array(
      z.object({ schema: z.object({ openAPIV3Schema: z.record(z.string(), z.unknown()) }) }),
    ),
  }),
});

/** The schema with unknown fields refused where it names its fields: a real server would drop them. */
function closed(schema: object): object {
  const copy = Object.fromEntries(
    Object.entries(schema).map(([key, value]: [string, unknown]) => [
      key,
      isJson(value) ? closed(value) : value,
    ]),
  );
  const names = isJson(copy['properties']) && copy['type'] === 'object';
  return names && !('additionalProperties' in copy)
    ? { ...copy, additionalProperties: false }
    : copy;
}

export interface RealDefinitions {
  present: boolean;
  /** kind → validator of the engine's own definition. */
  validators: () => Map<string, ValidateFunction>;
}

/** The engines' own definitions beside the checkout, in folders by engine. */
export function realDefinitions(engines: readonly string[]): RealDefinitions {
  const folders = engines.map(
    (engine) => new URL(`../../../shared/definitions/${engine}/`, import.meta.url),
  );
  return {
    present: folders.every((folder) => existsSync(folder)),
    validators(): Map<string, ValidateFunction> {
      const ajv = new Ajv({ strict: false });
      formats.default(ajv);
      ajv.addFormat('int32', true);
      ajv.addFormat('int64', true);
      const found = new Map<string, ValidateFunction>();
      for (const folder of folders)
        for (const file of readdirSync(folder)) {
          const text = readFileSync(new URL(file, folder), 'utf8');
          const { names, versions } = Definition.parse(JSON.parse(text)).spec;
          found.set(names.kind, ajv.compile(closed(versions[0]?.schema.openAPIV3Schema ?? {})));
        }
      return found;
    },
  };
}
