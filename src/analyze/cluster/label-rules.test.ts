import { describe, expect, it } from 'vitest';
import { noInventory } from '../../../test/support/no-inventory.ts';
import { HOUR_MS } from '../../domain/time.ts';
import {
  CLUSTER,
  claimFact,
  scheduleFact,
  sourceFact,
} from '../../../test/support/judged-facts.ts';
import { coverageOf } from '../coverage.ts';
import { rpoTargetOf } from '../rpo.ts';
import { intervalSeconds } from '../schedules/due-times.ts';
import { crashConsistent } from './crash-consistent.ts';
import { indexInventory } from './inventory.ts';
import type { Inventory, JudgedPolicy } from './inventory.ts';
import { labelUnknown } from './label-unknown.ts';
import { labelWithoutEffect } from './label-without-effect.ts';
import { emptyRunMemory } from './run-memory.ts';
import type { CoveredView } from './view.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS);
const MONDAY = new Date('2026-01-05T00:00:00Z');
const intervalOf = (policy: JudgedPolicy) => intervalSeconds(policy.schedule, MONDAY);
const life = { scheduleSince: ago(500), pausedSince: null, removedAt: null };
const hourly: JudgedPolicy = {
  ...sourceFact('media', 'photos', { lastSuccessAt: ago(0.5) }),
  ...life,
};
const nightly: JudgedPolicy = {
  ...hourly,
  schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC', dialect: 'volsync' },
};

function look(labels: Record<string, string>, inventory: Partial<Inventory> = {}): CoveredView {
  const index = indexInventory({
    ...noInventory,
    resources: [claimFact('media', 'photos', { labels })],
    ...inventory,
  });
  const view = {
    clusterId: CLUSTER,
    now: NOW,
    index,
    runs: emptyRunMemory(),
    intervalOf,
    witnesses: null,
  };
  const coverage = new Map(coverageOf(view).map((row) => [row.resourceId, row]));
  return { ...view, coverage, findings: new Map() };
}
const sentences = (view: CoveredView) =>
  [labelUnknown, labelWithoutEffect, crashConsistent].flatMap((detector) =>
    detector.detect(view).map(({ finding }) => `${finding.kind}: ${finding.sentence}`),
  );

const target = (view: CoveredView) => rpoTargetOf(view, view.index.claims[0]!);
const row = (view: CoveredView) => [...view.coverage.values()][0];
const exempt = (annotations: Record<string, string>) =>
  look(
    {},
    {
      resources: [
        claimFact('media', 'photos', { labels: { 'backup-exempt': 'true' }, annotations }),
      ],
    },
  );

const mounted = (text: string, pod = 'photos-0') => {
  const annotations = { 'backup.velero.io/backup-volumes': text };
  const fact = { ...claimFact('media', pod), kind: 'Pod', claim: null, annotations };
  return look({}, { resources: [claimFact('media', 'photos'), fact] });
};

describe('a label’s objective', () => {
  it('stands between what someone set and what the schedule gives', () => {
    const policies = [hourly];
    expect(target(look({}, { policies }))).toMatchObject({ seconds: 7_200, source: 'derived' });
    const labelled = look({ backup: 'daily' }, { policies });
    expect(target(labelled)).toEqual({
      seconds: 172_800,
      source: 'label',
      why: 'the claim’s label backup: daily',
    });
    const asked = { rpoSeconds: 600, rtoSeconds: null };
    const objectives = [{ level: 'tenant' as const, namespace: null, resourceId: null, ...asked }];
    const set = look({ backup: 'daily' }, { policies, objectives });
    expect(target(set)).toMatchObject({ seconds: 600, source: 'set' });
  });
});

