// node bench/judgement/prove.ts [--details] [--misses] [--peers] [--jobs N] [--days N] [--seeds N] [--seed NAME]
// [--world NAME] [--scenario NAME]: the worlds that rules may be tuned on, scenario by scenario. The final worlds are
// played by `npm run bench judgement` alone.
import { parseArgs } from 'node:util';
import { TUNING } from './tuning-worlds.ts';
import { play, SCENARIOS } from './play.ts';
import type { Scenario } from './play.ts';
import type { Score } from './score.ts';

const { values } = parseArgs({
  options: {
    peers: { type: 'boolean', default: false },
    details: { type: 'boolean', default: false },
    misses: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '100' },
    days: { type: 'string', default: '240' },
    seeds: { type: 'string', default: '1' },
    seed: { type: 'string' },
    world: { type: 'string' },
    scenario: { type: 'string' },
  },
});
const seeds =
  values.seed === undefined
    ? Array.from({ length: Number(values.seeds) }, (_, index) => `tuning-${index + 1}`)
    : [values.seed];
const worlds = TUNING.filter(({ name }) => values.world === undefined || name === values.world);

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
    ...(values.misses && {
      onMiss: ({ fault, job, from, strength, runs }, world) =>
        process.stdout.write(
          `    missed ${fault.name} (${strength.toFixed(2)}, ${runs} runs) in ${world}: ${job} ${new Date(from).toISOString()}\n`,
        ),
    }),
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
