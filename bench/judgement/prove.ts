// node bench/judgement/prove.ts [--final] [--details] [--peers] [--jobs N] [--days N] [--seeds N] [--world NAME]
// [--scenario NAME]: the proving ground, scenario by scenario. Without --final only the worlds and seeds that rules may
// be tuned on are played.
import { parseArgs } from 'node:util';
import { HELD_OUT, TUNING } from './fleet.ts';
import { play, SCENARIOS } from './play.ts';
import type { Scenario } from './play.ts';
import type { Score } from './score.ts';

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
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) =>
  values.final ? `final-${index + 1}` : `tuning-${index + 1}`,
);
const worlds = (values.final ? HELD_OUT : TUNING).filter(
  ({ name }) => values.world === undefined || name === values.world,
);

function print(name: string, found: Score): void {
  process.stdout.write(
    `  ${name.padEnd(22)} recall ${found.recall.toFixed(3)} (${found.found}/${found.planted})  precision ${found.precision.toFixed(3)}  false/job-year ${found.falsePerJobYear.toFixed(2)}  false/1000 job-days ${found.falsePerThousandJobDays.toFixed(2)}  p90 delay ${found.delayHours.toFixed(1)} h\n`,
  );
}

function printKinds(found: Score): void {
  const faults = [...found.byFault]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, row]) => `${name} ${row.found}/${row.planted}`);
  const wrong = [...found.falseByKind].map(([kind, times]) => `${kind} ${times}`);
  process.stdout.write(`    ${faults.join(', ')}\n    false: ${wrong.join(', ')}\n`);
}

for (const scenario of Object.keys(SCENARIOS) as Scenario[]) {
  if (values.scenario !== undefined && values.scenario !== scenario) continue;
  process.stdout.write(`${scenario}\n`);
  const played = await play({
    scenario,
    worlds,
    seeds,
    jobs: Number(values.jobs),
    days: Number(values.days),
    peers: values.peers,
    ...(values.details && {
      onFalse: ({ kind, cluster, policy, raisedAt, sentence }) =>
        process.stdout.write(`    false ${kind} ${cluster} ${policy} ${raisedAt}: ${sentence}\n`),
    }),
  });
  for (const [name, found] of played.byWorld) print(`in ${name}`, found);
  for (const [name, found] of played.scores) {
    print(name, found);
    if (name === 'findings') printKinds(found);
  }
}
