import type { CoverageRow, FindingDraft } from '../domain/judgement.ts';
import type { FindingKind } from '../domain/words.ts';
import type { NextTurn } from './cluster/view.ts';
import { noteTurn } from './cluster/view-time.ts';
import type { RiskRate } from './risk.ts';
import type { RecoveryPath } from './risk-paths.ts';

/**
 * Rates in 1/horizon. They are weights, set so that the order is right and each step is explained in
 * docs/reference/risk.md; they are not measured frequencies.
 */
export const RATES = {
  uncovered: 0.7,
  neverSucceeded: 0.5,
  noPoint: 2.3,
  unseen: 0.7,
  /** Per doubling of the age beyond the target, in sixteen steps. */
  staleDoubling: 0.6,
  staleMost: 2,
  failure: 0.2,
  failuresMost: 1.6,
  locationUnavailable: 2,
  unproven: 0.1,
  provenByRestore: 0.03,
  oneRepository: 0.05,
  sameStorage: 1.5,
  /** Of −ln(1 − the forecast's probability); a single failed run always weighs more than any change of the forecast. */
  forecast: 0.25,
  forecastMost: 0.2,
  rto: 0.3,
} as const;

/** Open findings that make a way back less sure by themselves; staleness and failures have terms of their own. */
const FINDING_RATES: Partial<Record<FindingKind, { name: string; rate: number; text: string }>> = {
  'empty-run': { name: 'empty', rate: 0.8, text: 'the last run found nothing to back up' },
  'size-drop': { name: 'size-drop', rate: 0.6, text: 'the data shrank sharply' },
  'repository-locked': { name: 'locked', rate: 0.6, text: 'the repository is locked' },
  'stuck-run': { name: 'stuck', rate: 0.3, text: 'a run is stuck' },
  'schedule-stopped': { name: 'stopped', rate: 0.6, text: 'the schedule has stopped' },
  'policy-error': { name: 'policy-error', rate: 0.6, text: 'the engine refuses the policy' },
  'volume-skipped': { name: 'skipped', rate: 1, text: 'the last backup left this volume out' },
  'detached-volume': {
    name: 'detached',
    rate: 0.6,
    text: 'its volume is detached when backups run',
  },
  'retention-risk': {
    name: 'retention',
    rate: 0.3,
    text: 'retention may delete the only good copy',
  },
  'point-missing': { name: 'point-missing', rate: 0.6, text: 'a success left nothing to restore' },
  'snapshot-not-ready': { name: 'snapshot', rate: 0.1, text: 'a snapshot does not become ready' },
  'missed-run': { name: 'missed', rate: 0.2, text: 'a due run did not come' },
  'stale-restore-source': {
    name: 'stale-restore-source',
    rate: 0.2,
    text: 'a restore would bring back an old copy',
  },
  'empty-restore': { name: 'empty-restore', rate: 0.8, text: 'a restore brought back nothing' },
  'crash-consistent': {
    name: 'crash-consistent',
    rate: 0.2,
    text: 'its database is only copied as it lies',
  },
  'added-surge': { name: 'surge', rate: 0.6, text: 'the last run rewrote far more than usual' },
  flapping: { name: 'flapping', rate: 0.2, text: 'runs fail again and again' },
  'size-spike': { name: 'size-spike', rate: 0.05, text: 'the last run saved far more than usual' },
  'duration-creep': { name: 'creep', rate: 0.05, text: 'runs take longer and longer' },
  overrun: { name: 'overrun', rate: 0.05, text: 'runs take longer than their interval allows' },
  'duration-anomaly': { name: 'duration', rate: 0.05, text: 'the last run took an unusual time' },
};

export interface RiskFacts {
  coverage: CoverageRow;
  paths: readonly RecoveryPath[];
  /** Open findings about the claim or about a policy of its paths. */
  findings: readonly FindingDraft[];
  rpoTargetSeconds: number | null;
  proven: boolean;
  /** Seconds that the claim's last restore took, where an objective allows fewer; null: not known, or it allows them. */
  slowRestoreSeconds: number | null;
  repositories: number;
  now: Date;
  turn?: NextTurn | undefined;
}

/** A target for claims that have none: the age at which a copy begins to count as old. */
const DEFAULT_TARGET_SECONDS = 86_400;

/** The independent ways to lose this claim's recoverability; an exempt claim has the reason and no rate. */
export function ratesOf(facts: RiskFacts): RiskRate[] {
  const { coverage } = facts;
  if (coverage.state === 'exempt') return [{ name: 'exempt', text: coverage.reason, rate: 0 }];
  const rates = [...coverageRates(coverage), ...bestPathRates(facts), ...claimRates(facts)];
  return rates.filter(({ rate }) => rate > 0);
}

function coverageRates({ state, reason }: CoverageRow): RiskRate[] {
  switch (state) {
    case 'uncovered':
      return [{ name: 'uncovered', text: reason, rate: RATES.uncovered }];
    case 'never-succeeded':
      return [{ name: 'never-succeeded', text: reason, rate: RATES.neverSucceeded }];
    case 'unknown':
      return [{ name: 'unseen', text: reason, rate: RATES.unseen }];
    default:
      return [];
  }
}

