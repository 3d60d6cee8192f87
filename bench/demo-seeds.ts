// Plays seeds through the whole line and counts planted faults shown and findings nobody planted:
//   node bench/demo-seeds.ts 101 102 103
import { playDemo } from '../test/support/play-demo.ts';

const seeds = process.argv.slice(2).map(Number);
let unplanned = 0;
let missing = 0;
for (const seed of seeds) {
  const begun = performance.now();
  const played = await playDemo(seed);
  missing += played.missing.length;
  unplanned += played.unplanned.length;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(
    `seed ${seed}: ${played.status.counts.runs} runs, ${played.missing.length} planted not shown, ${played.unplanned.length} not planted, ${seconds} s\n`,
  );
  for (const fault of played.missing)
    process.stdout.write(
      `  not shown: ${fault.script} ${fault.kind} ${fault.namespace}/${fault.name} ${fault.cause ?? ''}\n`,
    );
  for (const finding of played.unplanned)
    process.stdout.write(
      `  not planted: ${finding.kind} ${finding.resource ?? finding.policy}: ${finding.sentence}\n`,
    );
}
process.stdout.write(
  `${seeds.length} seeds: ${missing} planted faults not shown; ${(unplanned / seeds.length).toFixed(2)} findings not planted on average\n`,
);
