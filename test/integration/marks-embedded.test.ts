import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultSettings } from '../../src/analyze/detectors/job-detectors.ts';
import type { CliDeps } from '../../src/cli/deps.ts';
import { createProgram, runProgram } from '../../src/cli/program.ts';
import { emptyBatch } from '../../src/domain/facts.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts';
import type { Finding } from '../../src/domain/views.ts';
import { createApp } from '../../src/http/app.ts';
import { createWorkspace } from '../../src/services/create-workspace.ts';
import { createClusterJudge } from '../../src/services/judge-cluster.ts';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import type { Store } from '../../src/store/port.ts';
import { createStore } from '../../src/store/store.ts';
import { createFakeServices, FAKE_KEY } from '../support/fake-services.ts';
import { CLUSTER, claimFact, runFact, sourceFact } from '../support/judged-facts.ts';

const START = Date.parse('2026-10-01T02:00:00Z');
const OWNER = { tenantId: 'local', subject: 'owner' };
const source = sourceFact('media', 'photos', {
  schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC', dialect: 'volsync' },
});
let store: Store;
let directory: string;
let now = START;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-marks-'));
  store = createStore(await openEmbeddedDoor({ directory }));
  await store.migrate();
  await store.system.ensureTenant(OWNER.tenantId, OWNER.subject);
  const cluster = { clusterId: CLUSTER, name: 'home', server: 'https://x', version: null };
  await store.system.saveCluster('local', { ...cluster, demo: false });
  await store.system.saveFacts('local', {
    ...emptyBatch(CLUSTER, new Date(START)),
    resources: [claimFact('media', 'photos')],
    policies: [source],
    problems: [],
  });
});
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

/** A process that knows only what is stored. */
const judge = () =>
  createClusterJudge({
    store: store.system,
    tenantId: 'local',
    clusterId: CLUSTER,
    settings: defaultSettings,
  }).judge(new Date(now));

async function night(index: number, gigabytes: number): Promise<void> {
  const begun = START + index * DAY_MS;
  now = begun + HOUR_MS;
  const run = runFact(source, new Date(begun + MINUTE_MS), {
    logicalBytes: Math.round(gigabytes * 1e9),
    files: null,
  });
  const window = {
    kind: 'ReplicationSource',
    from: new Date(now - DAY_MS),
    until: new Date(now),
  };
  const batch = { ...emptyBatch(CLUSTER, new Date(now)), runs: [run], observedWindows: [window] };
  await store.system.saveFacts('local', batch);
  await judge();
}

const paper = (write: (text: string) => void) => ({ write, isTerminal: false, columns: 0 });

async function cli(...argv: string[]): Promise<string> {
  let out = '';
  let err = '';
  const workspace = createWorkspace(store.as(OWNER));
  const connection = { workspace, via: 'a test', demo: false, close: () => Promise.resolve() };
  const deps = {
    connect: () => Promise.resolve(connection),
    now: () => new Date(now),
    out: paper((text) => (out += text)),
    err: paper((text) => (err += text)),
    // oxlint-disable-next-line no-unsafe-type-assertion -- the commands of this test ask for no more
  } as Partial<CliDeps> as CliDeps;
  const code = await runProgram(createProgram(deps, '0.0.0'), argv, deps.err);
  expect([code, err]).toEqual([0, '']);
  return out;
}

/** By the feed of a server that stands before the same store. */
async function feed(path: string): Promise<{ items: Finding[] }> {
  const app = createApp(
    { ...createFakeServices(), as: () => createWorkspace(store.as(OWNER)) },
    { host: '127.0.0.1', clock: { now: () => new Date(now) } },
  );
  const headers = { authorization: `Bearer ${FAKE_KEY}`, host: '127.0.0.1' };
  const reply = await app.request(`http://127.0.0.1${path}`, { headers });
  expect(reply.status).toBe(200);
  return reply.json() as Promise<{ items: Finding[] }>;
}

const drops = async () => (await feed('/v1/findings?kind=size-drop&state=open')).items;

it('a level marked from the command line is usual until it is taken back, and who said so is shown', async () => {
  for (let index = 0; index < 25; index += 1) await night(index, 50 + (index % 3));
  await night(25, 8);
  const [drop] = await drops();
  expect(drop).toMatchObject({ delivery: 'page', deliveryReason: 'told', incident: null });
  const id = drop?.findingId ?? '';
  expect(await cli('findings', 'expected', id, '--note', 'the archive moved')).toMatch(/expected/);
  await judge();
  expect(await drops()).toEqual([]);
  for (let index = 26; index < 29; index += 1) await night(index, 8.2);
  expect(await drops()).toEqual([]);
  const shown = await cli('show', 'media/photos');
  expect(shown).toMatch(/expected by owner, 2026-10-26.*: the archive moved/);
  expect(await cli('findings', 'reopen', id, '--note', 'it did not')).toMatch(/no longer expected/);
  await judge();
  await night(29, 8.2);
  const [again] = await drops();
  expect(again).toMatchObject({ resource: 'media/photos', previousFindingId: id });
  const whole = await feed(`/v1/findings?state=resolved&kind=size-drop`);
  const people = whole.items[0]?.events.filter(({ actor }) => actor !== 'plimsoll');
  expect(people).toEqual([
    {
      at: new Date(START + 25 * DAY_MS + HOUR_MS).toISOString(),
      actor: 'owner',
      change: 'expected',
      note: 'the archive moved',
    },
    {
      at: new Date(START + 28 * DAY_MS + HOUR_MS).toISOString(),
      actor: 'owner',
      change: 'reopen',
      note: 'it did not',
    },
  ]);
});
