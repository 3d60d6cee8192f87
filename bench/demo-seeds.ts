// Plays seeds through the whole line and counts planted faults shown and findings nobody planted:
//   node bench/demo-seeds.ts [--world company] 101 102 103
import { parseArgs } from 'node:util';
import type { Finding, Status } from '../src/domain/views.ts';
import { playCompany } from '../test/support/play-company.ts';
import { playDemo } from '../test/support/play-demo.ts';

interface Played {
  status: Status;
  missing: string[];
  unplanned: Finding[];
}

const { values, positionals } = parseArgs({
  options: { world: { type: 'string', default: 'home' } },
  allowPositionals: true,
});
const seeds = positionals.map(Number);

async function play(seed: number): Promise<Played> {
  if (values.world !== 'company') {
    const played = await playDemo(seed);
    const missing = played.missing.map(
      ({ script, kind, namespace, name, cause }) =>
        `${script} ${kind} ${namespace}/${name} ${cause ?? ''}`,
    );
    return { ...played, missing };
  }
  const played = await playCompany(seed);
  const missing = played.missing.map(
    ({ cluster, engine, script, kind, policy, cause }) =>
      `${cluster}: ${engine} ${script} ${kind} ${policy} ${cause ?? ''}`,
  );
  return { ...played, missing };
}

let unplanned = 0;
let missing = 0;
for (const seed of seeds) {
  const begun = performance.now();
  const played = await play(seed);
  missing += played.missing.length;
  unplanned += played.unplanned.length;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(
    `seed ${seed}: ${played.status.counts.runs} runs, ${played.missing.length} planted not shown, ${played.unplanned.length} not planted, ${seconds} s\n`,
  );
  for (const fault of played.missing) process.stdout.write(`  not shown: ${fault}\n`);
  for (const { cluster, kind, resource, policy, sentence } of played.unplanned)
    process.stdout.write(`  not planted: ${cluster} ${kind} ${resource ?? policy}: ${sentence}\n`);
}
process.stdout.write(
  `${seeds.length} seeds: ${missing} planted faults not shown; ${(unplanned / seeds.length).toFixed(2)} findings not planted on average\n`,
);
