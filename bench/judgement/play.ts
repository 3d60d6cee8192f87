import { readRunLines } from '../../src/analyze/replay/read-run-lines.ts';
import { drain, judgeRunLines } from '../../src/analyze/replay/replay-runs.ts';
import { defaultSettings } from '../../src/analyze/detectors/job-detectors.ts';
import type { FindingLine } from '../../src/domain/run-line.ts';
import { RunLine } from '../../src/domain/run-line.ts';
import type { World } from './fleet.ts';
import { createHistory } from './history.ts';
import type { Episode, History, HistoryOptions } from './history.ts';
import { alarmsOf, PEERS } from './peers.ts';
import { score, total } from './score.ts';
import type { Alarm, Score } from './score.ts';

const GROSS = ['empty', 'encrypted', 'blow-up', 'slow', 'missed', 'surge', 'dedup collapse'];
/** Slow runs are gross from five times the usual on, others with them. */
const EVERY_GROSS = {
  'fourth run': { faults: 1, firstAt: 3, only: GROSS, leastStrength: 0.45, days: 40 },
};

/** What the proving ground plays; each scenario changes the same fleet. */
export const SCENARIOS = {
  faults: { faults: 2 },
  healthy: { faults: 0 },
  ...EVERY_GROSS,
  contaminated: { faults: 2, contaminated: 0.1 },
} satisfies Record<string, Partial<HistoryOptions>>;
export type Scenario = keyof typeof SCENARIOS;

export interface PlayOptions {
  scenario: Scenario;
  worlds: readonly World[];
  seeds: readonly string[];
  jobs: number;
  days: number;
  peers: boolean;
  /** Called with every false finding, for those who tune. */
  onFalse?: (finding: FindingLine) => void;
  /** Called with every fault that no finding told. */
  onMiss?: (episode: Episode, world: string) => void;
}

export interface Played {
  /** By rule; `findings` are all of ours, `pages` those that disturb somebody. */
  scores: Map<string, Score>;
  byWorld: Map<string, Score>;
  /** Runs of the history that were judged. */
  runs: number;
}

/** Plays one scenario in each world with each seed and adds up what was found. */
export async function play(options: PlayOptions): Promise<Played> {
  const scores = new Map<string, Score[]>();
  const byWorld = new Map<string, Score[]>();
  let jobYears = 0;
  let runs = 0;
  for (const world of options.worlds) {
    for (const seed of options.seeds) {
      const settings = {
        seed,
        world,
        jobs: options.jobs,
        days: options.days,
        ...SCENARIOS[options.scenario],
      };
      const history = createHistory(settings);
      jobYears += (settings.jobs * settings.days) / 365;
      runs += history.runs;
      const findings = await judge(history);
      const found = score(history, findings.map(alarmOf));
      const pages = findings.filter(({ delivery }) => delivery === 'page');
      keep(scores, 'findings', found);
      keep(scores, 'pages', score(history, pages.map(alarmOf)));
      keep(byWorld, world.name, found);
      if (options.onMiss) for (const one of found.missed) options.onMiss(one, world.name);
      if (options.onFalse) tellFalse(history, findings, options.onFalse);
      if (options.peers) playPeers(history, scores);
    }
  }
  const perWorld = jobYears / options.worlds.length;
  return { scores: sums(scores, jobYears), byWorld: sums(byWorld, perWorld), runs };
}

async function judge(history: History): Promise<FindingLine[]> {
  const jobs = await readRunLines(history.lines, {});
  const judged = drain(judgeRunLines(jobs, history.until, defaultSettings));
  return judged.flatMap(({ findings }) => findings);
}

function playPeers(history: History, scores: Map<string, Score[]>): void {
  const lines = history.lines.map((line) => RunLine.parse(JSON.parse(line)));
  for (const peer of PEERS) keep(scores, peer.name, score(history, alarmsOf(peer, lines)));
}

function alarmOf({ cluster, policy, raisedAt, kind }: FindingLine): Alarm {
  return { job: `${cluster} ${policy}`, at: Date.parse(raisedAt), kind };
}

function tellFalse(
  { episodes }: History,
  findings: readonly FindingLine[],
  tell: (finding: FindingLine) => void,
): void {
  for (const finding of findings) {
    const { job, at } = alarmOf(finding);
    const near = episodes.some((one) => one.job === job && at >= one.from && at <= one.until);
    if (!near) tell(finding);
  }
}

function keep(scores: Map<string, Score[]>, name: string, one: Score): void {
  scores.set(name, [...(scores.get(name) ?? []), one]);
}

function sums(scores: Map<string, Score[]>, jobYears: number): Map<string, Score> {
  return new Map([...scores].map(([name, list]) => [name, total(list, jobYears)]));
}
