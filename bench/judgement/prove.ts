// node bench/judgement/prove.ts [--final] [--jobs N] [--days N] [--seeds N] [--world NAME]: the proving ground. Without
// --final only the worlds and seeds rules may be tuned on are played.
import { parseArgs } from 'node:util';
import { replayRuns } from '../../src/analyze/replay/replay-runs.ts';
import { RunLine } from '../../src/domain/run-line.ts';
import { HELD_OUT, TUNING } from './fleet.ts';
import { createHistory } from './history.ts';
import type { History, HistoryOptions } from './history.ts';
import { alarmsOf, PEERS } from './peers.ts';
import { score, total } from './score.ts';
import type { Alarm, Score } from './score.ts';

const { values } = parseArgs({
  options: {
    final: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    details: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '100' },
    days: { type: 'string', default: '240' },
    seeds: { type: 'string', default: '1' },
    world: { type: 'string' },
    scenario: { type: 'string' },
  },
});
const jobs = Number(values.jobs);
const days = Number(values.days);
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) =>
  values.final ? `final-${index + 1}` : `tuning-${index + 1}`,
);
const worlds = (values.final ? HELD_OUT : TUNING).filter(
  ({ name }) => values.world === undefined || name === values.world,
);

const GROSS = ['empty', 'encrypted', 'blow-up', 'slow', 'missed'];
const SCENARIOS: Record<string, Partial<HistoryOptions>> = {
  faults: { faults: 2 },
  healthy: { faults: 0 },
  'fourth run': { faults: 1, firstAt: 3, only: GROSS, days: 40 },
  contaminated: { faults: 2, contaminated: 0.1 },
};

async function ours(history: History): Promise<Alarm[]> {
  const alarms: Alarm[] = [];
  for await (const finding of replayRuns(history.lines)) {
    alarms.push({
      job: `${finding.cluster} ${finding.policy}`,
      at: Date.parse(finding.raisedAt),
      kind: finding.kind,
    });
    if (values.details) explain(history, finding);
  }
  return alarms;
}

function explain(
  history: History,
  finding: { cluster: string; policy: string; raisedAt: string; kind: string; sentence: string },
): void {
  const at = Date.parse(finding.raisedAt);
  const job = `${finding.cluster} ${finding.policy}`;
  const near = history.episodes.some((e) => e.job === job && at >= e.from && at <= e.until);
  if (!near)
    process.stdout.write(
      `    false ${finding.kind} ${job} ${finding.raisedAt}: ${finding.sentence}\n`,
    );
}

function print(name: string, found: Score): void {
  process.stdout.write(
    `  ${name.padEnd(22)} recall ${found.recall.toFixed(3)} (${found.found}/${found.planted})  precision ${found.precision.toFixed(3)}  false/job-year ${found.falsePerJobYear.toFixed(2)}  false/1000 job-days ${found.falsePerThousandJobDays.toFixed(2)}\n`,
  );
}

function printFaults(found: Score): void {
  const faults = [...found.byFault]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, row]) => `${name} ${row.found}/${row.planted}`);
  const wrong = [...found.falseByKind].map(([kind, times]) => `${kind} ${times}`);
  process.stdout.write(`    ${faults.join(', ')}\n    false: ${wrong.join(', ')}\n`);
}

for (const [scenario, settings] of Object.entries(SCENARIOS)) {
  if (values.scenario !== undefined && values.scenario !== scenario) continue;
  process.stdout.write(`${scenario}\n`);
  const scores = new Map<string, Score[]>();
  let jobYears = 0;
  for (const world of worlds) {
    for (const seed of seeds) {
      const options = { seed, world, jobs, days, faults: 0, ...settings };
      const history = createHistory(options);
      jobYears += (jobs * options.days) / 365;
      const found = score(history, await ours(history));
      keep(scores, `ours, ${world.name}`, found);
      keep(scores, 'ours', found);
      if (!values.peers) continue;
      const lines = history.lines.map((line) => RunLine.parse(JSON.parse(line)));
      for (const peer of PEERS) keep(scores, peer.name, score(history, alarmsOf(peer, lines)));
    }
  }
  for (const [name, list] of scores) {
    const share = name.startsWith('ours, ') ? 1 / worlds.length : 1;
    const sum = total(list, jobYears * share);
    print(name, sum);
    if (name === 'ours') printFaults(sum);
  }
}

function keep(scores: Map<string, Score[]>, name: string, one: Score): void {
  scores.set(name, [...(scores.get(name) ?? []), one]);
}
