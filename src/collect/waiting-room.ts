/**
 * Bounded memory of objects that came before what they refer to, by its key. A full room lets
 * the oldest go; a relist brings it back.
 */
export interface WaitingRoom<T> {
  wait(key: string, id: string, item: T): void;
  leave(key: string, id: string): void;
  of(key: string): T[];
}

export function createWaitingRoom<T>(limit: number): WaitingRoom<T> {
  const rooms = new Map<string, Map<string, T>>();
  let size = 0;

  function leave(key: string, id: string): void {
    const room = rooms.get(key);
    if (!room?.delete(id)) return;
    size -= 1;
    if (room.size === 0) rooms.delete(key);
  }

  function dropOldest(): void {
    const [key, room] = rooms.entries().next().value ?? [];
    const id = room?.keys().next().value;
    if (key !== undefined && id !== undefined) leave(key, id);
  }

  return {
    wait(key, id, item) {
      leave(key, id);
      if (size >= limit) dropOldest();
      const room = rooms.get(key) ?? new Map<string, T>();
      rooms.set(key, room.set(id, item));
      size += 1;
    },
    leave,
    of: (key) => [...(rooms.get(key)?.values() ?? [])],
  };
}
