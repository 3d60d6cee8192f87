import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultSettings } from '../../src/analyze/detectors/job-detectors.ts';
import { emptyBatch } from '../../src/domain/facts.ts';
import type { FactBatch } from '../../src/domain/facts.ts';
import { HOUR_MS } from '../../src/domain/time.ts';
import { createClusterJudge } from '../../src/services/judge-cluster.ts';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import type { Store } from '../../src/store/port.ts';
import { createStore } from '../../src/store/store.ts';
import { CLUSTER, claimFact, runFact, sourceFact } from '../support/judged-facts.ts';

const START = Date.parse('2026-11-02T00:00:00Z');
const at = (hours: number) => new Date(START + hours * HOUR_MS);
let store: Store;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-judge-'));
  store = createStore(await openEmbeddedDoor({ directory }));
  await store.migrate();
  await store.system.ensureTenant('local', 'owner');
  const cluster = { clusterId: CLUSTER, name: 'home', server: 'https://x', version: null };
  await store.system.saveCluster('local', { ...cluster, demo: false });
});
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const save = (hours: number, facts: Partial<FactBatch>) =>
  store.system.saveFacts('local', { ...emptyBatch(CLUSTER, at(hours)), ...facts });
const judgeAnew = () =>
  createClusterJudge({
    store: store.system,
    tenantId: 'local',
    clusterId: CLUSTER,
    settings: defaultSettings,
  });

it('judges what the real store holds, resuming between passes', async () => {
  const source = sourceFact('media', 'photos');
  const resources = [claimFact('media', 'photos'), claimFact('media', 'music')];
  await save(0, { resources, policies: [source], problems: [] });
  for (let hour = 0; hour < 24; hour += 1) {
    const failed = hour >= 10 && hour < 14;
    const run = runFact(source, new Date(at(hour).getTime() + 60_000), {
      outcome: failed ? 'failed' : 'success',
      errorText: failed ? 'repository is already locked by PID 4' : null,
    });
    const window = { kind: 'ReplicationSource', from: at(hour), until: at(hour + 1) };
    await save(hour + 1, { runs: [run], observedWindows: [window] });
    await judgeAnew().judge(at(hour + 1));
  }
  const user = store.as({ tenantId: 'local', subject: 'owner' });
  const open = await user.listFindings({ state: 'open' });
  expect(open.items.map(({ kind, resource }) => [kind, resource])).toEqual([
    ['not-covered', 'media/music'],
  ]);
  const ended = await user.listFindings({ state: 'resolved' });
  expect(ended.items.map(({ cause }) => cause?.code)).toContain('FM-01');
  const risks = await user.listRisk({});
  expect(risks.items.map(({ name }) => name)).toEqual(['music', 'photos']);
  for (const risk of risks.items)
    expect(risk.terms.reduce((sum, term) => sum + term.contribution, 0)).toBe(risk.score);
  const advice = await user.listRecommendations({});
  expect(advice.items.map(({ title }) => title)).toEqual(['Back up media/music']);
  const revision = await user.readRevision();
  await judgeAnew().judge(at(24));
  expect(await user.readRevision()).toBe(revision);
});
