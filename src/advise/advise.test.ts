import { describe, expect, it } from 'vitest';
import type { FindingDraft, RiskScore } from '../domain/judgement.ts';
import { claimFact, claimId, sourceFact } from '../../test/support/judged-facts.ts';
import type { AdviceInput, AdvisedClaim, AdvisedPolicy } from './advice-input.ts';
import { advise } from './advise.ts';
import { everyAtLeast, everyAtMost, minuteOf, withMinute } from './cron-text.ts';

const risk: RiskScore = {
  resourceId: '',
  probability: 0.9,
  impact: 0.5,
  score: 45,
  horizonSeconds: 1,
  terms: [
    { name: 'no-point', text: '', rate: 2, contribution: 40 },
    { name: 'unproven', text: '', rate: 0.1, contribution: 5 },
  ],
  impactTerms: [{ name: 'base', text: 'any claim', weight: 0.5 }],
  ways: [],
  readiness: { level: 'none', provenAt: null, text: '' },
  rpoTargetSeconds: null,
  rpoSource: 'none',
  rpoWhy: '',
  rpoAchievedSeconds: null,
  rtoTargetSeconds: null,
  rtoWhy: '',
  judgedAt: new Date('2026-11-20T00:00:00Z'),
};

function claim(
  name: string,
  state: AdvisedClaim['coverage']['state'],
  rpoSeconds: number | null = null,
): AdvisedClaim {
  const { resourceId, namespace } = claimFact('media', name);
  const reason = 'no backup policy names it';
  const coverage = { resourceId, state, reason, policyIds: [], lastSuccessAt: null };
  return { resourceId, namespace, name, coverage, risk, rpoSeconds };
}

function policy(name: string, expression: string, intervalSeconds: number): AdvisedPolicy {
  const schedule = {
    type: 'cron' as const,
    expression,
    timeZone: 'UTC',
    dialect: 'volsync' as const,
  };
  const fact = sourceFact('media', name, { schedule });
  const [minute = 0, hour = 0] = expression.split(' ').map(Number);
  const dueMinutes = Array.from({ length: 7 }, (_, day) => day * 1_440 + hour * 60 + minute);
  return { fact, intervalSeconds, dueMinutes, resourceIds: [claimId('media', name)] };
}

function finding(kind: FindingDraft['kind'], code: string | null, name: string): FindingDraft {
  const { fact } = policy(name, '0 2 * * *', 86_400);
  return {
    fingerprint: `${kind}-${name}`,
    kind,
    severity: 'high',
    evidence: [],
    subject: {
      policyId: fact.policyId,
      resourceId: claimId('media', name),
      repositoryId: null,
      policy: `media/${name}`,
      resource: `media/${name}`,
      namespace: 'media',
    },
    observed: { value: 1, unit: '1', text: '' },
    expected: { value: 0, unit: '1', text: '' },
    cause: code === null ? null : { code, title: 'a cause', shownBy: 'a line' },
    sentence: 'it happened',
    nextStep: '',
  };
}

const input = (more: Partial<AdviceInput>): AdviceInput => ({
  clusterId: 'c',
  claims: [],
  policies: [],
  findings: [],
  ...more,
});

