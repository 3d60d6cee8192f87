import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CoverageRow, FindingDraft } from '../domain/judgement.ts';
import { COVERAGE_STATES, FINDING_KINDS } from '../domain/words.ts';
import type { RecoveryPath } from './risk-paths.ts';
import { RATES, ratesOf, staleness } from './risk-terms.ts';
import type { RiskFacts } from './risk-terms.ts';
import { changedMaterially, scoreRisk, writtenRisk } from './risk.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const HOUR = 3_600;

const coverage = (state: CoverageRow['state']): CoverageRow => ({
  resourceId: 'r',
  state,
  reason: `because ${state}`,
  policyIds: [],
  lastSuccessAt: null,
});
const path = (ageSeconds: number, failures = 0): RecoveryPath => ({
  policy: null,
  active: true,
  newestAt: new Date(NOW.getTime() - ageSeconds * 1_000),
  failures,
  locationUnavailable: false,
  engine: 'volsync',
  repositoryId: 'repository',
  sameStorage: false,
  keepsUp: false,
  failureChance: null,
  changeRate: null,
});
const finding = (kind: FindingDraft['kind']): FindingDraft => ({
  fingerprint: kind,
  kind,
  severity: 'high',
  cause: null,
  evidence: [],
  subject: {
    policyId: null,
    resourceId: 'r',
    repositoryId: null,
    policy: null,
    resource: 'a/r',
    namespace: 'a',
  },
  observed: { value: 1, unit: '1', text: '' },
  expected: { value: 0, unit: '1', text: '' },
  sentence: '',
  nextStep: '',
});
const facts = (more: Partial<RiskFacts> = {}): RiskFacts => ({
  coverage: coverage('protected'),
  paths: [path(HOUR)],
  findings: [],
  repositories: 1,
  rpoTargetSeconds: 2 * HOUR,
  proven: false,
  slowRestoreSeconds: null,
  now: NOW,
  ...more,
});
const score = (given: RiskFacts, impact = 0.5) =>
  scoreRisk({
    resourceId: 'r',
    rates: ratesOf(given),
    impact,
    impactTerms: [{ name: 'base', text: 'any claim', weight: 0.5 }],
    ways: [],
    readiness: { level: 'listed', provenAt: null, text: '' },
    rpoTargetSeconds: given.rpoTargetSeconds,
    rpoSource: 'derived',
    rpoWhy: 'twice the interval of the tightest schedule',
    rtoTargetSeconds: null,
    rtoWhy: 'no objective says',
    rpoAchievedSeconds: HOUR,
    judgedAt: NOW,
  });

const anyRates = fc.array(
  fc.record({
    name: fc.string(),
    text: fc.string(),
    rate: fc.double({ min: 0, max: 5, noNaN: true }),
  }),
);
const anyFacts = fc
  .record({
    state: fc.constantFrom(...COVERAGE_STATES.filter((state) => state !== 'exempt')),
    paths: fc.array(
      fc.record({ age: fc.integer({ min: 0, max: 9_999_999 }), failures: fc.nat(20) }),
      { maxLength: 3 },
    ),
    kinds: fc.array(fc.constantFrom(...FINDING_KINDS), { maxLength: 4 }),
    proven: fc.boolean(),
  })
  .map(({ state, paths, kinds, proven }) =>
    facts({
      coverage: coverage(state),
      paths: paths.map(({ age, failures }) => path(age, failures)),
      findings: kinds.map(finding),
      proven,
    }),
  );

const withChance = (failureChance: number | null, failures = 0) =>
  score(facts({ paths: [{ ...path(HOUR, failures), failureChance }] }));

