import { readFile, readdir, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

const LISTENING = '0A';

/** Who listens on a TCP port, as `node (pid 4711)`; null where the system does not tell (not Linux, another user's). */
export async function findPortHolder(port: number): Promise<string | null> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readOrEmpty));
  const inodes = new Set(tables.flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return null;
  const processes = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) {
    if (await holdsSocket(pid, inodes)) {
      return `${await nameOf(pid)} (pid ${pid})`;
    }
  }
  return null;
}

/** The program's file name: a thread may call itself otherwise (Node's calls itself `MainThread`). */
async function nameOf(pid: string): Promise<string> {
  const [program = ''] = (await readOrEmpty(`/proc/${pid}/cmdline`)).split('\0');
  return basename(program) || (await readOrEmpty(`/proc/${pid}/comm`)).trim() || 'a process';
}

/** Columns of /proc/net/tcp, proc(5): slot, local address:port in hex, remote, state, …, inode as the tenth. */
function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(`:${wanted}`) === true && columns[3] === LISTENING)
    .map((columns) => columns[9] ?? '');
}

async function holdsSocket(pid: string, inodes: Set<string>): Promise<boolean> {
  const open = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(
    open.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
  );
  return links.some((link) => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ''));
}

function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
