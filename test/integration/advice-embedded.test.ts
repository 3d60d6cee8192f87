import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultSettings } from '../../src/analyze/detectors/job-detectors.ts';
import type { CliDeps } from '../../src/cli/deps.ts';
import { createHttpWorkspace } from '../../src/cli/http-workspace.ts';
import { createProgram, runProgram } from '../../src/cli/program.ts';
import { emptyBatch } from '../../src/domain/facts.ts';
import type { FactBatch, PolicyFact } from '../../src/domain/facts.ts';
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts';
import type { Objective, Recommendation, Risk, WhatIf } from '../../src/domain/views.ts';
import { createApp } from '../../src/http/app.ts';
import { startServer, type RunningServer } from '../../src/http/server.ts';
import { createWorkspace } from '../../src/services/create-workspace.ts';
import { createClusterJudge } from '../../src/services/judge-cluster.ts';
import { createSignIn } from '../../src/services/sign-in.ts';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import type { Store } from '../../src/store/port.ts';
import { createStore } from '../../src/store/store.ts';
import { CLUSTER, claimFact, runFact, sourceFact } from '../support/judged-facts.ts';

const START = Date.parse('2026-11-02T00:00:00Z');
const OWNER = { tenantId: 'local', subject: 'owner' };
const KEY = 'plk_for_this_test_alone';
let hour = 0;
const at = (hours: number) => new Date(START + hours * HOUR_MS);
const clock = { now: () => at(hour) };
let store: Store;
let server: RunningServer;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-advice-'));
  store = createStore(await openEmbeddedDoor({ directory }));
  await store.migrate();
  await store.system.ensureTenant(OWNER.tenantId, OWNER.subject);
  const cluster = { clusterId: CLUSTER, name: 'home', server: 'https://x', version: null };
  await store.system.saveCluster(OWNER.tenantId, { ...cluster, demo: false });
  const signIn = createSignIn(store.system, clock);
  await signIn.setApiKey(OWNER, 'test', KEY);
  const services = {
    about: { version: '0', demo: false },
    signIn,
    as: (caller: typeof OWNER) => createWorkspace(store.as(caller)),
    readiness: async () => [],
    metrics: async () => '',
  };
  server = await startServer(createApp(services, { host: '127.0.0.1', clock }), {
    host: '127.0.0.1',
    port: 0,
  });
});
afterAll(async () => {
  await server.close();
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const save = (facts: Partial<FactBatch>) =>
  store.system.saveFacts('local', { ...emptyBatch(CLUSTER, at(hour)), ...facts });
const judge = () =>
  createClusterJudge({
    store: store.system,
    tenantId: 'local',
    clusterId: CLUSTER,
    settings: defaultSettings,
  }).judge(at(hour));

const paper = (write: (text: string) => void) => ({ write, isTerminal: false, columns: 0 });

/** The command line against the running server. */
async function plimsoll(...argv: string[]): Promise<string> {
  let [out, err] = ['', ''];
  const workspace = createHttpWorkspace(server.url, KEY);
  const deps: Partial<CliDeps> = {
    out: paper((text) => (out += text)),
    err: paper((text) => (err += text)),
    now: clock.now,
    connect: async () => ({ workspace, via: 'test', demo: false, close: async () => {} }),
  };
  // oxlint-disable-next-line no-unsafe-type-assertion -- these commands ask for nothing else
  const all = deps as CliDeps;
  const code = await runProgram(createProgram(all, '0'), argv, all.err);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

// oxlint-disable-next-line no-unnecessary-type-parameters -- says what the command prints
const json = async <T>(...argv: string[]): Promise<T> =>
  JSON.parse(await plimsoll(...argv, '--json')) as T;
const riskOf = async (name: string) =>
  (await json<{ items: Risk[] }>('risk')).items.find((one) => one.name === name);
const advice = async (state: string) =>
  (await json<{ items: Recommendation[] }>('recommendations', '--state', state)).items;

const daily = (name: string): PolicyFact =>
  sourceFact('media', name, {
    schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC', dialect: 'volsync' },
    repositoryId: 'secret',
  });

/** Runs of the policy at an hour of each day from one day to another. */
const runsOf = (policy: PolicyFact, from: number, until: number, every = 24) => {
  const first = START + from * DAY_MS + 2 * HOUR_MS;
  const count = ((until - from) * 24) / every;
  return Array.from({ length: count }, (_, n) =>
    runFact(policy, new Date(first + n * every * HOUR_MS)),
  );
};

it('sets objectives, asks what if, follows recommendations to their effect', async () => {
  const photos = daily('photos');
  const music = daily('music');
  const cache = claimFact('media', 'cache', {
    labels: { 'plimsoll.dev/criticality': 'low' },
  });
  const repository = {
    repositoryId: 'secret',
    engine: 'volsync' as const,
    kind: 'Secret',
    namespace: 'media',
    name: 'restic',
    uid: 'u',
    availability: 'available' as const,
    message: null,
    checkedAt: null,
    readOnly: false,
  };
  const resources = [claimFact('media', 'photos'), claimFact('media', 'music'), cache];
  await save({ resources, policies: [photos, music], repositories: [repository], problems: [] });
  hour = 7 * 24 + 4;
  const window = { kind: 'ReplicationSource', from: at(0), until: at(hour) };
  const runs = [...runsOf(photos, 0, 7), ...runsOf(music, 0, 7)];
  await save({ runs, observedWindows: [window] });
  await judge();
  expect(await riskOf('photos')).toMatchObject({
    rpoTargetSeconds: 172_800,
    rpoSource: 'derived',
    rpoWhy: 'twice the interval of the tightest schedule',
  });

  await plimsoll('objectives', 'set', '--rpo', '12h');
  await plimsoll('objectives', 'set', '--claim', 'media/music', '--rpo', '4d', '--rto', '1h');
  await judge();
  const asked = await riskOf('photos');
  expect(asked).toMatchObject({
    rpoTargetSeconds: 43_200,
    rpoSource: 'set',
    rpoWhy: 'an objective for all clusters',
    rtoTargetSeconds: null,
  });
  expect(asked?.terms.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['stale', 'forecast']),
  );
  expect(asked?.impactTerms.map(({ name }) => name)).toContain('changed');
  expect(await riskOf('music')).toMatchObject({
    rpoTargetSeconds: 345_600,
    rpoWhy: 'an objective of its own',
    rtoTargetSeconds: 3_600,
  });
  expect((await riskOf('cache'))?.impactTerms.map(({ name }) => name)).toContain('criticality');
  const findings = await createHttpWorkspace(server.url, KEY).listFindings({ kind: 'rpo-breach' });
  expect(findings.items.map(({ resource }) => resource)).toEqual(['media/photos']);
  const { items } = await json<{ items: Objective[] }>('objectives', 'list');
  expect(items.map(({ level, owner }) => [level, owner])).toEqual([
    ['tenant', 'owner'],
    ['resource', 'owner'],
  ]);

  const lost = await json<WhatIf>('what-if', '--lose', 'namespace:media');
  expect(lost.counts).toEqual({ apps: 3, claims: 3, copy: 2, nothing: 1, unknown: 0 });
  expect(lost.apps[0]).toMatchObject({ app: 'Deployment/cache', left: 'nothing' });
  expect(lost.notes.join()).toContain('Secrets media/restic');
  const exposed = await json<WhatIf>('what-if', '--lose', 'repository:media/restic');
  expect(exposed.counts).toMatchObject({ claims: 2, nothing: 2 });
  expect(await plimsoll('what-if', '--lose', 'node:worker')).toContain('unknown');

  const schedule = async (state: string) =>
    (await advice(state)).find(({ kind }) => kind === 'change-schedule');
  const offered = await schedule('open');
  expect(offered).toMatchObject({ policy: 'media/photos', proposed: 'schedule "0 */6 * * *"' });
  expect(offered?.options.length).toBeGreaterThan(1);
  const id = offered?.recommendationId ?? '';
  await plimsoll('recommendations', 'dismiss', id, '--note', 'the disk is slow');
  hour += 1;
  await judge();
  expect(await schedule('open')).toBeUndefined();
  await plimsoll('objectives', 'set', '--rpo', '4h');
  await judge();
  const again = await schedule('open');
  expect(again).toMatchObject({ recommendationId: id, proposed: 'schedule "0 */2 * * *"' });
  expect(again?.events.at(-1)?.note).toBe('its evidence has changed');

  hour = 8 * 24;
  expect(await json('recommendations', 'merge', id)).toMatchObject({ state: 'merged' });
  hour = 15 * 24 + 1;
  const often = {
    ...photos,
    schedule: { ...photos.schedule, expression: '0 */2 * * *' } as PolicyFact['schedule'],
  };
  const later = [...runsOf(often, 8, 15, 2), ...runsOf(music, 7, 15)];
  const watched = { kind: 'ReplicationSource', from: at(0), until: at(hour) };
  await save({ policies: [often], runs: later, observedWindows: [watched] });
  await judge();
  const [merged] = await advice('merged');
  expect(merged?.measured).toMatchObject([{ afterDays: 7, verdict: 'effective' }]);
  const rpo = merged?.measured[0]?.measures.find(({ measure }) => measure === 'rpo');
  expect(rpo?.before).toBeGreaterThanOrEqual(86_400);
  expect(rpo?.after).toBeLessThan(3 * 3_600);
  expect(rpo?.predicted).toBe(again?.effects.find(({ measure }) => measure === 'rpo')?.after);
  const shown = await plimsoll('recommendations', '--state', 'merged');
  expect(shown).toContain('effective after 7 days');
});