describe('recommendations', () => {
  it('model a missing policy on the sibling, at a minute of its own', () => {
    const [draft, ...others] = advise(
      input({
        claims: [claim('music', 'uncovered'), claim('photos', 'protected')],
        policies: [policy('photos', '0 2 * * *', 86_400)],
      }),
    );
    expect(others).toEqual([]);
    expect(draft).toMatchObject({ kind: 'cover-claim', title: 'Back up media/music' });
    expect(draft?.proposed).toBe(
      `ReplicationSource media/music for claim music by restic at "${minuteOf('media', 'music')} 2 * * *" (UTC), keeping daily 7, like ReplicationSource media/photos`,
    );
    expect(draft?.effects[0]).toMatchObject({ measure: 'risk', before: 45, after: 4.8 });
  });

  it('take a policy that only takes its own kind of volume as the last model', () => {
    const uncovered = [claim('music', 'uncovered')];
    const jobOf = (storage: 'elsewhere' | 'same') => {
      const job = policy('nightly', '0 2 * * *', 86_400);
      job.fact = {
        ...job.fact,
        engine: 'longhorn',
        kind: 'RecurringJob',
        namespace: 'longhorn-system',
        policyId: 'a first id',
        selection: { type: 'each-claim', claims: [], storage },
      };
      return job;
    };
    const proposed = (...policies: AdvisedPolicy[]) =>
      advise(input({ claims: uncovered, policies }))[0]?.proposed;
    expect(proposed(jobOf('elsewhere'))).toContain('recurring-job.longhorn.io/nightly: enabled');
    expect(proposed(jobOf('same'))).toContain('the engine of your choice');
    const other = policy('photos', '0 2 * * *', 86_400);
    other.fact = { ...other.fact, namespace: 'elsewhere' };
    expect(proposed(jobOf('elsewhere'), other)).toContain('like ReplicationSource');
  });

  it('resume a paused policy rather than add a second one', () => {
    const paused = policy('music', '0 2 * * *', 86_400);
    paused.fact = { ...paused.fact, paused: true };
    const [draft] = advise(input({ claims: [claim('music', 'uncovered')], policies: [paused] }));
    expect(draft?.proposed).toBe('resume ReplicationSource media/music: set spec.paused to false');
  });

  it('leave exempt, unknown and protected claims alone', () => {
    const claims = [claim('a', 'exempt'), claim('b', 'unknown'), claim('c', 'protected')];
    expect(advise(input({ claims }))).toEqual([]);
  });

  it('give one fix for one cause, resting on all its findings', () => {
    const [draft, ...others] = advise(
      input({
        claims: [claim('photos', 'protected')],
        policies: [policy('photos', '7 2 * * *', 86_400)],
        findings: [
          finding('repository-locked', 'FM-01', 'photos'),
          finding('rpo-breach', 'FM-01', 'photos'),
          finding('missed-run', null, 'photos'),
        ],
      }),
    );
    expect(others).toEqual([]);
    expect(draft?.proposed).toContain('spec.restic.unlock');
    expect(draft?.findingFingerprints).toEqual(['repository-locked-photos', 'rpo-breach-photos']);
    expect(draft?.effects[0]?.after).toBeLessThan(draft?.effects[0]?.before ?? 0);
  });

  it('lengthen an interval that runs overrun, unless an objective forbids it', () => {
    const hourly = policy('photos', '5 * * * *', 3_600);
    const findings = [finding('overrun', null, 'photos')];
    const [draft] = advise(input({ policies: [hourly], findings }));
    expect(draft).toMatchObject({
      kind: 'change-schedule',
      current: 'schedule "5 * * * *"',
      proposed: 'schedule "5 */2 * * *"',
    });
    const claims = [claim('photos', 'protected', 5_400)];
    expect(advise(input({ policies: [hourly], findings, claims }))).toEqual([]);
  });

  it('shorten an interval that its objective cannot bear', () => {
    const daily = policy('photos', '5 2 * * *', 86_400);
    const claims = [claim('photos', 'protected', 43_200)];
    const [draft] = advise(input({ policies: [daily], claims }));
    expect(draft?.proposed).toBe('schedule "5 */6 * * *"');
  });

  it('spread four of five jobs that start together, and not three', () => {
    const jobs = ['a', 'b', 'c', 'd'].map((name) => policy(name, '0 2 * * *', 86_400));
    const other = policy('e', '0 5 * * *', 86_400);
    const [draft] = advise(input({ policies: [...jobs, other] }));
    expect(draft).toMatchObject({ kind: 'spread-starts' });
    expect(draft?.current).toBe('4 jobs start in the same minute (02:00 UTC)');
    expect(draft?.proposed).toContain(`media/a "${minuteOf('media', 'a')} 2 * * *"`);
    expect(draft?.effects[0]?.after).toBeLessThan(4);
    expect(advise(input({ policies: [...jobs.slice(1), other] }))).toEqual([]);
  });

  it('do not depend on the order of what they rest on', () => {
    const policies = ['a', 'b', 'c', 'd'].map((name) => policy(name, '0 2 * * *', 86_400));
    const claims = [claim('x', 'uncovered'), claim('y', 'uncovered')];
    const there = advise(input({ policies, claims }));
    const back = advise(input({ policies, claims: claims.toReversed() }));
    expect(back).toEqual(there);
  });
});

describe('cron text', () => {
  it.each([
    [withMinute('0 2 * * *', 17), '17 2 * * *'],
    [withMinute('@daily', 17), '17 0 * * *'],
    [withMinute('CRON_TZ=Europe/Berlin 0 2 * * 1', 5), 'CRON_TZ=Europe/Berlin 5 2 * * 1'],
    [withMinute('*/15 * * * *', 5), null],
    [withMinute('@every 1h', 5), null],
    [everyAtLeast('5 2 * * *', 90_000), null],
    [everyAtLeast('5 */12 * * *', 80_000), '5 0 * * *'],
    [everyAtMost('5 2 * * *', 3_600), '5 * * * *'],
    [everyAtMost('5 2 * * *', 3_599), null],
    [withMinute('0 0 2 * * *', 17, 'cnpg'), '0 17 2 * * *'],
    [withMinute('@daily', 17, 'cnpg'), '0 17 0 * * *'],
    [withMinute('0 2 * * *', 17, 'cnpg'), null],
    [everyAtMost('30 5 2 * * *', 3_600, 'cnpg'), '30 5 * * * *'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected);
  });
});
