/** Finished pods and deleted claims stay known for objects that still speak of them. */
const REMEMBERED = 20_000;

/** Adds an item to the set under a key, or takes it out; no set is left empty. */
export function changeSet(
  sets: Map<string, Set<string>>,
  key: string,
  item: string,
  present: boolean,
): void {
  const set = sets.get(key) ?? new Set();
  if (present) set.add(item);
  else set.delete(item);
  if (set.size > 0) sets.set(key, set);
  else sets.delete(key);
}

/** Keeps the newest entries only. */
export function remember<T>(memory: Map<string, T>, key: string, value: T): void {
  memory.delete(key);
  memory.set(key, value);
  if (memory.size <= REMEMBERED) return;
  const oldest = memory.keys().next().value;
  if (oldest !== undefined) memory.delete(oldest);
}
