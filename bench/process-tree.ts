import { readdirSync, readFileSync } from 'node:fs';

/** Resident bytes of a process and all its descendants, now: the sum of RSS, so shared pages count more than once. */
export function treeResidentBytes(rootPid: number): number {
  const parents = new Map<number, number>();
  const resident = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const status = readStatus(entry);
    if (status === null) continue;
    parents.set(Number(entry), status.parent);
    resident.set(Number(entry), status.residentBytes);
  }
  let total = 0;
  for (const [pid, bytes] of resident) if (descends(pid, rootPid, parents)) total += bytes;
  return total;
}

function readStatus(pid: string): { parent: number; residentBytes: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    const parent = Number(/^PPid:\s+(\d+)/m.exec(text)?.[1]);
    const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? 0);
    return { parent, residentBytes: kilobytes * 1024 };
  } catch {
    return null; // ended between listing and reading
  }
}

function descends(pid: number, rootPid: number, parents: Map<number, number>): boolean {
  for (let each: number | undefined = pid; each !== undefined && each > 1; each = parents.get(each))
    if (each === rootPid) return true;
  return false;
}
