import { runIdOf } from '../domain/id.ts';
import type { Engine } from '../domain/words.ts';
import type { EngineReader } from './engine.ts';
import { field, textOf } from './kubernetes/object-meta.ts';

/** Of an engine whose runs are the objects of one kind, known by their UID. */
export function runOfUid(engine: Engine, runKind: string): NonNullable<EngineReader['runIdOf']> {
  return (kind, object, { clusterId }) => {
    const uid = kind === runKind ? textOf(field(object, 'metadata', 'uid')) : null;
    return uid === null ? null : runIdOf(clusterId, engine, uid);
  };
}
