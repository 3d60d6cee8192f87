#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { runProgram, createProgram } from './cli/program.ts';
import { compose, VERSION } from './compose.ts';
import { hideExperimentalWarnings, streamOut, stopSignal } from './terminal.ts';
import { readSettings } from './wiring/read-settings.ts';

// One WebAssembly function of the embedded database costs V8's optimiser half a gigabyte.
setFlagsFromString('--no-wasm-tier-up');
setFlagsFromString('--no-wasm-dynamic-tiering');
// Garbage is collected when the heap has grown by a little; V8's own choice lets it double, 130 MB more in the demo. At
// 6 % a cluster of 10,000 claims takes 20 s more of the processor than at 10 %.
setFlagsFromString('--heap-growing-percent=10');
// Two tiers of machine code in between cost memory; neither that cluster nor 180,000 replayed runs take longer without.
setFlagsFromString('--no-maglev');
setFlagsFromString('--no-sparkplug');

hideExperimentalWarnings();
const streams = { out: streamOut(process.stdout), err: streamOut(process.stderr) };
const deps = compose(() => readSettings(process.env), streams, stopSignal());
process.exitCode = await runProgram(
  createProgram(deps, VERSION),
  process.argv.slice(2),
  streams.err,
);