/** A claim with two ways back is as safe as the better one. */
function bestPathRates(facts: RiskFacts): RiskRate[] {
  let best: RiskRate[] | null = null;
  for (const path of facts.paths) {
    if (path.newestAt === null) continue;
    const rates = pathRates(facts, path, path.newestAt);
    if (best === null || sum(rates) < sum(best)) best = rates;
  }
  if (best !== null) return best;
  // What we could not see may well exist: `unseen` says so, and "no restore point" would claim to know.
  if (facts.coverage.state === 'unknown') return [];
  const nothing = { name: 'no-point', text: 'there is no restore point', rate: RATES.noPoint };
  return [nothing, ...facts.paths.flatMap((path) => trouble(facts, path))];
}

const sum = (rates: readonly RiskRate[]) => rates.reduce((total, { rate }) => total + rate, 0);

function pathRates(facts: RiskFacts, path: RecoveryPath, newestAt: Date): RiskRate[] {
  if (path.keepsUp) return trouble(facts, path);
  const age = Math.max(0, (facts.now.getTime() - newestAt.getTime()) / 1_000);
  const next = newestAt.getTime() + nextStale(age, facts.rpoTargetSeconds) * 1_000;
  noteTurn(facts, Math.floor(next));
  return [staleness(age, facts.rpoTargetSeconds), ...trouble(facts, path)];
}

/** A doubling of the age counts in so many steps: between two of them a score does not move. */
const STEPS = 16;

/** Steps begun; 0 up to the target. */
function stepOf(ageSeconds: number, targetSeconds: number | null): number {
  return Math.ceil(STEPS * Math.log2(Math.max(1, ageSeconds / targetOf(targetSeconds))));
}

function targetOf(targetSeconds: number | null): number {
  return Math.max(targetSeconds ?? DEFAULT_TARGET_SECONDS, 1);
}

/** Nothing up to the target, then the same step for each doubling. */
export function staleness(ageSeconds: number, targetSeconds: number | null): RiskRate {
  const step = stepOf(ageSeconds, targetSeconds);
  const rate = Math.min(RATES.staleMost, (RATES.staleDoubling * step) / STEPS);
  const doublings = Math.max(0, Math.ceil(step / STEPS) - 1);
  const times = doublings === 0 ? 'over' : `over ${2 ** doublings} times`;
  return { name: 'stale', text: `the newest copy is ${times} its target age`, rate };
}

/** The age, in seconds, beyond which its rate is another; `Infinity` once it is at its most. */
function nextStale(ageSeconds: number, targetSeconds: number | null): number {
  const step = stepOf(ageSeconds, targetSeconds);
  const most = RATES.staleDoubling * step >= RATES.staleMost * STEPS;
  return most ? Infinity : targetOf(targetSeconds) * 2 ** (step / STEPS);
}

function trouble(facts: RiskFacts, path: RecoveryPath): RiskRate[] {
  const rates: RiskRate[] = [
    {
      name: 'failures',
      text:
        path.failures === 1
          ? 'the last run failed'
          : `${path.failures} failed runs or tries in a row`,
      rate: Math.min(RATES.failuresMost, RATES.failure * path.failures),
    },
  ];
  if (path.failureChance !== null) rates.push(forecastRate(path.failureChance));
  if (path.locationUnavailable)
    rates.push({
      name: 'location',
      text: 'its storage location is unavailable',
      rate: RATES.locationUnavailable,
    });
  if (path.sameStorage)
    rates.push({
      name: 'same-storage',
      text: 'there are only snapshots on the volume’s own storage, which are lost with it',
      rate: RATES.sameStorage,
    });
  const policyId = path.policy?.policyId ?? null;
  if (policyId === null) return rates;
  const own = facts.findings.filter((finding) => finding.subject.policyId === policyId);
  return [...rates, ...findingRates(own)];
}

function forecastRate(chance: number): RiskRate {
  const percent = Math.round(chance * 100);
  const rate = -RATES.forecast * Math.log1p(-Math.min(chance, 0.999));
  return {
    name: 'forecast',
    text: `its next run fails or is missed with ${percent === 0 ? 'less than 1' : percent} %`,
    rate: Math.min(RATES.forecastMost, rate),
  };
}

function claimRates(facts: RiskFacts): RiskRate[] {
  const own = facts.findings.filter((finding) => finding.subject.policyId === null);
  const covered = facts.paths.some((path) => path.newestAt !== null);
  return [
    ...findingRates(own),
    {
      name: 'rto',
      text: 'its last restore took longer than the objective allows',
      rate: facts.slowRestoreSeconds === null ? 0 : RATES.rto,
    },
    facts.proven
      ? { name: 'unproven', text: 'proved by a restore', rate: RATES.provenByRestore }
      : { name: 'unproven', text: 'no restore has proved it', rate: RATES.unproven },
    {
      name: 'one-repository',
      text: 'all copies lie in one repository',
      rate: covered && facts.repositories < 2 ? RATES.oneRepository : 0,
    },
  ];
}

/** One rate per kind, however many findings of it are open. */
function findingRates(findings: readonly FindingDraft[]): RiskRate[] {
  const kinds = new Set(findings.map((finding) => finding.kind));
  return [...kinds].map((kind) => FINDING_RATES[kind]).filter((rate) => rate !== undefined);
}
