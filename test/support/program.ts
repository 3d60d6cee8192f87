import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PATIENCE_MS } from './patience.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const Package = z.object({ scripts: z.object({ start: z.string() }) });
/** The start script's own flags for node, so that what is tested is what people run. */
const FLAGS = Package.parse(JSON.parse(readFileSync(join(CHECKOUT, 'package.json'), 'utf8')))
  .scripts.start.split(' ')
  .filter((word) => word.startsWith('--'));

export const ADMIN_KEY = 'end-to-end-key-0123456789';

export interface Finished {
  code: number | null;
  out: string;
  err: string;
}

/** One started program; what it has printed so far, and how it ends. */
export interface Started {
  pid: number;
  printed(): string;
  /** The first match in what it prints; fails when it ends before, or never says it. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<Finished>;
}

/** A machine's home of its own: no kubeconfig, no settings, a data directory that is thrown away. */
export interface ProgramHome {
  directory: string;
  dataDir: string;
  /** `npm start`, without npm. */
  start(environment?: Record<string, string>): Started;
  /** `npx plimsoll …`, not awaited. */
  launch(args: string[], environment?: Record<string, string>): Started;
  /** `npx plimsoll …` to its end. */
  run(args: string[], environment?: Record<string, string>, input?: string): Promise<Finished>;
  /** A kubeconfig for one server; its path. */
  kubeconfig(server: string, token?: string): Promise<string>;
  /** Ends what still runs and forgets everything. */
  remove(): Promise<void>;
}

export async function createProgramHome(): Promise<ProgramHome> {
  const directory = await mkdtemp(join(tmpdir(), 'plimsoll-program-'));
  const dataDir = join(directory, 'data');
  await mkdir(join(directory, 'home'));
  const base = {
    PATH: process.env['PATH'] ?? '',
    HOME: join(directory, 'home'),
    DATA_DIR: dataDir,
    PORT: '0',
    ADMIN_API_KEY: ADMIN_KEY,
  };
  const running = new Set<Started>();
  const begin = (args: string[], environment: Record<string, string>, input = ''): Started => {
    const started = startProcess(args, { ...base, ...environment }, input);
    running.add(started);
    void started.ended.then(() => running.delete(started));
    return started;
  };
  const launch: ProgramHome['launch'] = (args, environment = {}) =>
    begin(['src/cli.ts', ...args], environment);
  return {
    directory,
    dataDir,
    start: (environment = {}) => begin(['src/main.ts'], environment),
    launch,
    run: (args, environment = {}, input) =>
      begin(['src/cli.ts', ...args], environment, input).ended,
    async kubeconfig(server, token) {
      const path = join(directory, 'kubeconfig.json');
      await writeFile(path, JSON.stringify(kubeconfigOf(server, token)));
      return path;
    },
    async remove() {
      for (const each of running) each.kill('SIGKILL');
      await Promise.all([...running].map(({ ended }) => ended));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function startProcess(args: string[], env: Record<string, string>, input: string): Started {
  const child = spawn(process.execPath, [...FLAGS, ...args], { cwd: CHECKOUT, env });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  let isOver = false;
  const ended = once(child, 'close').then(() => {
    isOver = true;
    return { code: child.exitCode, out, err };
  });
  return {
    pid: child.pid ?? 0,
    printed: () => out + err,
    kill: (signal) => void child.kill(signal),
    ended,
    async says(pattern) {
      const late = performance.now() + PATIENCE_MS;
      for (;;) {
        const match = pattern.exec(out + err);
        if (match !== null) return match;
        if (isOver || performance.now() > late)
          throw new Error(`${isOver ? 'ended' : 'late'} without ${pattern}:\n${out}${err}`);
        await sleep(50);
      }
    },
  };
}

function kubeconfigOf(server: string, token: string | undefined) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'house', cluster: { server } }],
    users: [{ name: 'reader', user: token === undefined ? {} : { token } }],
    contexts: [{ name: 'reader@house', context: { cluster: 'house', user: 'reader' } }],
    'current-context': 'reader@house',
  };
}

/** The address a started server prints. */
export async function addressOf(server: Started): Promise<string> {
  return (await server.says(/listens on (http:\/\/\S+)/))[1] ?? '';
}

const List = z.object({ items: z.array(z.record(z.string(), z.unknown())) });
const PagedList = List.extend({ nextCursor: z.string().nullable() });
export type Row = Record<string, unknown>;

/** All rows of a list of the feed, over all its pages. */
export async function feed(address: string, path: string): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const url = new URL(path, address);
    url.searchParams.set('limit', '500');
    if (cursor !== '') url.searchParams.set('cursor', cursor);
    const reply = await fetch(url, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
    if (!reply.ok) throw new Error(`${url.pathname}: ${reply.status} ${await reply.text()}`);
    const page = PagedList.parse(await reply.json());
    rows.push(...page.items);
    cursor = page.nextCursor;
  }
  return rows;
}

/** What a list command printed with `--json`. */
export function rowsOf(finished: Finished): Row[] {
  return List.parse(JSON.parse(finished.out)).items;
}

/** Asks until the answer passes; the last answer when the time is over. */
export async function until<T>(ask: () => Promise<T>, passes: (answer: T) => boolean): Promise<T> {
  const late = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (passes(answer) || performance.now() > late) return answer;
    await sleep(150);
  }
}
