import type { CompleteList } from '../domain/facts.ts';
import type { Arrivals } from './arrivals.ts';
import type { KubernetesObject } from './engine.ts';
import type { Waiting } from './fact-drain.ts';
import type { FactQueue } from './fact-queue.ts';
import type { Inventory } from './inventory/inventory.ts';
import { sourceOf } from './kubernetes/kind-target.ts';
import { dropManagedFields, field } from './kubernetes/object-meta.ts';
import { forgetLeftOut, holderOf } from './problem-holder.ts';
import type { ProblemBook } from './kubernetes/problem-book.ts';
import { malformedProblem } from './problem-texts.ts';
import type { ReadKind } from './read-kind.ts';
import type { Waker } from './waker.ts';
import { scopeOf } from './watched-kinds.ts';

/** Where the objects of a cluster go: the inventory takes its own at once, those of engines wait in the queue. */
export interface ObjectIntake {
  /** Resolves when there was room for it. */
  take(kind: ReadKind, object: KubernetesObject): Promise<void>;
  takeDeleted(kind: ReadKind, object: KubernetesObject): Promise<void>;
  /** A list is complete: what is not in it is gone. */
  takeListed(kind: ReadKind, uids: ReadonlySet<string>, lists: () => CompleteList[]): Promise<void>;
  /** What of an object could not be understood; none clears what was said of it before. */
  reportFaults(kind: ReadKind, object: KubernetesObject, faults: string[]): void;
}

export interface IntakeDeps {
  inventory: Inventory;
  problems: ProblemBook;
  queue: FactQueue;
  arrivals: Arrivals;
  waker: Waker;
}

export function createObjectIntake(deps: IntakeDeps): ObjectIntake {
  const { inventory, problems, queue, arrivals, waker } = deps;

  async function enqueue(kind: ReadKind, waiting: Waiting): Promise<void> {
    await queue.push({ waiting, orderAt: arrivals.note(scopeOf(kind), waiting.writtenAt) });
  }

  function reportFaults(kind: ReadKind, object: KubernetesObject, faults: string[]): void {
    const key = objectKey(kind, object);
    if (faults.length === 0) problems.clear(key);
    else problems.report(key, malformedProblem(sourceOf(kind.target), object, faults));
  }

  return {
    async take(kind, object) {
      const writtenAt = dropManagedFields(object);
      const { reader, target } = kind;
      if (kind.inventory) {
        reportFaults(kind, object, inventory.take(target.kind, object));
        waker.wake();
      }
      if (reader !== null)
        await enqueue(kind, { reader, kind: target.kind, writtenAt, change: 'object', object });
    },
    async takeDeleted(kind, object) {
      const writtenAt = dropManagedFields(object);
      const { reader, target } = kind;
      problems.clear(objectKey(kind, object));
      if (kind.inventory) {
        inventory.remove(String(field(object, 'metadata', 'uid')));
        waker.wake();
      }
      if (reader !== null)
        await enqueue(kind, { reader, kind: target.kind, writtenAt, change: 'deleted', object });
    },
    async takeListed(kind, uids, lists) {
      const { reader, target } = kind;
      if (kind.inventory) inventory.retain(target.kind, target.namespace, uids);
      forgetLeftOut(problems, `object:${sourceOf(target)}`, target.namespace, uids);
      if (reader !== null)
        await enqueue(kind, {
          reader,
          kind: target.kind,
          writtenAt: null,
          change: 'listed',
          namespace: target.namespace,
          uids,
          lists: lists(),
        });
      waker.wake();
    },
    reportFaults,
  };
}

function objectKey(kind: ReadKind, object: KubernetesObject): string {
  return holderOf(`object:${sourceOf(kind.target)}`, object);
}