describe('risk', () => {
  it('is probability × impact × 100 and the sum of its terms, exactly', () => {
    fc.assert(
      fc.property(anyRates, fc.double({ min: 0, max: 1, noNaN: true }), (rates, impact) => {
        const risk = scoreRisk({
          ...score(facts()),
          resourceId: 'r',
          rates,
          impact,
        });
        expect(risk.terms.reduce((sum, term) => sum + term.contribution, 0)).toBe(risk.score);
        expect(risk.score).toBeCloseTo(risk.probability * risk.impact * 100, 9);
        expect(risk.probability).toBeGreaterThanOrEqual(0);
        expect(risk.probability).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('does not depend on the order of paths and findings', () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const turned = {
          ...given,
          paths: given.paths.toReversed(),
          findings: given.findings.toReversed(),
        };
        expect(score(turned).score).toBeCloseTo(score(given).score, 9);
      }),
    );
  });

  it('never falls when a copy ages, a run fails, or a finding opens', () => {
    const worse = fc.constantFrom('age', 'failures', 'finding', 'location');
    fc.assert(
      fc.property(anyFacts, worse, fc.nat(1_000_000), (given, how, by) => {
        const paths = given.paths.map((one) => ({
          ...one,
          newestAt:
            how === 'age' && one.newestAt ? new Date(one.newestAt.getTime() - by) : one.newestAt,
          failures: how === 'failures' ? one.failures + 1 : one.failures,
          locationUnavailable: one.locationUnavailable || how === 'location',
        }));
        const more = how === 'finding' ? [finding('size-drop')] : [];
        const next = { ...given, paths, findings: [...given.findings, ...more] };
        expect(score(next).score).toBeGreaterThanOrEqual(score(given).score - 1e-9);
      }),
    );
  });

  it('never ranks a perfect record above the same job with a failure', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 * 86_400 }),
        fc.integer({ min: 1, max: 50 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (age, failures, impact) => {
          const perfect = score(facts({ paths: [path(age)] }), impact);
          const flawed = score(facts({ paths: [path(age, failures)] }), impact);
          expect(flawed.score).toBeGreaterThan(perfect.score);
        },
      ),
    );
  });

  it('is no better without any copy than with the oldest one', () => {
    const ancient = score(facts({ paths: [path(10 * 365 * 86_400)] }));
    expect(score(facts({ paths: [] })).score).toBeGreaterThan(ancient.score);
    expect(staleness(1e12, 1).rate).toBe(RATES.staleMost);
    expect(staleness(HOUR, 2 * HOUR).rate).toBe(0);
  });

  it('rises with the forecast, yet never as much as for a failed run', () => {
    const [none, some, sure] = [withChance(null), withChance(0.3), withChance(1)];
    expect(some.score).toBeGreaterThan(none.score);
    expect(sure.score).toBeGreaterThan(some.score);
    expect(withChance(null, 1).score).toBeGreaterThanOrEqual(sure.score);
    const term = some.terms.find(({ name }) => name === 'forecast');
    expect(term?.text).toBe('its next run fails or is missed with 30 %');
    expect(none.terms.map(({ name }) => name)).not.toContain('forecast');
  });

  it('rises when the last restore took longer than the objective allows', () => {
    const slow = score(facts({ slowRestoreSeconds: 7_200 }));
    expect(slow.score).toBeGreaterThan(score(facts()).score);
  });

  it('is zero for an exempt claim, with the reason as its only term', () => {
    const risk = score(facts({ coverage: coverage('exempt'), paths: [] }), 0);
    expect(risk).toMatchObject({ score: 0, probability: 0 });
    expect(risk.terms).toEqual([
      { name: 'exempt', text: 'because exempt', rate: 0, contribution: 0 },
    ]);
  });

  it('shows what could not be seen as a risk, never as health', () => {
    expect(score(facts({ coverage: coverage('unknown'), paths: [] })).score).toBeGreaterThan(
      3 * score(facts()).score,
    );
  });

  it('is written again when a reason says something else, though the score stays', () => {
    const stored = score(facts());
    const saying = (name: string, text: string, rate: number) => ({
      ...stored,
      terms: [...stored.terms, { name, text, rate, contribution: 0 }],
    });
    const again = (before: typeof stored, after: typeof stored) =>
      changedMaterially(writtenRisk(before), after);
    const few = saying('failures', 'the last run failed', 1.6);
    expect(again(few, saying('failures', '10 failed runs or tries in a row', 1.6))).toBe(true);
    expect(again(few, few)).toBe(false);
    const sure = saying('forecast', 'its next run fails or is missed with 1 %', 0.0025);
    expect(again(sure, saying('forecast', '… with 83 %', 0.2))).toBe(true);
    expect(again(sure, saying('forecast', '… with 2 %', 0.005))).toBe(false);
    const exempt = (reason: string) =>
      score(facts({ coverage: { ...coverage('exempt'), reason }, paths: [] }), 0);
    expect(again(exempt('a cache'), exempt('a cache (until 2027-01-01)'))).toBe(true);
    expect(again(exempt('a cache'), exempt('a cache'))).toBe(false);
  });

  it('is written again for a newer copy or a moved score, not for a minute of ageing', () => {
    const stored = score(facts());
    const later = { ...stored, judgedAt: new Date(NOW.getTime() + 60_000) };
    const aged = { ...later, rpoAchievedSeconds: HOUR + 60 };
    expect(changedMaterially(writtenRisk(stored), aged)).toBe(false);
    expect(changedMaterially(writtenRisk(stored), { ...later, rpoAchievedSeconds: 5 })).toBe(true);
    expect(changedMaterially(writtenRisk(stored), { ...aged, score: stored.score + 1 })).toBe(true);
    expect(changedMaterially(undefined, stored)).toBe(true);
    const way = {
      policyId: 'p',
      policy: 'media/photos',
      engine: 'velero' as const,
      repositoryId: 'r',
      repository: 'BackupStorageLocation velero/default',
      newestAt: NOW,
      sameStorage: false,
    };
    const second = { ...stored, ways: [way] };
    expect(changedMaterially(writtenRisk(stored), second)).toBe(true);
    expect(changedMaterially(writtenRisk(second), { ...second, ways: [{ ...way }] })).toBe(false);
    const moved = { ...way, newestAt: new Date(NOW.getTime() + 600_000) };
    expect(changedMaterially(writtenRisk(second), { ...second, ways: [moved] })).toBe(true);
  });
});