describe('labels', () => {
  it('with a wrong value are told, with the nearest right one', () => {
    expect(sentences(look({ backup: 'dayly' }))).toEqual([
      'label-unknown: Claim media/photos says label backup: dayly, which means nothing: “daily” is nearest.',
    ]);
    expect(sentences(look({ backup: 'x'.repeat(63) }))[0]).toContain(
      'right would be hourly, daily',
    );
  });

  it('of pods that list a claim by its own name are told, with the name of the volume (FM-15)', () => {
    expect(sentences(mounted('cache, photos'))[0]).toBe(
      'label-unknown: Claim media/photos says annotation backup.velero.io/backup-volumes of pod photos-0: cache, photos, which means nothing: right would be the pod’s volume data.',
    );
    expect(sentences(mounted('data'))).toEqual([]);
    expect(sentences(mounted('photos', 'other-0'))).toEqual([]);
  });

  it('that no policy follows are told (FM-35)', () => {
    const none = look({ backup: 'hourly' });
    expect(sentences(none)).toEqual([
      'label-without-effect: Claim media/photos says label backup: hourly, but no running policy takes it.',
    ]);
    const rare = look({ backup: 'hourly' }, { policies: [nightly] });
    expect(sentences(rare)[0]).toContain('but ReplicationSource media/photos runs every 24 h');
    const paused = { ...hourly, paused: true, pausedSince: ago(9) };
    expect(sentences(look({ backup: 'hourly' }, { policies: [paused] }))).toHaveLength(1);
  });

  it('that a policy follows are not', () => {
    expect(sentences(look({ backup: 'hourly' }, { policies: [hourly] }))).toEqual([]);
    expect(sentences(look({ backup: 'daily' }, { policies: [hourly] }))).toEqual([]);
    const archive: JudgedPolicy = { ...hourly, schedule: { type: 'continuous' } };
    expect(sentences(look({ backup: 'hourly' }, { policies: [archive] }))).toEqual([]);
    const byHand: JudgedPolicy = { ...hourly, schedule: { type: 'manual' } };
    expect(sentences(look({ backup: 'hourly' }, { policies: [byHand] }))).toEqual([]);
  });

  it('say nothing where policies cannot be read, of exempt claims, or of claims without a volume', () => {
    const problem = {
      source: 'volsync.backube/replicationsources',
      code: 'forbidden' as const,
      message: 'no',
      nextStep: '',
      namespaces: null,
      since: NOW,
    };
    expect(sentences(look({ backup: 'hourly' }, { problems: [problem] }))).toEqual([]);
    expect(sentences(look({ backup: 'hourly', 'backup-exempt': 'true' }))).toEqual([]);
    const pending = claimFact(
      'media',
      'photos',
      { labels: { backup: 'hourly' } },
      { phase: 'Pending' },
    );
    expect(sentences(look({}, { resources: [pending] }))).toEqual([]);
  });

  it('of an engine that does not take the claim are told, unless another one does', () => {
    const group = { 'recurring-job-group.longhorn.io/nightly': 'enabled' };
    const whole = { ...group, 'recurring-job.longhorn.io/source': 'enabled' };
    expect(sentences(look(group))[0]).toContain('it counts for nothing alone');
    expect(sentences(look(whole))[0]).toContain('no policy of longhorn takes it');
    expect(sentences(look(whole, { policies: [hourly] }))).toEqual([]);
  });
});

describe('an exemption by label', () => {
  it('has a reason and a last day', () => {
    const reason = { 'backup-exempt-reason': 'a cache' };
    expect(row(exempt(reason))).toMatchObject({ state: 'exempt', reason: 'a cache' });
    const open = exempt({ ...reason, 'backup-exempt-until': '2026-11-20' });
    expect(row(open)?.reason).toBe('a cache (until 2026-11-21 00:00 UTC)');
    const over = exempt({ ...reason, 'backup-exempt-until': '2026-11-19' });
    expect(row(over)?.state).toBe('uncovered');
    const odd = exempt({ 'backup-exempt-until': 'soon' });
    expect(row(odd)?.state).toBe('uncovered');
    expect(sentences(odd)[0]).toContain('backup-exempt-until: soon');
  });
});

describe('a database that is only copied as it lies (FM-37)', () => {
  const resources = [claimFact('media', 'photos', { labels: { 'cnpg.io/cluster': 'photos-db' } })];
  const base: JudgedPolicy = {
    ...hourly,
    policyId: 'base',
    engine: 'cnpg',
    kind: 'ScheduledBackup',
    selection: {
      type: 'labels',
      namespace: 'media',
      matchLabels: { 'cnpg.io/cluster': 'photos-db' },
    },
  };

  it('is told, unless it has base backups, or hooks that we cannot see', () => {
    const copied = sentences(look({}, { resources, policies: [hourly] }));
    expect(copied[0]).toContain(
      'crash-consistent: Claim media/photos belongs to database photos-db',
    );
    expect(sentences(look({}, { resources, policies: [hourly, base] }))).toEqual([]);
    const velero: JudgedPolicy = { ...scheduleFact('nightly'), ...life };
    expect(sentences(look({}, { resources, policies: [hourly, velero] }))).toEqual([]);
    expect(sentences(look({}, { resources }))).toEqual([]);
  });
});
