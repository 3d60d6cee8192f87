import { describe, expect, it } from 'vitest';
import type { FindingDraft, RiskScore } from '../domain/judgement.ts';
import type { Engine } from '../domain/words.ts';
import { claimFact, claimId, sourceFact } from '../../test/support/judged-facts.ts';
import type { AdviceInput, AdvisedClaim, AdvisedPolicy } from './advice-input.ts';
import { advise } from './advise.ts';
import { CAUSE_FIXES } from './recommenders/cause-fixes.ts';
import { markPareto } from './effects.ts';
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
  const unknown = { figures: null, failureChance: null };
  return { fact, intervalSeconds, dueMinutes, resourceIds: [claimId('media', name)], ...unknown };
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

const evidence = (changes: Partial<FindingDraft>, more: Partial<AdvisedPolicy> = {}) => {
  const found = { ...finding('repository-locked', 'FM-01', 'photos'), ...changes };
  const policies = [{ ...policy('photos', '7 2 * * *', 86_400), ...more }];
  return advise(input({ policies, findings: [found] }))[0]?.evidence;
};

const fixFor = (engine: Engine, code: string) => {
  const one = policy('photos', '7 2 * * *', 86_400);
  one.fact = { ...one.fact, engine };
  const findings = [finding('failed-run', code, 'photos')];
  return advise(input({ policies: [one], findings }))[0]?.proposed;
};

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

  it('speak of the engine at hand', () => {
    expect(fixFor('volsync', 'FM-03')).toContain('moverSecurityContext');
    expect(fixFor('k8up', 'FM-03')).toContain('podSecurityContext');
    for (const engine of ['kopiur', 'k8up', 'velero', 'cronjob', 'longhorn'] as const)
      for (const code of Object.keys(CAUSE_FIXES).filter((one) => one !== 'FM-06'))
        expect(fixFor(engine, code)).not.toMatch(
          /volsync|moverSecurityContext|spec\.restic|trigger\.manual|cacheCapacity/i,
        );
  });

  it('tell one unavailable location once, by its own name, whoever fails for it', () => {
    const one = policy('photos', '7 2 * * *', 86_400);
    one.fact = { ...one.fact, repositoryId: 'bucket' };
    const failed = finding('failure-streak', 'FM-20', 'photos');
    const gone = finding('location-unavailable', 'FM-20', 'photos');
    gone.subject = { ...gone.subject, policyId: null, resourceId: null, repositoryId: 'bucket' };
    gone.observed = {
      ...gone.observed,
      text: 'BackupStorageLocation velero/offsite is unavailable',
    };
    const titles = (findings: FindingDraft[]) =>
      advise(input({ policies: [one], findings })).map(({ title }) => title);
    expect(titles([failed, gone])).toEqual(['Bring the storage location velero/offsite back']);
    expect(titles([failed])).toEqual(['Bring the storage location of media/photos back']);
  });

  it('never say that a repair makes a claim harder to get back', () => {
    const held = { ...risk, score: 4.7, terms: [risk.terms[1]!] };
    const claims = [{ ...claim('photos', 'protected'), risk: held }];
    const findings = [finding('failure-streak', 'FM-01', 'photos')];
    const policies = [policy('photos', '7 2 * * *', 86_400)];
    const [draft] = advise(input({ claims, policies, findings }));
    expect(draft?.effects[0]).toMatchObject({
      text: 'risk of the claim: 4.7 as before',
      after: 4.7,
    });
  });

  it('lengthen an interval that runs overrun, unless an objective forbids it', () => {
    const hourly = { ...policy('photos', '5 * * * *', 3_600), failureChance: 0.74 };
    const findings = [finding('overrun', null, 'photos')];
    const [draft] = advise(input({ policies: [hourly], findings }));
    // What fails by collision says nothing of an interval without any.
    expect(draft?.effects[0]).toMatchObject({ measure: 'rpo', before: null, after: 2 * 7_200 });
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

  it('tell what other frequencies do, by the policy’s own history, and which are worth a thought', () => {
    const daily = policy('photos', '5 2 * * *', 86_400);
    const figures = { policyId: 'p', joules: 500, grams: null, amount: 0.01, currency: 'EUR' };
    const known = { ...daily, figures, failureChance: 0.3 };
    const claims = [claim('photos', 'protected', 43_200)];
    const [draft] = advise(input({ policies: [known], claims }));
    const effect = (measure: string) => draft?.effects.find((one) => one.measure === measure);
    // With 30 % failures three intervals pass, once in twenty times.
    expect(effect('rpo')).toMatchObject({ before: 3 * 86_400, after: 3 * 21_600, unit: 's' });
    expect(effect('runs')).toMatchObject({ before: 1, after: 4, unit: '1/d' });
    expect(effect('money')).toMatchObject({ before: 0.01, after: 0.04, unit: 'EUR/d' });
    expect(effect('energy')).toMatchObject({ before: 500, after: 2_000, unit: 'J/d' });
    expect(effect('carbon')).toMatchObject({ before: null, after: null });
    expect(effect('carbon')?.text).toContain('not known');
    const chosen = draft?.options.filter((one) => one.chosen);
    expect(chosen?.map(({ proposed }) => proposed)).toEqual(['schedule "5 */6 * * *"']);
    expect(draft?.options).toHaveLength(7);
    expect(draft?.options.every(({ pareto }) => pareto)).toBe(true);
    const [unknown] = advise(input({ policies: [daily], claims }));
    expect(unknown?.effects[0]).toMatchObject({ before: 2 * 86_400, after: 2 * 21_600 });
    expect(unknown?.effects[2]).toMatchObject({ measure: 'money', before: null, after: null });
  });

  it('rest on evidence that figures and log lines do not change, and severities do', () => {
    const cause = { code: 'FM-01', title: 'a cause', shownBy: 'another line' };
    expect(evidence({ cause })).toBe(evidence({}));
    expect(evidence({}, { failureChance: 0.9 })).toBe(evidence({}));
    expect(evidence({ severity: 'critical' })).not.toBe(evidence({}));
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

const option = (rpo: number | null, money: number | null, carbon: number | null) => ({
  proposed: `${rpo} ${money} ${carbon}`,
  chosen: false,
  effects: Object.entries({ rpo, money, carbon }).map(([measure, after]) => ({
    measure,
    text: '',
    before: null,
    after,
    unit: '1',
  })),
});

const kept = (...options: ReturnType<typeof option>[]) =>
  markPareto(options).flatMap(({ pareto, proposed }) => (pareto ? [proposed] : []));

describe('Pareto', () => {
  it('keeps what nothing beats, and what is not known', () => {
    const options = [option(1, 9, 5), option(2, 3, 4), option(2, 3, 5), option(3, 4, 4)];
    expect(kept(...options)).toEqual(['1 9 5', '2 3 4']);
    expect(kept(option(1, 1, 1), option(1, 1, 1))).toHaveLength(2);
    expect(kept(option(1, null, 1), option(2, 5, 2))).toHaveLength(2);
    expect(kept(option(1, 1, 1), option(2, null, 2))).toHaveLength(2);
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
