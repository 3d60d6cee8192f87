import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { addressOf } from './address-of.ts';
import { PATIENCE_MS } from './patience.ts';

const run = promisify(execFile);

/** A throw-away Prometheus on 127.0.0.1 that scrapes nothing and holds the samples it was given. */
export interface RealPrometheus {
  url: string;
  /** Ends the process; nothing listens any more. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  revive(): Promise<void>;
  /** It takes connections and says nothing, until it is woken; resolves once that is so. */
  freeze(): Promise<void>;
  wake(): void;
  stop(): Promise<void>;
}

/** One series: label values as they are, points as Unix seconds and value. */
export interface GivenSeries {
  name: string;
  labels: Record<string, string>;
  points: readonly (readonly [number, number])[];
}

/** True when this machine has both programs; CI installs Debian's package. */
export function hasPrometheus(): boolean {
  return ['prometheus', 'promtool'].every((name) =>
    (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name))),
  );
}

/** Writes the samples as blocks and starts a server on them, with these flags beside the usual ones. */
export async function startPrometheus(
  series: readonly GivenSeries[],
  flags: readonly string[] = [],
): Promise<RealPrometheus> {
  const directory = await mkdtemp(join(tmpdir(), 'plimsoll-prometheus-'));
  const data = join(directory, 'data');
  // promtool reads a file once for every two hours in it: a file a day costs a fraction.
  for (const [day, text] of openMetricsByDay(series)) {
    const file = join(directory, `${day}.om`);
    await writeFile(file, text);
    await run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', '-q', file, data]);
  }
  const config = join(directory, 'prometheus.yml');
  await writeFile(config, 'global: {scrape_interval: 1m}\n');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const begin = () =>
    spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${data}`,
        '--storage.tsdb.retention.time=10y',
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
        ...flags,
      ],
      { stdio: 'ignore' },
    );
  let server = begin();
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
    server.kill('SIGKILL');
    await ended;
  };
  const stop = async () => {
    await kill();
    await rm(directory, { recursive: true, force: true });
  };
  const ready = async () => {
    if (await isReady(url)) return;
    await stop();
    throw new Error('Prometheus did not get ready');
  };
  await ready();
  let isFrozen = false;
  return {
    url,
    kill,
    async revive() {
      server = begin();
      await ready();
    },
    async freeze() {
      if (isFrozen) return;
      server.kill('SIGSTOP');
      while (!(await isSilent(url))) await sleep(20);
      isFrozen = true;
    },
    wake() {
      server.kill('SIGCONT');
      isFrozen = false;
    },
    stop,
  };
}

/** Longer than one that runs takes to say that it is ready, however busy the machine. */
const SILENCE_MS = 1_500;

/** A signal stops a process some time after it was sent: what still answers is not frozen. */
async function isSilent(url: string): Promise<boolean> {
  const reply = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(SILENCE_MS) }).catch(
    () => null,
  );
  return reply === null;
}

async function isReady(url: string): Promise<boolean> {
  for (const late = performance.now() + PATIENCE_MS; performance.now() < late;) {
    const reply = await fetch(`${url}/-/ready`).catch(() => null);
    if (reply?.ok) return true;
    await sleep(100);
  }
  return false;
}

/** OpenMetrics text by UTC day: one family after the other, samples of a series in the order of time. */
function openMetricsByDay(series: readonly GivenSeries[]): Map<string, string> {
  const days = new Map<string, string[]>();
  for (const [name, family] of Map.groupBy(series, (one) => one.name)) {
    const begun = new Set<string>();
    for (const { labels, points } of family) {
      const named = Object.entries(labels).map(
        ([label, value]) => `${label}=${JSON.stringify(value)}`,
      );
      for (const [at, value] of points) {
        const day = new Date(at * 1_000).toISOString().slice(0, 10);
        const lines = days.get(day) ?? [];
        days.set(day, lines);
        if (!begun.has(day)) lines.push(`# TYPE ${name} unknown`);
        begun.add(day);
        lines.push(`${name}{${named.join(',')}} ${goNumber(value)} ${at}`);
      }
    }
  }
  return new Map([...days].map(([day, lines]) => [day, `${lines.join('\n')}\n# EOF\n`]));
}

function goNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = addressOf(server);
      server.close(() => resolve(port));
    });
  });
}
