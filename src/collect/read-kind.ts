import type { EngineReader, KindSpec } from './engine.ts';
import type { KindTarget } from './kubernetes/kind-target.ts';

/** A kind this cluster serves and who takes its objects: the inventory, an engine's reader, or both from one watch. */
export interface ReadKind {
  spec: KindSpec;
  inventory: boolean;
  reader: EngineReader | null;
  target: KindTarget;
  rank: number;
  /** All namespaces it is read in, when it is not read in the whole cluster. */
  among: string[] | null;
}
