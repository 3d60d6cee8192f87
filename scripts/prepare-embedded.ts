// Runs after `npm ci`: makes the empty database that first starts copy, so that none of them pays for initdb.
import { setFlagsFromString } from 'node:v8';
import { PGlite } from '@electric-sql/pglite';
import { prepareEmbedded } from '../src/store/embedded/prepared.ts';

setFlagsFromString('--no-wasm-tier-up');
setFlagsFromString('--no-wasm-dynamic-tiering');

await prepareEmbedded(async (directory) => {
  const database = await PGlite.create({ dataDir: directory });
  await database.close();
});
