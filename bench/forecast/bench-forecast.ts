import { forecastRuns } from '../../src/analyze/forecast/forecast-runs.ts';
import type { ForecastLine } from '../../src/analyze/forecast/forecast-runs.ts';
import {
  averagePrecision,
  brierScore,
  brierSkill,
  calibrationError,
  reliability,
} from '../../src/statistics/probability-scores.ts';
import type { ReliabilityBin, Stated } from '../../src/statistics/probability-scores.ts';
import { FAMILIES, fleetLines, UNSEEN } from './families.ts';
import type { FleetSize } from './families.ts';
import { HORIZONS, outlookOutcomes } from './outlook-outcomes.ts';
import type { Horizon } from './outlook-outcomes.ts';
import { peerProbabilities } from './peer.ts';

/** Kept for the final score. */
const SEEDS = [301, 302, 303];
const SIZE: FleetSize = { jobs: 100, days: 120 };
const BINS = 20;

export interface Scores {
  averagePrecision: number;
  brier: number;
  skill: number;
  calibration: number;
}

export interface FamilyFigures {
  family: string;
  /** Due times with an outcome, and the share of them that failed or were missed. */
  forecasts: number;
  failed: number;
  own: Scores;
  peer: Scores;
  /** That the RPO breaks, where it is not broken already. */
  outlooks: Record<Horizon, OutlookScores>;
}

export interface OutlookScores {
  forecasts: number;
  broken: number;
  skill: number;
  calibration: number;
}

export interface ForecastFigures {
  families: FamilyFigures[];
  /** Over all families. */
  own: ReliabilityBin[];
  peer: ReliabilityBin[];
  /** Read, forecast and learnt from, on one thread. */
  runsPerSecond: number;
}

export async function benchForecast(): Promise<ForecastFigures> {
  const families: FamilyFigures[] = [];
  const all = { own: [] as Stated[], peer: [] as Stated[] };
  let runs = 0;
  let seconds = 0;
  for (const [family, make] of Object.entries({ ...FAMILIES, ...UNSEEN })) {
    const own: Stated[] = [];
    const peer: Stated[] = [];
    const ahead: Record<Horizon, Stated[]> = { day: [], week: [] };
    for (const seed of SEEDS) {
      const lines = [...fleetLines(make, seed, 'final', SIZE)];
      const from = performance.now();
      const told = await forecastsOf(lines);
      seconds += (performance.now() - from) / 1_000;
      runs += lines.length;
      own.push(
        ...statedBy(
          told,
          told.map(({ probability }) => probability),
        ),
      );
      peer.push(...statedBy(told, peerProbabilities(told)));
      const turnedOut = outlookOutcomes(told, lines);
      for (const horizon of HORIZONS) ahead[horizon].push(...turnedOut[horizon]);
    }
    const failed = own.reduce((sum, { outcome }) => sum + outcome, 0) / own.length;
    families.push({
      family,
      forecasts: own.length,
      failed,
      own: scoresOf(own),
      peer: scoresOf(peer),
      outlooks: { day: outlookScores(ahead.day), week: outlookScores(ahead.week) },
    });
    all.own.push(...own);
    all.peer.push(...peer);
  }
  return {
    families,
    own: reliability(all.own, BINS),
    peer: reliability(all.peer, BINS),
    runsPerSecond: runs / seconds,
  };
}

async function forecastsOf(lines: readonly string[]): Promise<ForecastLine[]> {
  const told: ForecastLine[] = [];
  for await (const line of forecastRuns(lines, { missed: true })) told.push(line);
  return told;
}

function statedBy(lines: readonly ForecastLine[], probabilities: readonly number[]): Stated[] {
  return lines.flatMap(({ failed }, i) =>
    failed === null ? [] : [{ probability: probabilities[i]!, outcome: failed ? 1 : 0 }],
  );
}

function scoresOf(stated: readonly Stated[]): Scores {
  return {
    averagePrecision: averagePrecision(stated),
    brier: brierScore(stated),
    skill: brierSkill(stated),
    calibration: calibrationError(stated),
  };
}

function outlookScores(stated: readonly Stated[]): OutlookScores {
  return {
    forecasts: stated.length,
    broken: stated.reduce((sum, { outcome }) => sum + outcome, 0) / stated.length,
    skill: brierSkill(stated),
    calibration: calibrationError(stated),
  };
}
